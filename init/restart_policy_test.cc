// SPDX-License-Identifier: Apache-2.0
#include "init/restart_policy.h"

#include "gtest/gtest.h"

namespace foster {
namespace {

using Verdict = RestartPolicy::Verdict;

RestartSpec Spec(absl::string_view when, absl::string_view backoff = "100ms..1s") {
  RestartSpec spec;
  EXPECT_TRUE(spec.ParseWhen(when).ok());
  EXPECT_TRUE(spec.ParseBackoff(backoff).ok());
  return spec;
}

TEST(RestartPolicy, NeverIsNever) {
  RestartPolicy policy{RestartSpec()};
  EXPECT_FALSE(policy.wanted());
  EXPECT_EQ(policy.RunEnded(true, 0), Verdict::kDone);
  EXPECT_EQ(policy.RunEnded(false, kForever), Verdict::kDone);
}

TEST(RestartPolicy, OnFailureIsDoneWithSuccess) {
  RestartPolicy policy(Spec("on-failure"));
  EXPECT_EQ(policy.RunEnded(true, 0), Verdict::kAgain);
  EXPECT_EQ(policy.RunEnded(false, 0), Verdict::kDone);
}

TEST(RestartPolicy, AlwaysIsAlways) {
  RestartPolicy policy(Spec("always"));
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(policy.RunEnded(i % 2 == 0, 0), Verdict::kAgain);
}

TEST(RestartPolicy, PausesDoubleUpToTheLongest) {
  RestartPolicy policy(Spec("always"));
  for (Nanoseconds expected : {100, 200, 400, 800, 1000, 1000, 1000}) {
    EXPECT_EQ(policy.RunEnded(true, 0), Verdict::kAgain);
    EXPECT_EQ(policy.pause(), expected * kMillisecond);
  }
}

TEST(RestartPolicy, AHealthyRunBeginsThePausesAnew) {
  RestartPolicy policy(Spec("on-failure:3"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(policy.RunEnded(true, RestartPolicy::kHealthy - 1), Verdict::kAgain);
  EXPECT_EQ(policy.RunEnded(true, RestartPolicy::kHealthy), Verdict::kAgain);
  EXPECT_EQ(policy.pause(), 100 * kMillisecond);
  EXPECT_EQ(policy.in_a_row(), 1u);
}

TEST(RestartPolicy, AfterALongPauseARunMustBeLongerToCountAsHealthy) {
  RestartPolicy policy(Spec("on-failure:2", "1h..2h"));
  EXPECT_EQ(policy.RunEnded(true, 0), Verdict::kAgain);
  EXPECT_EQ(policy.RunEnded(true, 3600 * kSecond), Verdict::kAgain);
  EXPECT_EQ(policy.in_a_row(), 2u);
  EXPECT_EQ(policy.RunEnded(true, 3 * 3600 * kSecond), Verdict::kTooMany);
  EXPECT_EQ(policy.RunEnded(true, 4 * 3600 * kSecond), Verdict::kAgain);
}

TEST(RestartPolicy, GivesUpAfterAsManyAsWereAllowed) {
  for (unsigned most = 1; most < 20; ++most) {
    RestartSpec spec = Spec("on-failure");
    spec.most = most;
    RestartPolicy policy(spec);
    for (unsigned i = 0; i < most; ++i) EXPECT_EQ(policy.RunEnded(true, 0), Verdict::kAgain);
    EXPECT_EQ(policy.RunEnded(true, 0), Verdict::kTooMany);
    EXPECT_EQ(policy.in_a_row(), most);
  }
}

TEST(RestartPolicy, NoPauseIsNoPause) {
  RestartPolicy policy(Spec("always", "0..0"));
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(policy.RunEnded(true, 0), Verdict::kAgain);
    EXPECT_EQ(policy.pause(), 0);
  }
}

TEST(RestartSpec, RefusesNonsense) {
  for (const char* bad : {"", "sometimes", "on-failure:", "on-failure:0", "on-failure:-1", "on-failure:x", "on-failure:1000000000000", "on-failurex", "always:3"}) {
    EXPECT_FALSE(RestartSpec().ParseWhen(bad).ok()) << bad;
  }
  for (const char* bad : {"", "..", "1s..", "..1s", "2s..1s", "forever", "1s..forever", "1s...2s", "-1s", "x"}) {
    EXPECT_FALSE(RestartSpec().ParseBackoff(bad).ok()) << bad;
  }
}

TEST(RestartSpec, OneDurationIsTheFirstPause) {
  RestartSpec spec;
  ASSERT_TRUE(spec.ParseBackoff("1s").ok());
  EXPECT_EQ(spec.first_pause, kSecond);
  EXPECT_EQ(spec.longest_pause, 60 * kSecond);
  ASSERT_TRUE(spec.ParseBackoff("5m").ok());
  EXPECT_EQ(spec.longest_pause, 300 * kSecond) << "never shorter than the first";
}

}  // namespace
}  // namespace foster
