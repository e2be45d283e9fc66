// SPDX-License-Identifier: Apache-2.0
// The supervisor's deaths and stops: reaping, what became of the workload, and knowing when nobody is left.
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <utility>

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
      WorkloadEnded(status, nullptr);
      return;
    }
  }
  struct rusage usage;
  const ReapRound round = WaitReap(workload_.pid, terminal_.found(), teller_->on() ? &usage : nullptr, spec_.tell_orphans ? TellOrphan : nullptr, const_cast<Log*>(&log_));
  childless_ = round.childless;
  if (round.more) reap_due_ = true;
  orphans_ += round.orphans;
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
  if (round.workload_ended && !Ended()) WorkloadEnded(round.workload, round.usage);
  if (round.workload_stopped != 0 || round.workload_continued) {
    if ((workload_stopped_ || round.workload_continued) && ear_ != nullptr) ear_->watchdog.Alive(MonotonicNow());  // it could say nothing meanwhile
    workload_stopped_ = round.workload_stopped != 0;
  }
  // It may have been killed as it stood there: nobody is left to stand still with.
  if (round.workload_stopped != 0 && !Ended()) WorkloadStopped(round.workload_stopped);
}

void Supervisor::WorkloadEnded(const ExitStatus& status, const struct rusage* usage) {
  // What it said before it ended.
  if (ear_ != nullptr) HearAll(kLastWords);
  status_ = status;
  if (HasWorkload() && scope_ != Scope::kNobody) {
    RunEnd end;
    end.pid = workload_.pid;
    end.run = runs_;
    end.status = status;
    end.usage = usage;
    if (ear_ != nullptr) {
      end.notified_error = ear_->error;
      end.notified_exit = ear_->exit_status;
    }
    teller_->Ended(end);
  }
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
  TakeTerminalBack();
  reap_due_ = true;
  const Nanoseconds now = MonotonicNow();
  DecideOnRestart(now);
  Do(ladder_.WorkloadEnded(now));
}

void Supervisor::DecideOnRestart(Nanoseconds now) {
  again_due_ = false;
  if (!restart_.wanted() || ladder_.stopping() || again_ == nullptr) return;
  const bool failed = (ear_ != nullptr && ear_->hung) || spec_.expected.Mapped(status_.AsExitCode()) != 0;
  switch (restart_.RunEnded(failed, now - run_began_)) {
    case RestartPolicy::Verdict::kAgain:
      again_due_ = true;
      teller_->Restart(runs_ + 1, restart_.pause());
      log_.Say(Verbosity::kVerbose, {"starting it again in ", Decimal(restart_.pause() / kMillisecond), " ms, run ", Decimal(runs_ + 1)});
      break;
    case RestartPolicy::Verdict::kTooMany:
      reason_ = "too-many-restarts";
      log_.Say(Verbosity::kNormal, {"giving up on \"", again_->argv[0], "\" after ", Decimal(restart_.in_a_row()), " restarts in a row"});
      break;
    case RestartPolicy::Verdict::kDone:
      break;
  }
}

void Supervisor::StartAgain() {
  next_run_ = kForever;
  if (ear_ != nullptr) {
    HearAll(kLastWords);  // nobody's word is taken for the next run's
    ear_->Forget();
    reason_ = "ended";
  }
  terminal_given_ = wants_terminal_ && terminal_.IsOurs();
  again_->terminal = terminal_given_ ? terminal_.fd() : -1;
  again_->capabilities = sandbox_.reserve();
  sandbox_.BeforeRestart();
  SpawnResult spawned = Spawn(*again_);
  sandbox_.AfterRestart();
  const Nanoseconds now = MonotonicNow();
  if (spawned.workload.pid > 0) {
    workload_ = std::move(spawned.workload);
    childless_ = deserted_ = workload_held_ = workload_stopped_ = false;
    RunBegins(now);
    return;
  }
  // No room for a process, or the program has gone meanwhile: a run that failed at once.
  ++runs_;
  run_began_ = now;
  const int error = spawned.clone_error != 0 ? spawned.clone_error : spawned.exec_error != 0 ? spawned.exec_error : spawned.setup_failure.error;
  log_.Say(Verbosity::kNormal, {"cannot start \"", again_->argv[0], "\" again: ", strerror(error)});
  status_ = ExitStatus();
  status_.code = static_cast<uint8_t>(spawned.exit_code);
  DecideOnRestart(now);
}

bool Supervisor::NobodyLeft() {
  if (scope_ == Scope::kNobody || spec_.stop.leftovers == Leftovers::kLeave) return true;
  if (deserted_ || (ladder_.forced() && EndsByExit())) return true;
  if (reap_due_) return false;
  if (scope_ == Scope::kDescendants && ladder_.forced() && !childless_) {
    // Each death may have handed us children that were nobody's before. Whom we cannot find (there is no /proc) we cannot wait for either.
    // A look that failed is repeated once: this is the last.
    if (!SignalEveryone(scope_, SIGKILL) && !SignalEveryone(scope_, SIGKILL)) return true;
  }
  return !AnyoneLeft(scope_, childless_);
}

}  // namespace foster
