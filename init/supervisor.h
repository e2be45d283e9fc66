// SPDX-License-Identifier: Apache-2.0
// Standing by the workload until all is over: the event loop.
#ifndef FOSTER_INIT_SUPERVISOR_H_
#define FOSTER_INIT_SUPERVISOR_H_

#include <sys/signalfd.h>
#include <sys/types.h>

#include "absl/status/status.h"
#include "init/everyone.h"
#include "init/log.h"
#include "init/poweroff.h"
#include "init/signal_target.h"
#include "init/stop_ladder.h"
#include "init/supervisor_spec.h"
#include "init/terminal.h"
#include "init/workload.h"
#include "reaper/exit_status.h"
#include "reaper/storm.h"
#include "reaper/wait_reaper.h"
#include "signals/signal_queue.h"

namespace foster {

// How it all ended.
struct Outcome {
  int exit_code = 0;  // what foster is to exit with
  PowerAct power = PowerAct::kNone;  // what somebody asked of this init by a signal
};

// Both halves of a wrapper, a namespace's init and a plain process run this same loop. What differs is in the spec, the scope and the two
// ends of the stop relay.
class Supervisor {
 public:
  Supervisor(const SupervisorSpec& spec, Scope scope, Log log);

  // Everything that can fail, before there is a workload. All signals must be blocked; from here on they queue.
  absl::Status Prepare();

  // For the inner half of a wrapper: where to tell that the workload was stopped at the terminal (a pipe's writing end, non-blocking).
  // For the outer: where that is heard. Either may be -1.
  void UseStopRelay(int tell, int hear) {
    relay_tell_ = tell;
    relay_hear_ = hear;
  }

  // Takes over a workload that was just started and stays until everything is over. From here on: no allocation, no blocking
  // write, nothing that can fail. With `pause` in the spec there is no workload: one that is not valid, and it ends when it is asked to.
  Outcome StandBy(Workload workload, Terminal terminal);

 private:
  bool Ended() const { return ladder_.draining(); }
  bool HasWorkload() const { return workload_.pid > 0; }
  // Whether what is left may be left to the kernel, which kills it when this process exits.
  bool EndsByExit() const { return scope_ == Scope::kNamespace && !spec_.power; }
  void ChooseReaper();
  void LetGoOfInherited();
  void Wait();
  Nanoseconds NextDeadline() const;

  // Signals: supervisor_signals.cc.
  void TakeSignals();
  void TakeSignal(const struct signalfd_siginfo& info);
  bool IsForWorkload(const struct signalfd_siginfo& info) const;
  bool TakePowerRequest(const struct signalfd_siginfo& info);
  void StopAsked(const struct signalfd_siginfo& info);
  int Instead(int signo) const;
  void PassOn(const struct signalfd_siginfo& info);
  void SendToTarget(int signo, const struct signalfd_siginfo* received);
  void WakeIfStopped();
  void ContinueWorkload();
  void Do(StopLadder::Action action);

  // Deaths and stops: supervisor_ends.cc.
  void Reap();
  void WorkloadEnded(const ExitStatus& status);
  void WorkloadStopped(int signo);
  void StopWithWorkload();
  bool NobodyLeft();

  const SupervisorSpec& spec_;
  const Scope scope_;
  const Log log_;
  SignalQueue queue_;
  StopLadder ladder_;
  StormWatch storm_;
  Workload workload_;
  Terminal terminal_;
  pid_t self_ = 0;
  int relay_tell_ = -1;
  int relay_hear_ = -1;
  ExitStatus status_;
  PowerAct power_ = PowerAct::kNone;
  struct signalfd_siginfo held_ = {};  // the stop signal that is held back
  bool kernel_reaps_ = false;
  bool reap_due_ = false;         // a death was told, or may have been missed
  bool childless_ = false;        // what the last round of reaping said
  bool deserted_ = false;         // nobody was there to be asked to go
  bool storm_pause_ = false;      // SIGCHLD is held back until pause_end_
  bool workload_held_ = false;    // dead, but a tracer has not let go of it
  bool workload_stopped_ = false;  // as far as it was heard
  Nanoseconds pause_end_ = kForever;
};

}  // namespace foster

#endif  // FOSTER_INIT_SUPERVISOR_H_
