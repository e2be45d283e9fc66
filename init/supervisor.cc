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

}  // namespace

Supervisor::Supervisor(const SupervisorSpec& spec, Scope scope, Log log)
    : spec_(spec), scope_(scope), log_(log), ladder_(spec.stop) {}

absl::Status Supervisor::Prepare() {
  self_ = getpid();
  if (scope_ == Scope::kDescendants && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) {
    return StatusFromErrno(errno, "prctl(PR_SET_CHILD_SUBREAPER)");
  }
  if (!queue_.Open()) return StatusFromErrno(errno, "signalfd");
  if (spec_.reap == ReapChoice::kKernel && !spec_.pause) {
    const FileDescriptor me = PidfdOpen(self_);
    if (!KernelCanReap(me.get())) {
      return Refused("--reap=kernel",
                     "this kernel does not keep the exit status of what it reaps (Linux 6.16 or newer does; try --reap=auto)");
    }
  }
  return absl::OkStatus();
}

Outcome Supervisor::StandBy(Workload workload, Terminal terminal) {
  workload_ = std::move(workload);
  terminal_ = std::move(terminal);
  ChooseReaper();
  LetGoOfInherited();
  ladder_.Started(MonotonicNow());
  const absl::string_view reaper = kernel_reaps_ ? "the kernel reaps" : "reaping by wait";
  if (HasWorkload()) {
    log_.Say(Verbosity::kVerbose, {"started the workload, process ", Decimal(workload_.pid), "; ", reaper});
  } else {
    log_.Say(Verbosity::kVerbose, {"no workload, waiting for a stop signal; ", reaper});
  }
  // Zombies that were there before (a shell that exec'ed foster), and a workload that was quicker than we.
  reap_due_ = true;
  for (;;) {
    if (reap_due_) Reap();
    if (Ended() && NobodyLeft()) return {spec_.expected.Mapped(status_.AsExitCode()), power_};
    if (ladder_.deadline() != kForever) {
      const Nanoseconds now = MonotonicNow();
      if (now >= ladder_.deadline()) {
        Do(ladder_.DeadlinePassed(now));
        continue;
      }
    }
    if (!reap_due_) Wait();
  }
}

void Supervisor::ChooseReaper() {
  if (spec_.reap == ReapChoice::kWait) return;
  if (!HasWorkload()) {
    // No exit status that could be lost: any kernel can do this.
    if (spec_.reap == ReapChoice::kAuto && log_.Says(Verbosity::kDebug)) return;
    LetTheKernelReap();
    kernel_reaps_ = true;
    return;
  }
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
  const bool watch = !Ended() && HasWorkload() && (kernel_reaps_ || (storm_pause_ && !workload_held_));
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

}  // namespace foster
