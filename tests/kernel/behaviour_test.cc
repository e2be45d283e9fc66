// SPDX-License-Identifier: Apache-2.0
// The judgement on behaviours: what is expected of a fact, and how a wrong expectation differs from a right one.
#include "tests/kernel/behaviour.h"

#include "gtest/gtest.h"

namespace foster {
namespace {

TEST(Want, IsOneAnswerOrOneOfSeveral) {
  EXPECT_TRUE(Want("alive").Is("alive"));
  EXPECT_FALSE(Want("alive").Is("dead"));
  EXPECT_TRUE(Want(4).Is("4"));
  EXPECT_TRUE(Want(true).Is("yes"));
  EXPECT_TRUE(AnyOf({"S", "I"}).Is("I"));
  EXPECT_FALSE(AnyOf({"S", "I"}).Is("R"));
}

TEST(Want, ComparesNumbersAsNumbers) {
  EXPECT_TRUE(AtLeast(9).Is("10"));
  EXPECT_FALSE(AtLeast(9).Is("8"));
  EXPECT_TRUE(AtMost(9).Is("9"));
  EXPECT_FALSE(AtMost(9).Is("ten"));
  EXPECT_FALSE(AtLeast(0).Is(""));
}

TEST(Want, IsNeverItsOwnOpposite) {
  for (const Want& want : {Want("alive"), Want("0"), Want(7), Want("killed(SIGKILL)"), Want("stopped(SIGTRAP, event 1)"), Want("EEXIST"), Want(false)}) {
    const std::string answer = want.Describe();
    EXPECT_TRUE(want.Is(answer));
    EXPECT_EQ(want.Wrong().size(), 2u);
    for (const Want& wrong : want.Wrong()) EXPECT_FALSE(wrong.Is(answer)) << answer << ": " << wrong.Describe();
  }
  for (const Want& wrong : AtLeast(3).Wrong()) EXPECT_FALSE(wrong.Is("3"));
}

TEST(Matches, FailsWhereAFactWasNotSeen) {
  Facts seen = Facts::Make();
  EXPECT_FALSE(Matches(seen, {{"init", "alive"}}));
  EXPECT_FALSE(Matches(seen, {{"init", Want("alive").Wrong()[0]}}));  // not even "anything but alive"
  seen.Put("init", "alive");
  EXPECT_TRUE(Matches(seen, {{"init", "alive"}}));
  seen.Release();
}

TEST(Matches, FailsWhereNothingIsExpected) {
  Facts seen = Facts::Make();
  seen.Put("init", "alive");
  EXPECT_FALSE(Matches(seen, {}));
  seen.Release();
}

TEST(Since, GivesTheAnswerOfThisKernel) {
  EXPECT_TRUE(Since(2, 6, "now", "before").Is("now"));
  EXPECT_TRUE(Since(99, 0, "now", "before").Is("before"));
}

}  // namespace
}  // namespace foster
