// SPDX-License-Identifier: Apache-2.0
// Whom a signal is passed on to, and how it gets there.
#ifndef FOSTER_INIT_SIGNAL_TARGET_H_
#define FOSTER_INIT_SIGNAL_TARGET_H_

#include <stdint.h>
#include <sys/signalfd.h>

#include "init/everyone.h"
#include "init/workload.h"

namespace foster {

enum class SignalTarget : uint8_t { kProcess, kGroup, kNamespace };

// Sends `signo` to the workload, which must not have been found dead yet, or to its group, or to everybody in `scope`. The value and the sender's
// name that came with `received` (sigqueue(3)) go along, but not to everybody. Goes by pidfd, so that it can hit no stranger; where the kernel has none (Linux 5.2; 6.9
// for groups) by number, which is the workload's until foster reaps it. 0, or an errno.
int SendTo(SignalTarget target, const Workload& workload, Scope scope, int signo, const struct signalfd_siginfo* received);

}  // namespace foster

#endif  // FOSTER_INIT_SIGNAL_TARGET_H_
