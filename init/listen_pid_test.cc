// SPDX-License-Identifier: Apache-2.0
#include "init/listen_pid.h"

#include "gtest/gtest.h"

namespace foster {
namespace {

TEST(ListenPid, NamesTheWorkloadWhereItNamedFoster) {
  char a[] = "A=1", listen[] = "LISTEN_PID=17", b[] = "LISTEN_PIDS=17";
  char* environment[] = {a, listen, b, nullptr};
  ListenPid names;
  names.Find(environment, 17);
  names.Name(4194303);
  EXPECT_STREQ(environment[1], "LISTEN_PID=4194303");
  names.Name(2);
  EXPECT_STREQ(environment[1], "LISTEN_PID=2");
  EXPECT_EQ(environment[0], a);
  EXPECT_EQ(environment[2], b);
}

TEST(ListenPid, KnowsWhoIsWatchedToo) {
  char watchdog[] = "WATCHDOG_PID=17", usec[] = "WATCHDOG_USEC=17", listen[] = "LISTEN_PID=17";
  char* environment[] = {watchdog, usec, listen, nullptr};
  ListenPid names;
  names.Find(environment, 17);
  names.Name(30);
  EXPECT_STREQ(environment[0], "WATCHDOG_PID=30");
  EXPECT_EQ(environment[1], usec);
  EXPECT_STREQ(environment[2], "LISTEN_PID=30");
}

TEST(ListenPid, LeavesOthersAlone) {
  for (const char* text : {"LISTEN_PID=170", "LISTEN_PID=1", "LISTEN_PID=", "LISTEN_PID=17 ", "LISTEN_PI=17"}) {
    char* environment[] = {const_cast<char*>(text), nullptr};
    ListenPid names;
    names.Find(environment, 17);
    names.Name(2);
    EXPECT_EQ(environment[0], text);
  }
}

}  // namespace
}  // namespace foster
