// SPDX-License-Identifier: Apache-2.0
#include "init/duration.h"

#include <string>

#include "gtest/gtest.h"

namespace foster {
namespace {

TEST(Duration, TakesTheUsualSpellings) {
  const struct {
    const char* text;
    Nanoseconds value;
  } kCases[] = {{"5s", 5 * kSecond},    {"5", 5 * kSecond},        {"500ms", 500 * kMillisecond}, {"0", 0},
                {"0s", 0},              {"2m", 120 * kSecond},     {"2min", 120 * kSecond},       {"1h", 3600 * kSecond},
                {"1d", 86400 * kSecond}, {"1.5s", 1500 * kMillisecond}, {"0.25", 250 * kMillisecond}, {"10us", 10'000},
                {"1.0000000001s", kSecond}, {"0.000000000000000000000001s", 0}, {"forever", kForever}, {"36500d", int64_t{36500} * 86400 * kSecond}};
  for (const auto& c : kCases) {
    Nanoseconds value = -1;
    EXPECT_TRUE(ParseDuration(c.text, &value)) << c.text;
    EXPECT_EQ(value, c.value) << c.text;
  }
}

TEST(Duration, RefusesEverythingElse) {
  for (const char* bad : {"", "s", "-1", "+1", " 1", "1 s", "1.s", ".5s", "1..5", "1.2.3", "5S", "5sec", "1e3", "0x10", "ever",
                          "99999999999999999999", "9223372036854775807", "36700d", "5s5s"}) {
    Nanoseconds value = -1;
    EXPECT_FALSE(ParseDuration(bad, &value)) << bad;
    EXPECT_EQ(value, -1) << bad;
  }
}

TEST(Duration, RefusesWhatWouldWrapAroundToSomethingShort) {
  // In nanoseconds a little less and a little more than 2^64.
  for (const char* bad : {"18446744073", "18446744074", "18446744074s", "18446744073710ms", "213503982335d"}) {
    Nanoseconds value = -1;
    EXPECT_FALSE(ParseDuration(bad, &value)) << bad;
    EXPECT_EQ(value, -1) << bad;
  }
}

TEST(Duration, DeadlinesSaturate) {
  EXPECT_EQ(DeadlineIn(10, 5), 15);
  EXPECT_EQ(DeadlineIn(10, kForever), kForever);
  EXPECT_EQ(DeadlineIn(kForever - 1, 2), kForever);
}

}  // namespace
}  // namespace foster
