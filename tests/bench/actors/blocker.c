// SPDX-License-Identifier: Apache-2.0
// A program whose first deed is to block all signals, and whose second is to end: how much of a measured deaf window is exec and the
// measuring itself.
#include "tests/bench/actors/raw.h"

__attribute__((noreturn, used)) void BlockerMain(void) {
  static const uint64_t all = ~(uint64_t)0;
  Raw(SYS_rt_sigprocmask, 2 /* SIG_SETMASK */, (long)&all, 0, 8);
  RawExit(0);
}

RAW_START(BlockerMain);
