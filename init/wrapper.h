// SPDX-License-Identifier: Apache-2.0
// The wrapper: foster outside, which makes a PID namespace, and foster inside, its PID 1.
//
// The outer half supervises the inner one as its workload, with the same loop. It passes every signal on, as kill(2) from outside, and
// exits with what the inner half exits with. If it is killed, the kernel kills the inner half and with it the namespace.
#ifndef FOSTER_INIT_WRAPPER_H_
#define FOSTER_INIT_WRAPPER_H_

#include "init/run.h"

namespace foster {

// Runs the workload in the namespaces that must be born into. What foster is to exit with.
int RunWrapped(const RunSpec& spec);

}  // namespace foster

#endif  // FOSTER_INIT_WRAPPER_H_
