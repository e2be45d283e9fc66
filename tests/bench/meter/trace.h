// SPDX-License-Identifier: Apache-2.0
// Reading a stopped process: its registers at a system call, the signals that the call is about.
#ifndef FOSTER_TESTS_BENCH_METER_TRACE_H_
#define FOSTER_TESTS_BENCH_METER_TRACE_H_

#include <stdint.h>
#include <sys/types.h>

#include <string>

namespace foster::bench {

// Where a stopped process is. `number` and `arguments` mean something where it stands before or in a system call.
struct Where {
  uint64_t instruction = 0;
  uint64_t number = 0;
  uint64_t arguments[4] = {};
};
Where WhereIs(pid_t pid);

// Whether the next instruction is a system call.
bool AtSystemCall(pid_t pid, uint64_t instruction);

// Whether the system call at `where`, if it succeeds, ends the time in which a SIGTERM to PID 1 of a namespace is lost: it blocks
// SIGTERM or gives it a handler.
bool EndsDeafness(pid_t pid, const Where& where);

// Waits for the stop that Launch's traced child makes before exec, and lets it go on, seized with `options`.
void CatchAtStart(pid_t pid, long options);

}  // namespace foster::bench

#endif  // FOSTER_TESTS_BENCH_METER_TRACE_H_
