// SPDX-License-Identifier: Apache-2.0
#include "reaper/exit_status.h"

#include <sys/wait.h>
#include <unistd.h>

#include "gtest/gtest.h"

namespace foster {
namespace {

TEST(ExitStatus, EveryCodeIsItself) {
  for (int code = 0; code <= 255; ++code) {
    const ExitStatus status = FromWaitStatus(code << 8);
    EXPECT_EQ(status.AsExitCode(), code);
    EXPECT_EQ(status.signal, 0);
    EXPECT_FALSE(status.core_dumped);
  }
}

TEST(ExitStatus, EverySignalIs128AndItself) {
  for (int signo = 1; signo <= 64; ++signo) {
    const ExitStatus plain = FromWaitStatus(signo);
    EXPECT_EQ(plain.AsExitCode(), 128 + signo);
    EXPECT_FALSE(plain.core_dumped);
    const ExitStatus dumped = FromWaitStatus(signo | 0x80);
    EXPECT_EQ(dumped.AsExitCode(), 128 + signo);
    EXPECT_TRUE(dumped.core_dumped);
  }
}

TEST(ExitStatus, BothSourcesAgreeOnWhatTheKernelSays) {
  for (int signo : {SIGTERM, SIGKILL, 34, 64, 0}) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      if (signo != 0) kill(getpid(), signo);
      _exit(143);
    }
    siginfo_t info = {};
    ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
    int word = 0;
    ASSERT_EQ(waitpid(child, &word, 0), child);
    const ExitStatus a = FromWaitInfo(info);
    const ExitStatus b = FromWaitStatus(word);
    EXPECT_EQ(a.code, b.code);
    EXPECT_EQ(a.signal, b.signal);
    EXPECT_EQ(a.signal, signo);
    EXPECT_EQ(a.AsExitCode(), signo != 0 ? 128 + signo : 143);
  }
}

TEST(FailureExits, AreTheContractsUnlessAnotherInitsPlaceIsTaken) {
  const FailureExits own;
  EXPECT_EQ(own.For(kExitOwnFailure, 0), 125);
  EXPECT_EQ(own.For(kExitNotFound, ENOENT), 127);
  EXPECT_EQ(own.For(kExitNotExecutable, EACCES), 126);
  EXPECT_EQ(own.For(kExitNotExecutable, ELOOP), 126);
  const FailureExits other = {1, 2, 3, 4};
  EXPECT_EQ(other.For(kExitOwnFailure, EACCES), 1);
  EXPECT_EQ(other.For(kExitNotFound, ENOENT), 2);
  EXPECT_EQ(other.For(kExitNotExecutable, EACCES), 3);
  EXPECT_EQ(other.For(kExitNotExecutable, ENOEXEC), 4);
}

}  // namespace
}  // namespace foster
