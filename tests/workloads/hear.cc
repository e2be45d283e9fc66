// SPDX-License-Identifier: Apache-2.0
// The verbs that wait for signals, in one way or another.
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/signal_calls.h"
#include "tests/workloads/speak.h"
#include "tests/workloads/verbs.h"

namespace foster {
namespace {

int g_code = 0;

void ExitWithCode(int) { _exit(g_code); }

// Says of each signal that comes what it is, until `count` have come; 0 is for ever.
void Hear(const char* who, int count) {
  for (int heard = 0; count == 0 || heard < count;) {
    siginfo_t info;
    // By number: the C library keeps a few signals for itself.
    const SignalSet all = kAllSignals;
    const long signo = syscall(SYS_rt_sigtimedwait, &all, &info, nullptr, sizeof all);
    if (signo < 0) continue;
    ++heard;
    SayLine("%sgot %ld code=%d value=%d pid=%d", who, signo, info.si_code, info.si_code == SI_QUEUE ? info.si_value.sival_int : 0, info.si_pid);
  }
}

void OnSignalExitWith(int signo, int code) {
  g_code = code;
  struct sigaction action = {};
  action.sa_handler = ExitWithCode;
  sigaction(signo, &action, nullptr);
}

}  // namespace

int Listen(char** words) {
  const int count = words[0] == nullptr ? 0 : NumberOf(words[0]);
  BlockAll();
  SayLine("ready");
  Hear("", count);
  return 0;
}

int ListenTogether(char** words) {
  const int count = NumberOf(words[0]);
  BlockAll();
  pid_t members[2];
  for (int i = 0; i < 2; ++i) {
    members[i] = ForkOrGiveUp();
    if (members[i] == 0) {
      if (i == 1) setpgid(0, 0);
      Hear(i == 0 ? "child " : "stranger ", 0);
    }
  }
  setpgid(members[1], members[1]);
  SayLine("ready");
  Hear("", count);
  for (pid_t member : members) {
    kill(member, SIGKILL);
    waitpid(member, nullptr, 0);
  }
  return 0;
}

int TellParent(char** words) {
  BlockAll();
  kill(getppid(), NumberOf(words[0]));
  Hear("", 1);
  return 0;
}

int Handle(char** words) {
  const int signo = NumberOf(words[0]);
  OnSignalExitWith(signo, NumberOf(words[1]));
  SetSignalMask(0);
  SayLine("ready");
  for (;;) pause();
}

int BeReady(char** words) {
  if (write(NumberOf(words[0]), "\n", 1) != 1) return 97;
  return Hold(words);
}

int Drop(char** words) {
  close(NumberOf(words[0]));
  return Hold(words);
}

int Hold(char**) {
  SayLine("ready");
  AwaitEndOfInput();
  return 0;
}

int Become(char** words) {
  const int user = NumberOf(words[0]);
  if (syscall(SYS_setresuid, user, user, user) != 0) {
    SayLine("cannot become %d: errno %d", user, errno);
    return 97;
  }
  char* none[] = {nullptr};
  return Listen(none);
}

int StopSelf(char** words) {
  const int signo = NumberOf(words[0]);
  OnSignalExitWith(signo, NumberOf(words[1]));
  SetSignalMask(0);
  SayLine("ready");
  raise(SIGSTOP);
  SayLine("continued");
  for (;;) pause();
}

}  // namespace foster
