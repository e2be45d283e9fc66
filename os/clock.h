// SPDX-License-Identifier: Apache-2.0
// The time that deadlines are on.
#ifndef FOSTER_OS_CLOCK_H_
#define FOSTER_OS_CLOCK_H_

#include <stdint.h>

namespace foster {

// Nanoseconds of CLOCK_MONOTONIC. A system call, not the vDSO's quick way: a life of foster looks at the clock once or twice, and the first use
// of the vDSO costs a search of its symbols and two page faults, twenty times as much.
int64_t MonotonicNanoseconds();

}  // namespace foster

#endif  // FOSTER_OS_CLOCK_H_
