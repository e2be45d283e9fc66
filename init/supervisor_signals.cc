// SPDX-License-Identifier: Apache-2.0
// The supervisor's signals: whom they are for, what they ask, and passing them on.
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "init/supervisor.h"
#include "os/wait.h"
#include "signals/signal_name.h"

namespace foster {
namespace {

// How many signals are read at once.
constexpr int kBatch = 4;

// Whoever sends the same signal again within this time says it once: timeout(1) and their like send to the process and then to its group.
constexpr Nanoseconds kSameAsk = 250 * kMillisecond;

// A SIGTERM of foster's own, for when no signal asked (the timeout).
struct signalfd_siginfo OwnStopSignal() {
  struct signalfd_siginfo info;
  memset(&info, 0, sizeof info);
  info.ssi_signo = SIGTERM;
  return info;
}

}  // namespace

void Supervisor::TakeSignals() {
  struct signalfd_siginfo batch[kBatch];
  const int got = queue_.Read(batch, kBatch);
  for (int i = 0; i < got; ++i) TakeSignal(batch[i]);
}

bool Supervisor::IsForWorkload(const struct signalfd_siginfo& info) const {
  switch (OriginOf(info, self_)) {
    case SignalOrigin::kOutside:
      // With a code below zero the kernel believed the sender's own siginfo, who can have lied about where it is; kill(2)'s it fills in itself.
      return !spec_.only_from_outside || info.ssi_code == SI_USER || info.ssi_code == SI_TKILL;
    case SignalOrigin::kInside:
      return !spec_.only_from_outside;
    case SignalOrigin::kSelf:
      return false;
    case SignalOrigin::kKernel:
      return true;
    case SignalOrigin::kRelayed:
      return false;  // a lie, where there is no outer half that could have said it
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
  if (spec_.power && TakePowerRequest(info)) return;
  // A hang-up told to a session's leader is told to it alone, and is a signal like others.
  if (IsFromTerminal(info) && (signo != SIGHUP || terminal_.has_job_control())) {
    TakeTerminalSignal(info);
    return;
  }
  if (!IsForWorkload(info)) return;
  if (spec_.suspend_too && (signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU)) {
    PassOn(info);
    kill(self_, SIGSTOP);  // what resumes foster is a signal as well, and is passed on. PID 1 cannot stop itself.
    return;
  }
  const bool asks_to_stop = signo == SIGTERM || signo == SIGINT || signo == spec_.stop_signal;
  if (asks_to_stop && Instead(signo) != 0) {
    StopAsked(info);
    return;
  }
  PassOn(info);
}

bool Supervisor::TakePowerRequest(const struct signalfd_siginfo& info) {
  const SignalOrigin origin = OriginOf(info, self_);
  const PowerRequest request = PowerRequestOf(static_cast<int>(info.ssi_signo), origin == SignalOrigin::kKernel);
  // Ctrl-Alt-Del is for this init whoever has the terminal.
  if (request.act == PowerAct::kNone || (origin != SignalOrigin::kKernel && !IsForWorkload(info))) return false;
  power_ = request.act;
  if (request.at_once) {
    teller_->Stop("signal", info, origin, false);
    reason_ = "stopped";
    Do(ladder_.StopNow());
  } else {
    struct signalfd_siginfo stop = info;
    stop.ssi_signo = SIGTERM;
    StopAsked(stop);
  }
  return true;
}

void Supervisor::StopAsked(const struct signalfd_siginfo& info) {
  const bool was_stopping = ladder_.stopping();
  const Nanoseconds now = MonotonicNow();
  const bool same = was_stopping && asked_.ssi_signo == info.ssi_signo && asked_.ssi_pid == info.ssi_pid && now - asked_at_ < kSameAsk;
  if (same) {
    // No rung is climbed. The workload hears it as often as it comes, unless it is not to hear of it yet.
    if (spec_.stop.delay == 0 && !Ended()) PassOn(info);
    return;
  }
  asked_ = info;
  asked_at_ = now;
  const StopLadder::Action action = ladder_.StopAsked(now);
  if (!was_stopping) {
    held_ = info;
    reason_ = "stopped";
  }
  teller_->Stop("signal", info, OriginOf(info, self_), scope_ == Scope::kNobody);
  if (action != StopLadder::Action::kPassOn) {
    Do(action);
  } else if (HasWorkload()) {
    PassOn(info);
    WakeIfStopped();
  } else {
    WorkloadEnded(ExitStatus(), nullptr);  // to be asked is all that a pause waits for
  }
}

int Supervisor::Instead(int signo) const {
  if (signo == SIGTERM && !spec_.rewrite.Changes(SIGTERM)) return spec_.stop_signal;
  return spec_.rewrite.Apply(signo);
}

void Supervisor::PassOn(const struct signalfd_siginfo& info) {
  const int instead = Instead(static_cast<int>(info.ssi_signo));
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
  SendToTarget(instead, &info);
}

void Supervisor::SendToTarget(int signo, const struct signalfd_siginfo* received) {
  if (!HasWorkload() && spec_.target != SignalTarget::kNamespace) return;  // nobody there to hear it
  const int error = SendTo(spec_.target, workload_, scope_, signo, received);
  if (error == 0) {
    log_.Say(Verbosity::kDebug, {"passed on ", SignalName(signo)});
  } else if (error != ESRCH) {
    // A workload that became another user may refuse it. That is its business and no reason to leave.
    log_.Say(Verbosity::kNormal, {"cannot pass on ", SignalName(signo), ": ", strerror(error)});
  }
}

void Supervisor::WakeIfStopped() {
  // A stopped process would hear of it only when somebody else continues it, and in a container there is nobody.
  if (Ended() || !HasWorkload() || !(workload_stopped_ || IsStoppedUntold(workload_.pid))) return;
  SendTo(spec_.target, workload_, scope_, SIGCONT, nullptr);
}

void Supervisor::Do(StopLadder::Action action) {
  switch (action) {
    case StopLadder::Action::kNothing:
    case StopLadder::Action::kPassOn:
      return;
    case StopLadder::Action::kAskWorkload:
      if (held_.ssi_signo == 0) {
        reason_ = "timeout";
        teller_->Stop("timeout", held_, SignalOrigin::kSelf, false);
      }
      if (!HasWorkload()) {
        WorkloadEnded(ExitStatus(), nullptr);
        return;
      }
      // Held back, or of foster's own accord: a timeout stops whatever the rewriting makes of SIGTERM.
      if (held_.ssi_signo == 0) held_ = OwnStopSignal();
      if (Instead(static_cast<int>(held_.ssi_signo)) != 0) {
        PassOn(held_);
      } else {
        SendToTarget(spec_.stop_signal, nullptr);
      }
      WakeIfStopped();
      return;
    case StopLadder::Action::kAbortWorkload:
      if (!HasWorkload()) return;
      SendTo(SignalTarget::kProcess, workload_, scope_, SIGABRT, nullptr);
      WakeIfStopped();
      return;
    case StopLadder::Action::kKillWorkload:
      if (HasWorkload()) SendTo(SignalTarget::kProcess, workload_, scope_, SIGKILL, nullptr);
      return;
    case StopLadder::Action::kAskEveryone:
      if (scope_ != Scope::kNobody) teller_->Leftovers(scope_, "TERM");
      if (SignalEveryone(scope_, SIGTERM)) {
        SignalEveryone(scope_, SIGCONT);
        log_.Say(Verbosity::kVerbose, {"asked what is left to go (TERM, CONT)"});
      } else if (IsInit(scope_)) {
        deserted_ = true;  // the kernel looks at every process of the machine for this: it is not asked twice
      }
      return;
    case StopLadder::Action::kKillEveryone:
      if (scope_ != Scope::kNobody) teller_->Leftovers(scope_, "KILL");
      // Where all ends with PID 1, its own exit is the quickest way to kill all: NobodyLeft says so.
      if (!EndsByExit() || (!Ended() && HasWorkload())) SignalEveryone(scope_, SIGKILL);
      // It may not be signalled (it is another user, and foster has no CAP_KILL): PID 1's exit is a way to kill it that nobody can refuse.
      if (!Ended() && EndsByExit() && HasWorkload() && SendTo(SignalTarget::kProcess, workload_, scope_, SIGKILL, nullptr) == EPERM) {
        ExitStatus killed;
        killed.signal = SIGKILL;
        WorkloadEnded(killed, nullptr);
        return;
      }
      if (!Ended() && !HasWorkload()) WorkloadEnded(ExitStatus(), nullptr);
      return;
  }
}

}  // namespace foster
