// SPDX-License-Identifier: Apache-2.0
// Counting, by single steps, what no other process on the machine can change. Performance counters do not exist on most virtual machines.
#ifndef FOSTER_TESTS_BENCH_METER_STEPS_H_
#define FOSTER_TESTS_BENCH_METER_STEPS_H_

#include <set>

#include "tests/bench/meter/process.h"

namespace foster::bench {

// From the init's exec to the workload's: the init up to the spawn of its child, then the child up to its exec. That is the way that a user
// waits for; what a forking parent does beside it is not counted.
struct Counted {
  int64_t instructions = 0;      // in user space; a repeated string instruction counts each time
  int64_t system_calls = 0;
  std::set<uint64_t> code_pages; // by number
  int64_t page_faults = 0;       // minor ones, after exec itself
  // Up to the call that blocks or handles SIGTERM, that call not included; -1 where none does.
  int64_t deaf_instructions = -1;
  int64_t deaf_system_calls = -1;
};

Counted CountSteps(const Contestant& who, bool pid1);

}  // namespace foster::bench

#endif  // FOSTER_TESTS_BENCH_METER_STEPS_H_
