// SPDX-License-Identifier: Apache-2.0
#include "os/clone.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

extern "C" long foster_clone_vm(unsigned long flags, int* pidfd, void (*body)(void*),
                                void* argument);

namespace foster {
namespace {

constexpr unsigned long kClonePidfd = 0x1000;
constexpr unsigned long kVfork = CLONE_VM | CLONE_VFORK | SIGCHLD;

CloneResult Parent(long pid, int pidfd) {
  CloneResult result;
  if (pid < 0) {
    result.error = static_cast<int>(-pid);
    return result;
  }
  result.pid = static_cast<pid_t>(pid);
  result.pidfd = AboveStdio(FileDescriptor(pidfd));
  return result;
}

long RawClone(unsigned long flags, int* pidfd) {
#if defined(__s390x__)
#error "clone's first two arguments are the other way round here"
#endif
  const long pid = syscall(SYS_clone, flags, nullptr, pidfd, nullptr, 0UL);
  return pid < 0 ? -errno : pid;
}

}  // namespace

CloneResult CloneSharingMemory(void (*body)(void*), void* argument, bool with_pidfd) {
  int pidfd = -1;
  long pid = foster_clone_vm(with_pidfd ? kVfork | kClonePidfd : kVfork, &pidfd, body, argument);
  if (pid == -EINVAL && with_pidfd) pid = foster_clone_vm(kVfork, nullptr, body, argument);
  return Parent(pid, pidfd);
}

CloneResult Fork(unsigned long flags) {
  int pidfd = -1;
  long pid = RawClone(flags | kClonePidfd | SIGCHLD, &pidfd);
  // EINVAL may also be the flags' own; the second call then says it again.
  if (pid == -EINVAL) pid = RawClone(flags | SIGCHLD, nullptr);
  return Parent(pid, pid == 0 ? -1 : pidfd);
}

}  // namespace foster
