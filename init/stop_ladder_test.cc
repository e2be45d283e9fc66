// SPDX-License-Identifier: Apache-2.0
#include "init/stop_ladder.h"

#include "gtest/gtest.h"

namespace foster {
namespace {

using Action = StopLadder::Action;

StopPolicy Policy(Leftovers leftovers, bool bounds_workload = false) {
  StopPolicy policy;
  policy.grace = 100;
  policy.leftovers = leftovers;
  policy.bounds_workload = bounds_workload;
  return policy;
}

TEST(StopLadder, AWorkloadThatEndsByItselfLeavesTheOthersTheGracePeriod) {
  StopLadder ladder(Policy(Leftovers::kTerm));
  EXPECT_EQ(ladder.deadline(), kForever);
  EXPECT_EQ(ladder.WorkloadEnded(1000), Action::kAskEveryone);
  EXPECT_TRUE(ladder.draining());
  EXPECT_EQ(ladder.deadline(), 1100);
  EXPECT_EQ(ladder.DeadlinePassed(1100), Action::kKillEveryone);
  EXPECT_TRUE(ladder.forced());
  EXPECT_EQ(ladder.deadline(), kForever);
}

TEST(StopLadder, ASecondStopSignalCutsTheGracePeriodShort) {
  StopLadder ladder(Policy(Leftovers::kTerm));
  EXPECT_EQ(ladder.StopAsked(0), Action::kPassOn);
  EXPECT_EQ(ladder.WorkloadEnded(10), Action::kAskEveryone);
  EXPECT_EQ(ladder.StopAsked(20), Action::kKillEveryone);
  EXPECT_EQ(ladder.StopAsked(21), Action::kNothing);
}

TEST(StopLadder, WithoutABoundTheWorkloadHasAllTheTimeItWants) {
  StopLadder ladder(Policy(Leftovers::kTerm));
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(ladder.StopAsked(i), Action::kPassOn);
    EXPECT_EQ(ladder.deadline(), kForever);
  }
}

TEST(StopLadder, ABoundWorkloadIsClimbedUpon) {
  StopLadder ladder(Policy(Leftovers::kTerm, true));
  EXPECT_EQ(ladder.StopAsked(0), Action::kPassOn);
  EXPECT_EQ(ladder.deadline(), 100);
  EXPECT_EQ(ladder.DeadlinePassed(100), Action::kAskEveryone);
  EXPECT_EQ(ladder.deadline(), 200);
  EXPECT_EQ(ladder.WorkloadEnded(150), Action::kNothing) << "they were asked already";
  EXPECT_EQ(ladder.deadline(), 200);
  EXPECT_EQ(ladder.DeadlinePassed(200), Action::kKillEveryone);
}

TEST(StopLadder, AskedTwiceMeansNowWhereThereIsABound) {
  StopLadder ladder(Policy(Leftovers::kTerm, true));
  EXPECT_EQ(ladder.StopAsked(0), Action::kPassOn);
  EXPECT_EQ(ladder.StopAsked(1), Action::kKillEveryone);
  EXPECT_EQ(ladder.WorkloadEnded(2), Action::kKillEveryone) << "what it forked while dying";
}

TEST(StopLadder, KillLeavesNoTime) {
  StopLadder ladder(Policy(Leftovers::kKill));
  EXPECT_EQ(ladder.WorkloadEnded(0), Action::kKillEveryone);
  EXPECT_EQ(ladder.deadline(), kForever);
}

TEST(StopLadder, WaitWaitsUntilItIsAsked) {
  StopLadder ladder(Policy(Leftovers::kWait));
  EXPECT_EQ(ladder.WorkloadEnded(0), Action::kNothing);
  EXPECT_EQ(ladder.deadline(), kForever);
  EXPECT_EQ(ladder.StopAsked(50), Action::kAskEveryone);
  EXPECT_EQ(ladder.deadline(), 150);
  EXPECT_EQ(ladder.DeadlinePassed(150), Action::kKillEveryone);
}

TEST(StopLadder, AGraceOfNothingKillsAtTheNextLook) {
  StopPolicy policy = Policy(Leftovers::kTerm);
  policy.grace = 0;
  StopLadder ladder(policy);
  EXPECT_EQ(ladder.WorkloadEnded(7), Action::kAskEveryone);
  EXPECT_EQ(ladder.deadline(), 7);
}

TEST(StopLadder, ForeverIsForever) {
  StopPolicy policy = Policy(Leftovers::kTerm);
  policy.grace = kForever;
  StopLadder ladder(policy);
  EXPECT_EQ(ladder.WorkloadEnded(7), Action::kAskEveryone);
  EXPECT_EQ(ladder.deadline(), kForever);
}

}  // namespace
}  // namespace foster
