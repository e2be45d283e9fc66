// SPDX-License-Identifier: Apache-2.0
#include "os/wait.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace foster {

WaitAnswer AskAnyChild(int events, siginfo_t* info, struct rusage* usage) {
  long result;
  do {
    info->si_pid = 0;  // what says "nobody" when the call succeeds (waitid(2))
    result = syscall(SYS_waitid, P_ALL, 0, info, events | WNOHANG | __WALL, usage);
  } while (result != 0 && errno == EINTR);
  if (result != 0) return WaitAnswer::kChildless;
  return info->si_pid == 0 ? WaitAnswer::kNobody : WaitAnswer::kChild;
}

namespace {

bool HasUntold(pid_t pid, int events) {
  siginfo_t info;
  info.si_pid = 0;
  return waitid(P_PID, static_cast<id_t>(pid), &info, events | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

}  // namespace

bool IsStoppedUntold(pid_t pid) { return HasUntold(pid, WSTOPPED); }
bool HasMovedUntold(pid_t pid) { return HasUntold(pid, WSTOPPED | WCONTINUED); }

}  // namespace foster
