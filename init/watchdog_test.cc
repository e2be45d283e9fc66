// SPDX-License-Identifier: Apache-2.0
#include "init/watchdog.h"

#include "gtest/gtest.h"

namespace foster {
namespace {

TEST(Watchdog, NobodyWatchesUnlessAsked) {
  Watchdog none(0);
  none.RunBegins(false, 10);
  none.Ready(20);
  none.Alive(30);
  none.Change(5, 40);
  EXPECT_EQ(none.deadline(), kForever);
}

TEST(Watchdog, WatchesFromTheBeginningWhereNobodySaysWhenHeIsReady) {
  Watchdog watchdog(100);
  EXPECT_EQ(watchdog.deadline(), kForever);
  watchdog.RunBegins(false, 1000);
  EXPECT_EQ(watchdog.deadline(), 1100);
  watchdog.Alive(1050);
  EXPECT_EQ(watchdog.deadline(), 1150);
  watchdog.Ready(1060);
  EXPECT_EQ(watchdog.deadline(), 1150);
}

TEST(Watchdog, WatchesFromReadinessOnWhereThatIsTold) {
  Watchdog watchdog(100);
  watchdog.RunBegins(true, 1000);
  watchdog.Alive(1050);
  EXPECT_EQ(watchdog.deadline(), kForever);
  watchdog.Ready(5000);
  EXPECT_EQ(watchdog.deadline(), 5100);
}

TEST(Watchdog, TakesAnotherPeriodForThisRunOnly) {
  Watchdog watchdog(100);
  watchdog.RunBegins(true, 0);
  watchdog.Change(700, 10);
  EXPECT_EQ(watchdog.deadline(), kForever);
  watchdog.Ready(20);
  EXPECT_EQ(watchdog.deadline(), 720);
  watchdog.Change(50, 30);
  EXPECT_EQ(watchdog.deadline(), 80);
  watchdog.Change(0, 40);
  EXPECT_EQ(watchdog.deadline(), kForever);
  watchdog.Change(60, 50);
  EXPECT_EQ(watchdog.deadline(), 110);
  watchdog.RunBegins(false, 1000);
  EXPECT_EQ(watchdog.deadline(), 1100);
}

TEST(Watchdog, LooksAwayFromWhoIsEnding) {
  Watchdog watchdog(100);
  watchdog.RunBegins(false, 0);
  watchdog.Stop();
  watchdog.Alive(10);
  EXPECT_EQ(watchdog.deadline(), kForever);
}

TEST(Watchdog, APeriodWithoutEndIsNone) {
  Watchdog watchdog(100);
  watchdog.RunBegins(false, 0);
  watchdog.Change(kForever, 10);
  EXPECT_EQ(watchdog.deadline(), kForever);
}

}  // namespace
}  // namespace foster
