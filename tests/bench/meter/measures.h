// SPDX-License-Identifier: Apache-2.0
// What the meter measures. Each takes all contestants and goes round them, A B C A B C, so that whatever disturbs the machine disturbs
// all of them; each prints one line of JSON for a contestant, with every single figure, not a digest.
#ifndef FOSTER_TESTS_BENCH_METER_MEASURES_H_
#define FOSTER_TESTS_BENCH_METER_MEASURES_H_

#include <vector>

#include "tests/bench/meter/process.h"

namespace foster::bench {

using Contestants = std::vector<Contestant>;

// The workload tells when it began (8 bytes on stdout) and ends. to_workload: exec of the init to the workload's first instruction;
// to_exit: exec of the init to its end, reaped. rounds=, pid1=, cpu=, environment= and arguments= (bytes more of each).
void MeasureStart(const Contestants& all, const Settings& settings);

// By single steps from the init's exec to the workload's: instructions, system calls, pages of code, and the same up to where
// SIGTERM would no longer be lost; page faults until it waits. pid1=.
void MeasureSteps(const Contestants& all, const Settings& settings);

// The addresses of all instructions that the first contestant executes from exec to its end, each once, in the order of their first time, in hexadecimal. pid1=.
void MeasureTouched(const Contestants& all, const Settings& settings);

// The time from exec until SIGTERM is blocked or handled, seen by a tracer that stops the init at no other call. rounds=.
void MeasureDeafWindow(const Contestants& all, const Settings& settings);

// With `workload orphans BURST`: total= orphans in parts of chunk=. CPU time and sleeps of the init, and the time the forker took.
void MeasureOrphans(const Contestants& all, const Settings& settings);
// With `workload zombies BURST`: total= orphans in rounds= parts.
void MeasureZombies(const Contestants& all, const Settings& settings);
// With `workload signals`: total= signals in parts of chunk=, each sent when the one before it has arrived.
void MeasureSignals(const Contestants& all, const Settings& settings);

// With `workload leave N`: SIGTERM (or signal=) to everything gone. rounds=.
void MeasureStop(const Contestants& all, const Settings& settings);
// With `workload sleep`: memory and wake-ups in seconds=.
void MeasureIdle(const Contestants& all, const Settings& settings);
// With `workload sleep`: count= of them at once. Memory of all, time to start and to stop them, CPU in seconds=.
void MeasureDensity(const Contestants& all, const Settings& settings);

}  // namespace foster::bench

#endif  // FOSTER_TESTS_BENCH_METER_MEASURES_H_
