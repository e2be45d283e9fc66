// SPDX-License-Identifier: Apache-2.0
// A workload that does nothing but tell when it began: the monotonic time in nanoseconds, 8 bytes, on stdout.
#include "tests/bench/actors/raw.h"

__attribute__((noreturn, used)) void StampMain(void) {
  int64_t now = RawNow();
  Raw(SYS_write, 1, (long)&now, sizeof now, 0);
  RawExit(0);
}

RAW_START(StampMain);
