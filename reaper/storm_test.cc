// SPDX-License-Identifier: Apache-2.0
#include "reaper/storm.h"

#include "gtest/gtest.h"

namespace foster {
namespace {

constexpr int64_t kMs = 1'000'000;

TEST(StormWatch, ALoneDeathNeverPauses) {
  StormWatch watch;
  EXPECT_FALSE(watch.PauseAfter(1, 0));
  EXPECT_FALSE(watch.PauseAfter(1, 1000 * kMs));
  EXPECT_FALSE(watch.PauseAfter(100, 2000 * kMs)) << "one big batch is no reason to wait";
}

TEST(StormWatch, PausesWhenDeathsFollowEachOther) {
  StormWatch watch;
  EXPECT_FALSE(watch.PauseAfter(1, 0));
  EXPECT_TRUE(watch.PauseAfter(1, 1 * kMs));
  EXPECT_TRUE(watch.PauseAfter(40, 6 * kMs));
}

TEST(StormWatch, ListensAgainWhenARoundFoundNothing) {
  StormWatch watch;
  watch.PauseAfter(1, 0);
  EXPECT_TRUE(watch.PauseAfter(1, 1 * kMs));
  EXPECT_FALSE(watch.PauseAfter(0, 6 * kMs));
}

}  // namespace
}  // namespace foster
