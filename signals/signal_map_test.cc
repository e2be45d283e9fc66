// SPDX-License-Identifier: Apache-2.0
#include "signals/signal_map.h"

#include <signal.h>

#include "gtest/gtest.h"

namespace foster {
namespace {

TEST(SignalMap, IsTheIdentityUntilARuleIsAdded) {
  const SignalMap map;
  for (int signo = 1; signo <= 64; ++signo) EXPECT_EQ(map.Apply(signo), signo);
}

TEST(SignalMap, RewritesOneAndLeavesTheOthers) {
  SignalMap map;
  ASSERT_TRUE(map.Add("TERM:QUIT").ok());
  for (int signo = 1; signo <= 64; ++signo) {
    EXPECT_EQ(map.Apply(signo), signo == SIGTERM ? SIGQUIT : signo);
  }
}

TEST(SignalMap, IsAppliedOnceAndNotChained) {
  SignalMap map;
  ASSERT_TRUE(map.Add("TERM:INT").ok());
  ASSERT_TRUE(map.Add("INT:TERM").ok());
  EXPECT_EQ(map.Apply(SIGTERM), SIGINT);
  EXPECT_EQ(map.Apply(SIGINT), SIGTERM);
}

TEST(SignalMap, DropsAndReachesTheLastSignal) {
  SignalMap map;
  ASSERT_TRUE(map.Add("SIGHUP:0").ok());
  ASSERT_TRUE(map.Add("64:RTMIN").ok());
  EXPECT_EQ(map.Apply(SIGHUP), 0);
  EXPECT_EQ(map.Apply(64), 34);
}

TEST(SignalMap, TheLastRuleForASignalCounts) {
  SignalMap map;
  ASSERT_TRUE(map.Add("TERM:0").ok());
  ASSERT_TRUE(map.Add("15:INT").ok());
  EXPECT_EQ(map.Apply(SIGTERM), SIGINT);
}

TEST(SignalMap, SaysWhichPartOfARuleIsWrong) {
  const struct {
    const char* rule;
    const char* words;
  } kCases[] = {{"TERM", "\"TERM\": not FROM:TO"},        {"", "\"\": not FROM:TO"},
                {"TREM:QUIT", "\"TREM\": no such signal"}, {"TERM:QUITE", "\"QUITE\": no such signal"},
                {"TERM:", "\"\": no such signal"},         {":TERM", "\"\": no such signal"},
                {"0:TERM", "\"0\": no such signal"},       {"KILL:TERM", "\"KILL\": nobody can catch it"},
                {"STOP:TERM", "\"STOP\": nobody"},         {"CHLD:TERM", "\"CHLD\": tells foster"},
                {"TERM:QUIT:INT", "\"QUIT:INT\": no such"}};
  for (const auto& c : kCases) {
    SignalMap map;
    const absl::Status status = map.Add(c.rule);
    ASSERT_FALSE(status.ok()) << c.rule;
    EXPECT_NE(status.message().find(c.words), absl::string_view::npos) << status.message();
    EXPECT_EQ(map.Apply(SIGTERM), SIGTERM) << "a refused rule must change nothing";
  }
}

TEST(SignalMap, ADefaultRuleYieldsToWhatTheUserSaid) {
  SignalMap map;
  ASSERT_TRUE(map.Add("TSTP:TSTP").ok());
  map.AddIfNew(SIGTSTP, SIGSTOP);
  map.AddIfNew(SIGTTIN, SIGSTOP);
  EXPECT_EQ(map.Apply(SIGTSTP), SIGTSTP);
  EXPECT_EQ(map.Apply(SIGTTIN), SIGSTOP);
  ASSERT_TRUE(map.Add("TTIN:0").ok());
  EXPECT_EQ(map.Apply(SIGTTIN), 0);
}

}  // namespace
}  // namespace foster
