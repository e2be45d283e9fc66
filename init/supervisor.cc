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

#include "os/cold_pages.h"
#include "os/pidfd.h"
#include "os/poll.h"
#include "os/status_from_errno.h"
#include "os/wait.h"
#include "reaper/kernel_reaper.h"
#include "signals/signal_name.h"

namespace foster {
namespace {

// How often a namespace whose last members have their parents outside is looked at, while it is being emptied: their ends are
// not told to anybody in here.
constexpr Nanoseconds kOutsiderPoll = 20 * kMillisecond;

// How many datagrams are taken before signals, deaths and deadlines have their turn again.
constexpr int kMostAtOnce = 8;

}  // namespace

Supervisor::Supervisor(const SupervisorSpec& spec, Scope scope, Log log, Teller* teller)
    : spec_(spec), scope_(scope), log_(log), teller_(teller), ladder_(spec.stop), restart_(spec.restart), sandbox_(spec.sandbox) {}

absl::Status Supervisor::Prepare(bool at_terminal) {
  self_ = getpid();
  hurries_ = MayHurry(at_terminal);
  if (scope_ == Scope::kDescendants && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) {
    return StatusFromErrno(errno, "prctl(PR_SET_CHILD_SUBREAPER)");
  }
  if (!hurries_ && !queue_.Open()) return StatusFromErrno(errno, "signalfd");
  if (spec_.reap == ReapChoice::kKernel && !spec_.pause) {
    const FileDescriptor me = PidfdOpen(self_);
    if (!KernelCanReap(me.get())) {
      return Refused("--reap=kernel",
                     "this kernel does not keep the exit status of what it reaps (Linux 6.16 or newer does; try --reap=auto)");
    }
  }
  return absl::OkStatus();
}

Outcome Supervisor::StandBy(Workload workload, Terminal terminal, WorkloadSpec* again) {
  workload_ = std::move(workload);
  terminal_ = std::move(terminal);
  wants_terminal_ = terminal_.alone();
  terminal_given_ = terminal_.to_be_given();
  again_ = again;
  if (!hurries_) Settle();
  RunBegins(MonotonicNow());
  for (;;) {
    if (reap_due_) Reap();
    if (Ended() && Over()) return Conclude();
    if (NextAct() != kForever) {
      const Nanoseconds now = MonotonicNow();
      if (now >= NextAct()) {
        Act(now);
        continue;
      }
    }
    if (!reap_due_) Wait();
  }
}

// Many a workload ends at once, and for its end nothing is needed but to wait for it. Where nobody wants to hear or see more than that, everything else is
// left until the workload has lived a moment (Sandbox::kWithin), or a signal comes that tells of no child.
bool Supervisor::MayHurry(bool at_terminal) const {
  return scope_ != Scope::kNobody && relay_hear_ < 0 && !spec_.pause && !spec_.ready.wanted() && !restart_.wanted() && spec_.reap != ReapChoice::kKernel &&
         !at_terminal && !teller_->on() && !log_.Says(Verbosity::kVerbose);
}

// For a life that lasts: descriptors to wait for, what was inherited closed, privileges given up, and the kernel as the reaper.
void Supervisor::Settle() {
  settled_ = true;
  // Where there is no descriptor to be had, signals are waited for without, and deaths by SIGCHLD.
  if (!queue_.has_fd()) queue_.Open();
  if (HasWorkload() && !Ended() && !workload_.pidfd.valid()) workload_.pidfd = PidfdOpen(workload_.pid);
  LetGoOfInherited();
  sandbox_.Enter({restart_.wanted(), spec_.power, scope_ == Scope::kMachine, scope_ == Scope::kNobody || !HasWorkload()}, log_);
  if (!hurries_ || Ended()) return;
  ChooseReaper();
  reap_due_ = true;  // what died before the kernel took over
}

void Supervisor::RunBegins(Nanoseconds now) {
  ++runs_;
  run_began_ = now;
  ladder_.Started(now);
  if (ear_ != nullptr) ear_->watchdog.RunBegins(spec_.ready.told(), now);
  if (settled_) ChooseReaper();
  const absl::string_view reaper = kernel_reaps_ ? "the kernel reaps" : "reaping by wait";
  if (HasWorkload()) {
    log_.Say(Verbosity::kVerbose, {"started the workload, process ", Decimal(workload_.pid), "; ", reaper});
  } else {
    log_.Say(Verbosity::kVerbose, {"no workload, waiting for a stop signal; ", reaper});
  }
  if (scope_ != Scope::kNobody) teller_->Started(workload_.pid, runs_, kernel_reaps_, again_ != nullptr ? again_->argv : nullptr);
  untidy_ = spec_.tidy;
  // Zombies that were there before (a shell that exec'ed foster), and a workload that was quicker than we.
  reap_due_ = true;
}

// The workload has ended. Whether all is over: what is left may have to go first, and another run may be to come.
bool Supervisor::Over() {
  if (next_run_ != kForever) return ladder_.stopping();
  if (!NobodyLeft()) return false;
  if (!Again()) return true;
  ladder_.Cleared();
  next_run_ = DeadlineIn(MonotonicNow(), restart_.pause());
  return false;
}

// The earliest of the deadlines at which something is done.
Nanoseconds Supervisor::NextAct() const { return std::min(std::min(ladder_.deadline(), next_run_), HungAt()); }

void Supervisor::Act(Nanoseconds now) {
  if (now >= ladder_.deadline()) {
    Do(ladder_.DeadlinePassed(now));
  } else if (now >= next_run_) {
    // Where no pause was asked for and one run after the other fails at once, this is where signals are heard at all.
    TakeSignals();
    if (!ladder_.stopping()) StartAgain();
  } else if (now >= HungAt()) {
    HungAtLast(now);
  }
}

Outcome Supervisor::Conclude() {
  Outcome outcome;
  outcome.exit_code = spec_.expected.Mapped(status_.AsExitCode());
  outcome.reason = ladder_.stopping() && reason_ == "ended" ? "stopped" : reason_;
  outcome.runs = HasWorkload() || runs_ > 1 ? runs_ : 0;
  outcome.orphans = kernel_reaped_ ? -1 : orphans_;
  outcome.killed_by = status_.signal;
  outcome.die_of = static_cast<uint8_t>(DeathToShare(outcome.exit_code));
  outcome.power = power_;
  return outcome;
}

void Supervisor::ChooseReaper() {
  if (spec_.reap == ReapChoice::kWait) return;
  if (!HasWorkload()) {
    // No exit status that could be lost: any kernel can do this.
    if (spec_.reap == ReapChoice::kAuto && log_.Says(Verbosity::kDebug)) return;
    LetTheKernelReap(false);
    kernel_reaps_ = kernel_reaped_ = true;
    return;
  }
  if (!queue_.has_fd()) return;  // the workload's pidfd cannot be waited for
  // Whoever gives a terminal back must hear of stops, and a log of each death must hear of each.
  const bool must_hear = terminal_.found() || log_.Says(Verbosity::kDebug) || spec_.tell_orphans;
  if (spec_.reap == ReapChoice::kAuto && (must_hear || !KernelCanReap(workload_.pidfd.get()))) return;
  LetTheKernelReap(terminal_.found());
  kernel_reaps_ = kernel_reaped_ = true;
}

void Supervisor::LetGoOfInherited() {
  // The next run starts with the same descriptors and in the same folder as the first.
  if (restart_.wanted()) return;
  int told[3];
  teller_->Descriptors(told);
  const Ear deaf(0);
  const Ear& ear = ear_ != nullptr ? *ear_ : deaf;
  const int keep[] = {queue_.fd(), workload_.pidfd.get(), terminal_.fd(), relay_tell_, relay_hear_, told[0], told[1], told[2], ear.socket, ear.line, ear.relay, ear.outside};
  CloseAllBut(keep, sizeof keep / sizeof keep[0]);
  // A working directory would keep its file system busy. Staying is no harm worth a word.
  if (chdir("/") != 0) return;
}

Nanoseconds Supervisor::NextDeadline() const {
  Nanoseconds next = NextAct();
  if (storm_pause_ && pause_end_ < next) next = pause_end_;
  if (Ended() && childless_ && next_run_ == kForever) next = std::min(next, MonotonicNow() + kOutsiderPoll);
  return next;
}

void Supervisor::Wait() {
  // The first wait is for a workload that ends at once: its end is not held up by what is for a life that there will not be.
  if (has_waited_) {
    if (!settled_) {
      Settle();
      return;
    }
    sandbox_.LimitCalls(log_);
  }
  has_waited_ = true;
  struct pollfd fds[7];
  nfds_t count = 0;
  fds[count++] = {queue_.fd(), POLLIN, 0};
  // Where the kernel reaps, POLLHUP says that it has, and that the exit status is there to be asked for; POLLIN would come
  // before that. Where we wait, SIGCHLD tells of the workload, but while that is held back its death must still be seen.
  const bool watch = settled_ && !Ended() && HasWorkload() && (kernel_reaps_ || (storm_pause_ && !workload_held_));
  if (watch) fds[count++] = {workload_.pidfd.get(), static_cast<short>(kernel_reaps_ ? 0 : POLLIN), 0};
  const nfds_t relay = count;
  if (relay_hear_ >= 0) fds[count++] = {relay_hear_, POLLIN, 0};
  const nfds_t own = count;
  if (ear_ != nullptr) ListenFor(fds, &count);

  const Nanoseconds deadline = NextDeadline();
  struct timespec left = {};
  if (deadline != kForever) {
    const Nanoseconds now = MonotonicNow();
    const Nanoseconds rest = deadline > now ? deadline - now : 0;
    left = {rest / kSecond, rest % kSecond};
  }
  const bool brief = (!settled_ || sandbox_.filter_due()) && (deadline == kForever || left.tv_sec != 0 || left.tv_nsec > Sandbox::kWithin);
  if (brief) left = {0, Sandbox::kWithin};
  if (untidy_ && !brief) {
    untidy_ = false;
    LetGoOfColdPages();
  }
  const struct timespec* const timeout = deadline == kForever && !brief ? nullptr : &left;
  int ready = count == 1 ? WaitForSignal(timeout) : ppoll(fds, count, timeout, nullptr);
  if (ready < 0 && errno == EINVAL) ready = PollDespiteLimit(fds, count, timeout);
  if (ready < 0) return;  // EINTR, or ENOMEM under pressure: the loop comes back here
  // A signal is passed on before a death is noticed: it was sent to a workload that lived.
  if ((fds[0].revents & POLLIN) != 0) TakeSignals();
  // So is what it said of itself heard before.
  for (nfds_t i = own; i < count; ++i) {
    if (fds[i].revents == 0) continue;
    HearAll(kMostAtOnce);
    break;
  }
  if (watch && fds[1].revents != 0) reap_due_ = true;
  if (relay_hear_ >= 0 && fds[relay].revents != 0) HearRelay();
  if (storm_pause_ && MonotonicNow() >= pause_end_) reap_due_ = true;
  if (Ended() && ready == 0 && next_run_ == kForever) reap_due_ = true;
}

// Nothing else can wake: a signal costs one system call less than by its descriptor. How many came and were taken: one, or none.
int Supervisor::WaitForSignal(const struct timespec* limit) {
  struct signalfd_siginfo info;
  if (!queue_.Await(limit, &info)) return 0;
  if (!settled_ && info.ssi_signo != SIGCHLD) Settle();
  TakeSignal(info);
  return 1;
}

}  // namespace foster
