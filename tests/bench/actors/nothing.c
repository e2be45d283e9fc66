// SPDX-License-Identifier: Apache-2.0
// A program that does nothing.
#include "tests/bench/actors/raw.h"

__attribute__((noreturn, used)) void NothingMain(void) { RawExit(0); }

RAW_START(NothingMain);
