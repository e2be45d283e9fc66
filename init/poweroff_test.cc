// SPDX-License-Identifier: Apache-2.0
#include "init/poweroff.h"

#include <signal.h>

#include <tuple>

#include "gtest/gtest.h"

namespace foster {
namespace {

constexpr int kRtMin = 34;

TEST(PowerRequest, IsWhatSystemdsContainerInterfaceSays) {
  const std::tuple<int, PowerAct, bool> rows[] = {
      {kRtMin + 3, PowerAct::kHalt, false},    {kRtMin + 4, PowerAct::kPowerOff, false}, {kRtMin + 5, PowerAct::kReboot, false},
      {kRtMin + 6, PowerAct::kKexec, false},   {kRtMin + 13, PowerAct::kHalt, true},     {kRtMin + 14, PowerAct::kPowerOff, true},
      {kRtMin + 15, PowerAct::kReboot, true},  {kRtMin + 16, PowerAct::kKexec, true},    {SIGPWR, PowerAct::kPowerOff, false},
  };
  for (const auto& [signo, act, at_once] : rows) {
    const PowerRequest request = PowerRequestOf(signo, false);
    EXPECT_EQ(request.act, act) << signo;
    EXPECT_EQ(request.at_once, at_once) << signo;
  }
}

TEST(PowerRequest, NothingElseIsOne) {
  for (int signo = 1; signo <= 64; ++signo) {
    const int number = signo - kRtMin;
    if (signo == SIGPWR || (number >= 3 && number <= 6) || (number >= 13 && number <= 16)) continue;
    EXPECT_EQ(PowerRequestOf(signo, false).act, PowerAct::kNone) << signo;
  }
}

TEST(PowerRequest, CtrlAltDelIsTheKernelsOwnInterrupt) {
  EXPECT_EQ(PowerRequestOf(SIGINT, true).act, PowerAct::kReboot);
  EXPECT_EQ(PowerRequestOf(SIGINT, false).act, PowerAct::kNone);
  EXPECT_EQ(PowerRequestOf(SIGTERM, true).act, PowerAct::kNone);
}

}  // namespace
}  // namespace foster
