// SPDX-License-Identifier: Apache-2.0
// Signals at every moment of foster's life, by a scheduler of ptrace stops and not by luck.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>

#include <algorithm>
#include <iostream>
#include <string>

#include "tests/faults/injector.h"
#include "tests/faults/modes.h"
#include "tests/faults/plausible.h"
#include "tests/util/foster_process.h"

namespace foster {
namespace {

// The number of calls until foster has nothing to do but wait for the workload, which has heard SIGTERM by then.
int CallsUntilIdle(const Mode& mode) {
  FaultyRun run = mode.run;
  run.argv.back() = "1";  // listen 1: SIGTERM alone ends it
  const Outcome outcome = RunWithFault(run);
  const auto last = std::find(outcome.calls.rbegin(), outcome.calls.rend(), SYS_pidfd_send_signal);
  return static_cast<int>(outcome.calls.rend() - last);
}

std::string Told(const Outcome& outcome) {
  return "status " + std::to_string(outcome.Shell()) + (outcome.hung ? ", hung" : "") + ", left behind " + std::to_string(outcome.left_behind) + "\n" + outcome.out + outcome.err;
}

// "before call 7 (read)"
std::string Before(const Outcome& outcome, int nth) {
  const size_t at = static_cast<size_t>(nth) - 1;
  return "before call " + std::to_string(nth) + " (" + (at < outcome.calls.size() ? CallName(outcome.calls[at]) : "not made") + ")";
}

// A signal of those that come once, a second stop signal, and one that queues.
class SignalAnywhere : public testing::TestWithParam<int> {};

TEST_P(SignalAnywhere, ReachesTheWorkloadWhateverSystemCallFosterIsAt) {
  const std::string number = std::to_string(GetParam());
  int boundaries = 0;
  for (Mode mode : StopModes()) {
    SCOPED_TRACE(mode.name);
    mode.run.blocked.push_back(GetParam());
    mode.said = {"got 15", "got " + number};
    const int calls = CallsUntilIdle(mode);
    ASSERT_GT(calls, 10);
    for (int nth = 1; nth <= calls; ++nth) {
      FaultyRun run = mode.run;
      run.fault = {Fault::Kind::kSignal, -1, nth, GetParam()};
      const Outcome outcome = RunWithFault(run);
      // The halves of a wrapper run side by side, so that the last few calls may not come before both are idle.
      if (!outcome.injected && mode.name == "wrapper") continue;
      EXPECT_EQ(VerdictName(Judge(mode, outcome)), std::string("kept")) << Before(outcome, nth) << " of " << calls << ": " << Told(outcome);
      ++boundaries;
    }
  }
  RecordProperty("boundaries", boundaries);
  std::cout << "boundaries: " << boundaries << "\n";
}

INSTANTIATE_TEST_SUITE_P(Races, SignalAnywhere, testing::Values(SIGUSR1, SIGINT, 40), [](const auto& info) { return "Signal" + std::to_string(info.param); });

TEST(Races, AWorkloadThatDiesAtAnySystemCallOfFostersHasItsExitStatusTold) {
  int boundaries = 0;
  for (Mode mode : StopModes()) {
    SCOPED_TRACE(mode.name);
    // It is asked to stop, and listens on: foster passes that on and waits once more.
    mode.run.argv.back() = "0";
    FaultyRun probe = mode.run;
    probe.fault = {Fault::Kind::kDeath, kAnyWait, mode.name == "wrapper" ? 3 : 2, 0};
    const Outcome longest = RunWithFault(probe);
    ASSERT_TRUE(longest.injected) << Told(longest);
    int polls = 0, last = 0;
    for (long call : longest.calls) {
      ++last;
      if (IsFostersWait(call) && ++polls == probe.fault.nth) break;
    }
    ASSERT_GT(last, longest.calls_before_workload);
    for (int nth = longest.calls_before_workload + 1; nth <= last; ++nth) {
      FaultyRun run = mode.run;
      run.fault = {Fault::Kind::kDeath, -1, nth, 0};
      const Outcome outcome = RunWithFault(run);
      // foster's first wait is short, and how many calls follow it is the scheduler's: the moment may not have come, and then nothing ended the workload.
      if (!outcome.injected) continue;
      EXPECT_TRUE(!outcome.hung && outcome.left_behind == 0 && outcome.Shell() == 128 + SIGKILL && outcome.err.empty())
          << Before(outcome, nth) << " of " << last << ": " << Told(outcome);
      ++boundaries;
    }
  }
  EXPECT_GT(boundaries, 45);
  RecordProperty("boundaries", boundaries);
  std::cout << "boundaries: " << boundaries << "\n";
}

// What is left is killed while it is asked to go, looked for or waited for; a run while what it leaves is not there yet; in each of two runs.
TEST(Races, WhoeverDiesAtAnySystemCallOfFostersIsClearedAwayAndTheExitStatusIsTold) {
  int boundaries = 0;
  for (Mode mode : AllModes()) {
    const bool restarts = mode.name.find("-restart") != std::string::npos;
    if (!restarts && mode.name.find("-drain") == std::string::npos && mode.name.find("-refuse") == std::string::npos) continue;
    SCOPED_TRACE(mode.name);
    const Outcome whole = RunWithFault(mode.run);
    ASSERT_EQ(VerdictName(Judge(mode, whole)), std::string("kept")) << Told(whole);
    const int calls = static_cast<int>(whole.calls.size());
    for (int nth = whole.calls_before_workload + 1; nth <= calls; ++nth) {
      FaultyRun run = mode.run;
      run.fault = {Fault::Kind::kDeaths, -1, nth, 0};
      const Outcome outcome = RunWithFault(run);
      EXPECT_FALSE(outcome.hung) << mode.name << " " << Before(outcome, nth) << " of " << calls << ": " << Told(outcome);
      if (!outcome.injected) continue;  // nobody was there then
      // It was the (last) run that died, or what the run had left.
      EXPECT_TRUE(!outcome.hung && outcome.left_behind == 0 && (outcome.Shell() == mode.status || outcome.Shell() == 128 + SIGKILL))
          << Before(outcome, nth) << " of " << calls << ": " << Told(outcome);
      ++boundaries;
    }
  }
  EXPECT_GT(boundaries, 45);
  RecordProperty("boundaries", boundaries);
  std::cout << "boundaries: " << boundaries << "\n";
}

// The life in which most happens: a run, what it leaves is cleared away, a pause, another run, the end.
class StopAnywhere : public testing::TestWithParam<int> {};

TEST_P(StopAnywhere, EndsDrainAndRestartWithTheRunsExitStatusAndNobodyLeft) {
  int boundaries = 0;
  for (Mode mode : AllModes()) {
    if (mode.name.find("-restart") == std::string::npos) continue;
    SCOPED_TRACE(mode.name);
    mode.run.blocked = {GetParam()};  // the workload is not for stopping half-way
    const Outcome whole = RunWithFault(mode.run);
    ASSERT_EQ(VerdictName(Judge(mode, whole)), std::string("kept")) << Told(whole);
    const int calls = static_cast<int>(whole.calls.size());
    for (int nth = 1; nth <= calls; ++nth) {
      FaultyRun run = mode.run;
      run.fault = {Fault::Kind::kSignal, -1, nth, GetParam()};
      const Outcome outcome = RunWithFault(run);
      if (!outcome.injected) continue;  // what comes after the workload's end differs by a call or two
      EXPECT_TRUE(!outcome.hung && outcome.left_behind == 0 && outcome.Shell() == 3) << Before(outcome, nth) << " of " << calls << ": " << Told(outcome);
      ++boundaries;
    }
  }
  RecordProperty("boundaries", boundaries);
  std::cout << "boundaries: " << boundaries << "\n";
}

INSTANTIATE_TEST_SUITE_P(Races, StopAnywhere, testing::Values(SIGTERM, SIGINT, SIGUSR1), [](const auto& info) { return "Signal" + std::to_string(info.param); });

TEST(Races, SignalsAreBlockedWithinTheFirstInstructions) {
  // As init nothing is blocked: what is sent before foster's first call is dropped by the kernel. From the instruction that makes it on, nothing is.
  Mode mode = StopModes().front();
  mode.run.blocked = {SIGTERM};
  mode.run.fault = {Fault::Kind::kSignalAtInstruction, -1, -1, SIGUSR1};
  mode.run.argv.back() = "1";
  const Outcome outcome = RunWithFault(mode.run);
  EXPECT_FALSE(outcome.hung);
  EXPECT_EQ(outcome.calls.front(), SYS_rt_sigprocmask);
  EXPECT_GT(outcome.instructions_until_blocked, 0);
  EXPECT_LE(outcome.instructions_until_blocked, 12) << "instructions between exec and the call that blocks signals";
}

}  // namespace
}  // namespace foster
