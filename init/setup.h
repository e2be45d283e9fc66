// SPDX-License-Identifier: Apache-2.0
// The set-up, in the one order that is right.
#ifndef FOSTER_INIT_SETUP_H_
#define FOSTER_INIT_SETUP_H_

#include "absl/status/status.h"
#include "init/options.h"

namespace foster {

// Finds what is wrong with a request before anything is made. `is_init`: this process is PID 1 already.
absl::Status CheckRequest(const Options& options, bool is_init);

// Does all that is wanted of this process before the workload is started. The PID namespace, if a new one is wanted, is this process's own
// already. `born_into`: the namespaces that clone(2) made together with this process.
absl::Status SetUp(const Options& options, unsigned long born_into);

}  // namespace foster

#endif  // FOSTER_INIT_SETUP_H_
