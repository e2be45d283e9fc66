// SPDX-License-Identifier: Apache-2.0
#include "init/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "os/pidfd.h"
#include "os/status_from_errno.h"
#include "os/wait.h"
#include "reaper/kernel_reaper.h"
#include "signals/signal_name.h"

namespace foster {
namespace {

// How often a namespace whose last members have their parents outside is looked at, while it is being emptied: their ends are
// not told to anybody in here.
constexpr Nanoseconds kOutsiderPoll = 20 * kMillisecond;

// How many signals are read at once.
constexpr int kBatch = 4;

void TellOrphan(void* log, pid_t pid, const ExitStatus& status) {
  const Log& to = *static_cast<const Log*>(log);
  if (status.signal != 0) {
    to.Say(Verbosity::kNormal, {"reaped process ", Decimal(pid), ", killed by ", SignalName(status.signal)});
  } else {
    to.Say(Verbosity::kNormal, {"reaped process ", Decimal(pid), ", which exited with ", Decimal(status.code)});
  }
}

bool AsksToStop(int signo) { return signo == SIGTERM || signo == SIGINT; }

}  // namespace

Supervisor::Supervisor(const SupervisorSpec& spec, Scope scope, Log log)
    : spec_(spec), scope_(scope), log_(log), ladder_(spec.stop) {}

absl::Status Supervisor::Prepare() {
  self_ = getpid();
  if (scope_ == Scope::kDescendants && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) {
    return StatusFromErrno(errno, "prctl(PR_SET_CHILD_SUBREAPER)");
  }
  if (!queue_.Open()) return StatusFromErrno(errno, "signalfd");
  if (spec_.reap == ReapChoice::kKernel) {
    const FileDescriptor me = PidfdOpen(self_);
    if (!KernelCanReap(me.get())) {
      return Refused("--reap=kernel",
                     "this kernel does not keep the exit status of what it reaps (Linux 6.16 or newer does; try --reap=auto)");
    }
  }
  return absl::OkStatus();
}

ExitStatus Supervisor::StandBy(Workload workload, Terminal terminal) {
  workload_ = std::move(workload);
  terminal_ = std::move(terminal);
  ChooseReaper();
  LetGoOfInherited();
  log_.Say(Verbosity::kVerbose, {"started the workload, process ", Decimal(workload_.pid), "; ",
                                 kernel_reaps_ ? "the kernel reaps" : "reaping by wait"});
  // Zombies that were there before (a shell that exec'ed foster), and a workload that was quicker than we.
  reap_due_ = true;
  for (;;) {
    if (reap_due_) Reap();
    if (Ended() && NobodyLeft()) return status_;
    if (ladder_.deadline() != kForever) {
      const Nanoseconds now = MonotonicNow();
      if (now >= ladder_.deadline()) Do(ladder_.DeadlinePassed(now));
    }
    if (!reap_due_) Wait();
  }
}

void Supervisor::ChooseReaper() {
  if (spec_.reap == ReapChoice::kWait) return;
  // Whoever gives a terminal back must hear of stops, and a log of each death must hear of each.
  const bool must_hear = terminal_.found() || log_.Says(Verbosity::kDebug) || spec_.tell_orphans;
  if (spec_.reap == ReapChoice::kAuto && (must_hear || !KernelCanReap(workload_.pidfd.get()))) return;
  LetTheKernelReap();
  kernel_reaps_ = true;
}

void Supervisor::LetGoOfInherited() {
  const int keep[] = {queue_.fd(), workload_.pidfd.get(), terminal_.fd(), relay_tell_, relay_hear_};
  CloseAllBut(keep, sizeof keep / sizeof keep[0]);
  // A working directory would keep its file system busy. Staying is no harm worth a word.
  if (chdir("/") != 0) return;
}

Nanoseconds Supervisor::NextDeadline() const {
  Nanoseconds next = ladder_.deadline();
  if (storm_pause_ && pause_end_ < next) next = pause_end_;
  if (Ended() && childless_) next = std::min(next, MonotonicNow() + kOutsiderPoll);
  return next;
}

void Supervisor::Wait() {
  struct pollfd fds[3];
  nfds_t count = 0;
  fds[count++] = {queue_.fd(), POLLIN, 0};
  // Where the kernel reaps, POLLHUP says that it has, and that the exit status is there to be asked for; POLLIN would come
  // before that. Where we wait, SIGCHLD tells of the workload, but while that is held back its death must still be seen.
  const bool watch = !Ended() && (kernel_reaps_ || (storm_pause_ && !workload_held_));
  if (watch) fds[count++] = {workload_.pidfd.get(), static_cast<short>(kernel_reaps_ ? 0 : POLLIN), 0};
  const nfds_t relay = count;
  if (relay_hear_ >= 0) fds[count++] = {relay_hear_, POLLIN, 0};

  const Nanoseconds deadline = NextDeadline();
  struct timespec left = {};
  if (deadline != kForever) {
    const Nanoseconds now = MonotonicNow();
    const Nanoseconds rest = deadline > now ? deadline - now : 0;
    left = {rest / kSecond, rest % kSecond};
  }
  const int ready = ppoll(fds, count, deadline == kForever ? nullptr : &left, nullptr);
  if (ready < 0) return;  // EINTR, or ENOMEM under pressure: the loop comes back here
  // A signal is passed on before a death is noticed: it was sent to a workload that lived.
  if ((fds[0].revents & POLLIN) != 0) TakeSignals();
  if (watch && fds[1].revents != 0) reap_due_ = true;
  if (relay_hear_ >= 0 && fds[relay].revents != 0) {
    char what;
    if (read(relay_hear_, &what, 1) == 1) {
      StopWithWorkload();
    } else {
      relay_hear_ = -1;  // the inner half has gone; its end comes by the other descriptors
    }
  }
  if (storm_pause_ && MonotonicNow() >= pause_end_) reap_due_ = true;
  if (Ended() && ready == 0) reap_due_ = true;
}

void Supervisor::TakeSignals() {
  struct signalfd_siginfo batch[kBatch];
  const int got = queue_.Read(batch, kBatch);
  for (int i = 0; i < got; ++i) TakeSignal(batch[i]);
}

bool Supervisor::IsForWorkload(const struct signalfd_siginfo& info) const {
  switch (OriginOf(info, self_)) {
    case SignalOrigin::kOutside:
    case SignalOrigin::kInside:
      return true;
    case SignalOrigin::kSelf:
      return false;
    case SignalOrigin::kKernel:
      // The terminal driver signals the foreground group, where the workload is and got its own copy.
      return !terminal_.found();
  }
  return false;
}

void Supervisor::TakeSignal(const struct signalfd_siginfo& info) {
  const int signo = static_cast<int>(info.ssi_signo);
  if (signo == SIGCHLD) {
    reap_due_ = true;
    workload_held_ = false;
    return;
  }
  if (!IsForWorkload(info)) return;
  if (spec_.suspend_too && (signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU)) {
    PassOn(signo, info);
    kill(self_, SIGSTOP);  // what resumes foster is a signal as well, and is passed on. PID 1 cannot stop itself.
    return;
  }
  if (AsksToStop(signo)) {
    const StopLadder::Action action = ladder_.StopAsked(MonotonicNow());
    if (action != StopLadder::Action::kPassOn) {
      Do(action);
      return;
    }
  }
  PassOn(signo, info);
  if (AsksToStop(signo)) WakeIfStopped();
}

void Supervisor::PassOn(int signo, const struct signalfd_siginfo& info) {
  const int instead = spec_.rewrite.Apply(signo);
  if (instead == 0) return;
  if (instead == SIGCONT && terminal_.found()) {
    ContinueWorkload();
    return;
  }
  if (Ended()) {
    // There is no workload to hear it; those whom foster waits for may.
    if (spec_.stop.leftovers == Leftovers::kWait) SignalEveryone(scope_, instead);
    return;
  }
  const int error = SendTo(spec_.target, workload_, scope_, instead, &info);
  if (error == 0) {
    log_.Say(Verbosity::kDebug, {"passed on ", SignalName(instead)});
  } else if (error != ESRCH) {
    // A workload that became another user may refuse it. That is its business and no reason to leave.
    log_.Say(Verbosity::kNormal, {"cannot pass on ", SignalName(instead), ": ", strerror(error)});
  }
}

void Supervisor::ContinueWorkload() {
  // An outer shell's fg has made foster's group the foreground one first; bg has not.
  if (terminal_.IsOurs()) terminal_.GiveTo(workload_.pid);
  kill(-workload_.pid, SIGCONT);
}

void Supervisor::WakeIfStopped() {
  // A stopped process would hear of it only when somebody else continues it, and in a container there is nobody.
  if (Ended() || !(workload_stopped_ || IsStoppedUntold(workload_.pid))) return;
  SendTo(spec_.target, workload_, scope_, SIGCONT, nullptr);
}

void Supervisor::Reap() {
  reap_due_ = false;
  if (kernel_reaps_) {
    ExitStatus status;
    if (!Ended() && KernelReaped(workload_.pidfd.get(), &status)) {
      WorkloadEnded(status);
      return;
    }
  }
  const ReapRound round = WaitReap(workload_.pid, terminal_.found(), nullptr, spec_.tell_orphans ? TellOrphan : nullptr, const_cast<Log*>(&log_));
  childless_ = round.childless;
  if (round.more) reap_due_ = true;
  if (round.orphans != 0) log_.Say(Verbosity::kDebug, {"reaped ", Decimal(round.orphans), " orphans"});
  if (!kernel_reaps_ && !Ended() && (round.orphans != 0 || storm_pause_)) {
    const Nanoseconds now = MonotonicNow();
    const bool pause = storm_.PauseAfter(round.orphans, now) && workload_.pidfd.valid();
    if (pause != storm_pause_) {
      queue_.HoldChildSignal(pause);
      storm_pause_ = pause;
      // What died between the round and the listening is pending, or is found by one more look.
      if (!pause) reap_due_ = true;
    }
    pause_end_ = now + StormWatch::kPauseNs;
    if (pause && PidfdEnded(workload_.pidfd.get()) && !round.workload_ended) workload_held_ = true;
  }
  if (round.workload_ended && !Ended()) WorkloadEnded(round.workload);
  if (round.workload_stopped != 0 || round.workload_continued) workload_stopped_ = round.workload_stopped != 0;
  if (round.workload_stopped != 0) WorkloadStopped(round.workload_stopped);
}

void Supervisor::WorkloadEnded(const ExitStatus& status) {
  status_ = status;
  if (status.signal != 0) {
    log_.Say(Verbosity::kVerbose, {"the workload was killed by ", SignalName(status.signal),
                                   status.core_dumped ? " and dumped core" : ""});
  } else {
    log_.Say(Verbosity::kVerbose, {"the workload exited with ", Decimal(status.code)});
  }
  if (kernel_reaps_) {
    // To see when nobody is left.
    StopTheKernelReaping();
    kernel_reaps_ = false;
  }
  if (storm_pause_) {
    queue_.HoldChildSignal(false);
    storm_pause_ = false;
  }
  // Its group is no more; whoever reads the terminal next must find it in somebody's hands.
  terminal_.TakeBack();
  reap_due_ = true;
  Do(ladder_.WorkloadEnded(MonotonicNow()));
}

void Supervisor::WorkloadStopped(int signo) {
  if (relay_tell_ >= 0) {
    // PID 1 cannot stop itself. The outer half, which an outer shell waits for, can. If the pipe is full it has been told.
    if (write(relay_tell_, "s", 1) == 1) return;
    return;
  }
  if (signo == SIGSTOP && !terminal_.has_job_control()) return;  // somebody meant it
  StopWithWorkload();
}

void Supervisor::StopWithWorkload() {
  if (!terminal_.has_job_control()) {
    // There is no shell that could ever resume it: without foster, as its session's leader, it would not have stopped.
    kill(-workload_.pid, SIGCONT);
    return;
  }
  terminal_.TakeBack();
  kill(self_, SIGSTOP);
  // Resumed. The SIGCONT that did it is queued as well and is passed on by TakeSignal.
}

void Supervisor::Do(StopLadder::Action action) {
  switch (action) {
    case StopLadder::Action::kNothing:
    case StopLadder::Action::kPassOn:
      return;
    case StopLadder::Action::kAskEveryone:
      if (SignalEveryone(scope_, SIGTERM)) {
        SignalEveryone(scope_, SIGCONT);
        log_.Say(Verbosity::kVerbose, {"asked what is left to go (TERM, CONT)"});
      } else if (scope_ == Scope::kNamespace) {
        childless_ = true;
        reap_due_ = false;
      }
      return;
    case StopLadder::Action::kKillEveryone:
      // Where the workload has ended, PID 1's own exit is the quickest way to kill all: NobodyLeft says so.
      if (scope_ == Scope::kNamespace && Ended()) return;
      SignalEveryone(scope_, SIGKILL);
      return;
  }
}

bool Supervisor::NobodyLeft() {
  if (scope_ == Scope::kNobody || spec_.stop.leftovers == Leftovers::kLeave) return true;
  if (scope_ == Scope::kNamespace && ladder_.forced()) return true;
  if (reap_due_) return false;
  if (scope_ == Scope::kDescendants && ladder_.forced() && !childless_) {
    // Each death may have handed us children that were nobody's before.
    SignalEveryone(scope_, SIGKILL);
  }
  return !AnyoneLeft(scope_, childless_);
}

}  // namespace foster
