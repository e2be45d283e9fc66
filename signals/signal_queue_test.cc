// SPDX-License-Identifier: Apache-2.0
#include "signals/signal_queue.h"

#include <signal.h>
#include <unistd.h>

#include "gtest/gtest.h"

namespace foster {
namespace {

constexpr pid_t kSelf = 42;

struct signalfd_siginfo Info(int signo, int code, int pid) {
  struct signalfd_siginfo info = {};
  info.ssi_signo = static_cast<uint32_t>(signo);
  info.ssi_code = code;
  info.ssi_pid = static_cast<uint32_t>(pid);
  return info;
}

TEST(OriginOf, ToldByTheSendersNumber) {
  for (int code : {SI_USER, SI_QUEUE, SI_TKILL, SI_MESGQ, SI_ASYNCNL}) {
    EXPECT_EQ(OriginOf(Info(SIGTERM, code, 7), kSelf), SignalOrigin::kInside) << code;
    EXPECT_EQ(OriginOf(Info(SIGTERM, code, 0), kSelf), SignalOrigin::kOutside) << code;
  }
}

TEST(OriginOf, AFaultThatTheKernelRaisedIsOnesOwn) {
  for (int signo : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS}) {
    EXPECT_EQ(OriginOf(Info(signo, 1, 0), kSelf), SignalOrigin::kSelf) << signo;
    EXPECT_EQ(OriginOf(Info(signo, SI_KERNEL, 0), kSelf), SignalOrigin::kSelf) << signo;
  }
}

TEST(OriginOf, TheSameSignalFromAProcessIsNot) {
  for (int signo : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGPIPE}) {
    EXPECT_EQ(OriginOf(Info(signo, SI_USER, 7), kSelf), SignalOrigin::kInside) << signo;
    EXPECT_EQ(OriginOf(Info(signo, SI_USER, 0), kSelf), SignalOrigin::kOutside) << signo;
  }
}

TEST(OriginOf, ABrokenPipeIsOnesOwn) { EXPECT_EQ(OriginOf(Info(SIGPIPE, SI_USER, kSelf), kSelf), SignalOrigin::kSelf); }

TEST(OriginOf, ALimitIsOnesOwn) {
  EXPECT_EQ(OriginOf(Info(SIGXCPU, SI_KERNEL, 0), kSelf), SignalOrigin::kSelf);
  EXPECT_EQ(OriginOf(Info(SIGALRM, SI_TIMER, 0), kSelf), SignalOrigin::kSelf);
}

TEST(OriginOf, TheTerminalAndThePowerAreTheKernels) {
  for (int signo : {SIGINT, SIGQUIT, SIGTSTP, SIGWINCH, SIGHUP, SIGCONT, SIGPWR}) {
    EXPECT_EQ(OriginOf(Info(signo, SI_KERNEL, 0), kSelf), SignalOrigin::kKernel) << signo;
  }
}

}  // namespace
}  // namespace foster
