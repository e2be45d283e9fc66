// SPDX-License-Identifier: Apache-2.0
// Signals at every moment of foster's life, by a scheduler of ptrace stops and not by luck.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>

#include <algorithm>

#include "tests/faults/injector.h"
#include "tests/faults/modes.h"
#include "tests/faults/plausible.h"

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

TEST(Races, NoSignalIsLostAtAnySystemCall) {
  for (const Mode& mode : StopModes()) {
    SCOPED_TRACE(mode.name);
    const int calls = CallsUntilIdle(mode);
    ASSERT_GT(calls, 10);
    for (int nth = 1; nth <= calls; ++nth) {
      FaultyRun run = mode.run;
      run.fault = {Fault::Kind::kSignal, -1, nth, SIGUSR1};
      const Outcome outcome = RunWithFault(run);
      // The halves of a wrapper run side by side, so that the last few calls may not come before both are idle.
      if (!outcome.injected && mode.name == "wrapper") continue;
      EXPECT_EQ(VerdictName(Judge(mode, outcome)), std::string("kept"))
          << "SIGUSR1 before call " << nth << " of " << calls << " (" << CallName(outcome.calls.size() < static_cast<size_t>(nth) ? -1 : outcome.calls[nth - 1])
          << "): status " << outcome.Shell() << (outcome.hung ? ", hung" : "") << "\n" << outcome.out << outcome.err;
    }
  }
}

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
