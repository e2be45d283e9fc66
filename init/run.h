// SPDX-License-Identifier: Apache-2.0
// One life of foster as the init (or subreaper) that has the workload for a child.
#ifndef FOSTER_INIT_RUN_H_
#define FOSTER_INIT_RUN_H_

#include <sys/types.h>

#include "absl/status/status.h"
#include "init/options.h"
#include "init/teller.h"
#include "signals/signal_state.h"

namespace foster {

struct RunSpec {
  const Options& options;
  char* const* environment;          // the workload's
  const InheritedSignals& signals;   // what the workload starts with
  const NamespaceState& namespaces;
  Teller* teller;
  int parent_death = 0;              // see DieWithParent; 0 for an inner half, which dies with the outer anyway
  int stop_relay = -1;               // see Supervisor::UseStopRelay
  pid_t started_as = 0;              // the number by which whoever started foster knows it
  int outside = -1;                  // takes notifications for whoever supervises foster (see Ear)
};

// Sets up, starts the workload, stands by it. What foster is to exit with.
int Run(const RunSpec& spec);

// Says why foster itself failed, and returns what it exits with then (125, unless it stands in for another init).
int Fail(const Options& options, const absl::Status& status);

}  // namespace foster

#endif  // FOSTER_INIT_RUN_H_
