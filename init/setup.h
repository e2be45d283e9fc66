// SPDX-License-Identifier: Apache-2.0
// The set-up, in the one order that is right.
#ifndef FOSTER_INIT_SETUP_H_
#define FOSTER_INIT_SETUP_H_

#include <sys/types.h>

#include <vector>

#include "absl/status/status.h"
#include "init/options.h"
#include "init/setup/setup_failure.h"

namespace foster {

// Does all that is wanted of this process before the workload is started. The PID namespace, if a new one is wanted, is this process's own
// already; `state` says what else it came with. On failure, and while there is no workload, the caller has *made taken back.
absl::Status SetUp(const Options& options, const NamespaceState& state, MountsMade* made);

// What the workload's own set-up needs, prepared under the root file system that it will have.
struct WorkloadSetUp {
  const Options* options = nullptr;
  Identity identity;
  pid_t dies_with = 0;                   // foster, where its death would not be the workload's anyway
  std::vector<const char*> environment;  // empty: the one that foster was given
};

// Whether anything has to be done between clone and exec.
bool WantsWorkloadSetUp(const Options& options);

// Reads what must be read, so that SetUpWorkload only makes system calls. `environment` and `options` must outlive `prepared`. What its
// identity's `variables` have already, "NAME=VALUE" or "NAME" for one that must go, becomes the environment's as well.
absl::Status PrepareWorkloadSetUp(const Options& options, char* const* environment, WorkloadSetUp* prepared);

// In the child between clone and exec; `prepared` is a WorkloadSetUp. System calls only.
SetupFailure SetUpWorkload(const void* prepared);

}  // namespace foster

#endif  // FOSTER_INIT_SETUP_H_
