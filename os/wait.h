// SPDX-License-Identifier: Apache-2.0
// waitid(2) with what the C library's wrapper leaves out: the resource usage.
#ifndef FOSTER_OS_WAIT_H_
#define FOSTER_OS_WAIT_H_

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

namespace foster {

enum class WaitAnswer {
  kNobody,    // there are children, and none has anything to say
  kChild,     // *info tells of one
  kChildless  // there are no children (ECHILD)
};

// Asks about any child without waiting. `events` is of WEXITED, WSTOPPED, WCONTINUED, WNOWAIT. `usage` may be null. EINTR is retried.
// Children made with clone(2) and another exit signal than SIGCHLD are included (__WALL).
WaitAnswer AskAnyChild(int events, siginfo_t* info, struct rusage* usage);

// Whether child `pid` is stopped, and nobody has been told of it by wait yet. Takes nothing away from who asks later.
bool IsStoppedUntold(pid_t pid);
// The same of a child that was stopped or continued.
bool HasMovedUntold(pid_t pid);

}  // namespace foster

#endif  // FOSTER_OS_WAIT_H_
