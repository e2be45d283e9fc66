// SPDX-License-Identifier: Apache-2.0
#include "signals/signal_name.h"

#include <signal.h>
#include <string.h>

#include <string>

#include "gtest/gtest.h"

namespace foster {
namespace {

TEST(SignalName, EveryNumberHasANameThatLeadsBack) {
  for (int signo = 1; signo <= 64; ++signo) {
    EXPECT_EQ(SignalFromName(SignalName(signo)), signo) << SignalName(signo);
  }
}

TEST(SignalName, AgreesWithTheCLibraryOnTheFirst31) {
  for (int signo = 1; signo <= 31; ++signo) {
    const char* theirs = sigabbrev_np(signo);
    ASSERT_NE(theirs, nullptr) << signo;
    if (signo == SIGIO) {
      EXPECT_EQ(SignalFromName(theirs), signo);  // POLL is its other name
      continue;
    }
    EXPECT_EQ(SignalName(signo), theirs);
  }
}

TEST(SignalName, TakesPrefixCaseNumbersAndAliases) {
  EXPECT_EQ(SignalFromName("SIGTERM"), 15);
  EXPECT_EQ(SignalFromName("term"), 15);
  EXPECT_EQ(SignalFromName("sigterm"), 15);
  EXPECT_EQ(SignalFromName("15"), 15);
  EXPECT_EQ(SignalFromName("015"), 15);
  EXPECT_EQ(SignalFromName("IOT"), SIGABRT);
  EXPECT_EQ(SignalFromName("CLD"), SIGCHLD);
  EXPECT_EQ(SignalFromName("SIGPOLL"), SIGIO);
}

TEST(SignalName, RealTimeNumbersAreThoseOfGlibcUsers) {
  EXPECT_EQ(SignalFromName("RTMIN"), 34);
  EXPECT_EQ(SignalFromName("SIGRTMIN+3"), 37);
  EXPECT_EQ(SignalFromName("rtmin+30"), 64);
  EXPECT_EQ(SignalFromName("RTMAX-30"), 34);
  EXPECT_EQ(SignalFromName("RTMAX"), 64);
  EXPECT_EQ(SignalFromName("32"), 32);
  EXPECT_EQ(SignalFromName("64"), 64);
}

TEST(SignalName, RefusesEverythingElse) {
  for (const char* bad : {"", "SIG", "TERMX", "65", "99999", "99999999999999999999", "-1", "+15", "1 5", "RTMIN+31", "RTMIN+",
                          "RTMIN-1", "RTMAX+1", "RTMAX-31", "SIGSIGTERM", "SIG15", "EXIT", "RTMIN+-1"}) {
    EXPECT_EQ(SignalFromName(bad), 0) << bad;
  }
  EXPECT_EQ(SignalFromName(absl::string_view("TERM\0", 5)), 0);
}

TEST(SignalName, OutOfRangeIsAQuestionMark) {
  EXPECT_EQ(SignalName(0), "?");
  EXPECT_EQ(SignalName(65), "?");
  EXPECT_EQ(SignalName(-1), "?");
}

}  // namespace
}  // namespace foster
