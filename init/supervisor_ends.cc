// SPDX-License-Identifier: Apache-2.0
// The supervisor's deaths and stops: reaping, what became of the workload, and knowing when nobody is left.
#include <signal.h>
#include <unistd.h>

#include "init/supervisor.h"
#include "os/pidfd.h"
#include "reaper/kernel_reaper.h"
#include "signals/signal_name.h"

namespace foster {
namespace {

void TellOrphan(void* log, pid_t pid, const ExitStatus& status) {
  const Log& to = *static_cast<const Log*>(log);
  if (status.signal != 0) {
    to.Say(Verbosity::kNormal, {"reaped process ", Decimal(pid), ", killed by ", SignalName(status.signal)});
  } else {
    to.Say(Verbosity::kNormal, {"reaped process ", Decimal(pid), ", which exited with ", Decimal(status.code)});
  }
}

}  // namespace

void Supervisor::Reap() {
  reap_due_ = false;
  if (kernel_reaps_) {
    ExitStatus status;
    if (!Ended() && HasWorkload() && KernelReaped(workload_.pidfd.get(), &status)) {
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
  if (!HasWorkload()) {
    log_.Say(Verbosity::kVerbose, {"asked to stop"});
  } else if (status.signal != 0) {
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

bool Supervisor::NobodyLeft() {
  if (scope_ == Scope::kNobody || spec_.stop.leftovers == Leftovers::kLeave) return true;
  if (deserted_ || (ladder_.forced() && EndsByExit())) return true;
  if (reap_due_) return false;
  if (scope_ == Scope::kDescendants && ladder_.forced() && !childless_) {
    // Each death may have handed us children that were nobody's before.
    SignalEveryone(scope_, SIGKILL);
  }
  return !AnyoneLeft(scope_, childless_);
}

}  // namespace foster
