// SPDX-License-Identifier: Apache-2.0
// What is wanted of the supervisor.
#ifndef FOSTER_INIT_SUPERVISOR_SPEC_H_
#define FOSTER_INIT_SUPERVISOR_SPEC_H_

#include <signal.h>
#include <stdint.h>

#include "absl/status/status.h"
#include "init/exit_set.h"
#include "init/readiness.h"
#include "init/restart_policy.h"
#include "init/sandbox.h"
#include "init/signal_target.h"
#include "init/stop_ladder.h"
#include "signals/signal_map.h"

namespace foster {

// Who reaps. kAuto: the kernel where it can and nobody needs to hear of stops or of each orphan.
enum class ReapChoice : uint8_t { kAuto, kKernel, kWait };

struct SupervisorSpec {
  SignalTarget target = SignalTarget::kProcess;
  SignalMap rewrite;
  // What SIGTERM becomes on its way to the workload, unless `rewrite` says otherwise. Sent to foster itself it asks to stop as SIGTERM does.
  uint8_t stop_signal = SIGTERM;
  bool only_from_outside = false;  // what was sent from inside of the PID namespace is dropped
  bool pause = false;              // no workload
  bool power = false;              // signals that ask an init to power off, halt or reboot are obeyed
  StopPolicy stop;
  ReapChoice reap = ReapChoice::kAuto;
  bool tell_orphans = false;  // each that is reaped, whatever the verbosity
  bool suspend_too = false;   // TSTP, TTIN and TTOU are passed on, and stop foster as well
  bool tidy = false;  // the start was not the plain one: what it needed of code and stack is given back when it is over
  ExitSet expected;  // exit statuses that count as 0
  RestartSpec restart;
  SandboxSpec sandbox;
  ReadySpec ready;
};

// Finds what is wrong with it before anything is made. `as_init`: it will be for the init of a PID namespace.
absl::Status CheckSupervision(const SupervisorSpec& spec, bool as_init);

}  // namespace foster

#endif  // FOSTER_INIT_SUPERVISOR_SPEC_H_
