// SPDX-License-Identifier: Apache-2.0
// The contract's section "Signals": the mask and the dispositions with which the workload starts.
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "os/signal_calls.h"
#include "tests/util/foster_process.h"
#include "tests/util/proc.h"
#include "tests/util/setting.h"

namespace foster {
namespace {

constexpr SignalSet kUnblockable = SignalBit(SIGKILL) | SignalBit(SIGSTOP);

std::string Told(SignalSet blocked, SignalSet ignored) {
  char line[80];
  snprintf(line, sizeof line, "blocked=%016" PRIx64 " ignored=%016" PRIx64, blocked, ignored);
  return line;
}

// What the caller of foster has blocked and ignored.
std::function<void()> With(SignalSet blocked, SignalSet ignored) {
  return [blocked, ignored] {
    for (int signo = 1; signo <= kLastSignal; ++signo) {
      if ((SignalBit(signo) & kUnblockable) != 0) continue;
      SetDisposition(signo, (ignored & SignalBit(signo)) != 0 ? Disposition::kIgnored : Disposition::kDefault);
    }
    SetSignalMask(blocked);
  };
}

class SignalState : public InSetting {
 protected:
  Start Calling(std::vector<std::string> act, SignalSet blocked, SignalSet ignored, const std::vector<std::string>& options = {}) const {
    return {.setting = GetParam(), .options = options, .command = Act(std::move(act)), .before_exec = With(blocked, ignored)};
  }
};
IN_EVERY_SETTING(SignalState);

TEST_P(SignalState, OfTheWorkloadIsExactlyTheCallers) {
  const SignalSet kSets[] = {0,
                             ~SignalSet{0} & ~kUnblockable,
                             SignalBit(SIGHUP),
                             SignalBit(SIGTERM) | SignalBit(SIGINT) | SignalBit(SIGQUIT),
                             SignalBit(SIGCHLD),
                             SignalBit(SIGPIPE) | SignalBit(SIGTTOU) | SignalBit(SIGTSTP),
                             SignalBit(32) | SignalBit(33) | SignalBit(34) | SignalBit(64)};
  for (SignalSet blocked : kSets) {
    for (SignalSet ignored : kSets) {
      FosterProcess foster(Calling({"tell-signals"}, blocked, ignored));
      EXPECT_EQ(foster.NextLine(), Told(blocked, ignored));
      EXPECT_EQ(foster.Wait(), 0);
    }
  }
}

TEST_P(SignalState, OfTheWorkloadIsTheDefaultWhereAskedFor) {
  const SignalSet all = ~SignalSet{0} & ~kUnblockable;
  FosterProcess foster(Calling({"tell-signals"}, all, all, {"--reset-signals"}));
  EXPECT_EQ(foster.NextLine(), Told(0, 0));
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(SignalState, WithEverythingIgnoredLosesNeitherSignalsNorTheExitStatus) {
  const SignalSet all = ~SignalSet{0} & ~kUnblockable;
  FosterProcess foster(Calling({"listen", "2"}, all, all));
  foster.WaitFor("ready");
  foster.Signal(SIGTERM);
  EXPECT_EQ(foster.NextLine().find("got 15 "), 0u);
  foster.Queue(64, 5);
  EXPECT_EQ(foster.NextLine().find("got 64 code=-1 value=5 "), 0u);
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(SignalState, WithChildDeathsIgnoredKeepsTheExitStatus) {
  for (int code : {0, 7}) {
    FosterProcess foster(Calling({"exit", std::to_string(code)}, 0, SignalBit(SIGCHLD)));
    EXPECT_EQ(foster.Wait(), code);
  }
  FosterProcess foster(Calling({"handle", "15", "9"}, 0, SignalBit(SIGCHLD)));
  foster.WaitFor("ready");
  foster.Signal(SIGTERM);
  EXPECT_EQ(foster.Wait(), 9);
}

TEST_P(SignalState, IgnoringHangupAsNohupDoesIsKept) {
  FosterProcess foster(Calling({"handle", "15", "9"}, 0, SignalBit(SIGHUP)));
  foster.WaitFor("ready");
  foster.Signal(SIGHUP);  // would end it
  foster.Signal(SIGTERM);
  EXPECT_EQ(foster.Wait(), 9);
}

TEST_P(SignalState, WithoutAnyStdioWorks) {
  Start start = Calling({"exit", "7"}, 0, 0, {"-vv"});
  start.with_stdio = false;
  FosterProcess foster(start);
  EXPECT_EQ(foster.Wait(), 7);
}

TEST_P(SignalState, OfFosterIsEverythingBlockedAndNothingHandled) {
  FosterProcess foster(Calling({"hold"}, 0, 0));
  foster.WaitFor("ready");
  for (pid_t pid : {foster.pid(), foster.parent_of_workload()}) {
    // While they are waited for in rt_sigtimedwait(2), the kernel shows them as not blocked; to whoever sends one they are.
    SignalSet blocked = 0;
    EXPECT_TRUE(Eventually([&] {
      const bool awaits = strtol(ReadFile("/proc/" + std::to_string(pid) + "/syscall").c_str(), nullptr, 10) == SYS_rt_sigtimedwait;
      blocked = SignalField(pid, "SigBlk");
      return blocked == (awaits ? 0 : ~SignalSet{0} & ~kUnblockable);
    })) << blocked;
    EXPECT_EQ(SignalField(pid, "SigCgt"), 0u);
  }
  foster.CloseInput();
  EXPECT_EQ(foster.Wait(), 0);
}

}  // namespace
}  // namespace foster
