// SPDX-License-Identifier: Apache-2.0
// clone(2) in the two forms that an init needs.
#ifndef FOSTER_OS_CLONE_H_
#define FOSTER_OS_CLONE_H_

#include <sys/types.h>

#include "os/file_descriptor.h"

namespace foster {

// A child, or why there is none.
struct CloneResult {
  pid_t pid = -1;           // 0 in the child (Fork only)
  FileDescriptor pidfd;     // not valid where the kernel has none (before Linux 5.2)
  int error = 0;            // an errno where pid is -1
};

// A child that shares the caller's memory and runs `body(argument)`, which must end in exec or _exit, while the caller
// stands still: vfork(2)'s bargain, without its return-twice trap. The child runs on the caller's stack, below the
// caller's frame. What it writes to memory the caller sees. It may only make system calls. A pidfd takes a few microseconds to make; `with_pidfd` asks for it.
CloneResult CloneSharingMemory(void (*body)(void*), void* argument, bool with_pidfd);

// fork(2) with `flags` (CLONE_NEW…), by clone(2); CLONE_PIDFD is added where the kernel has it. Returns twice. atfork handlers are not run.
//
// Not by clone3(2), which could do nothing more for an init: it knows CLONE_NEWTIME, but the clocks of a time namespace can be set only before somebody is
// born into it, so that unshare(2) makes that one; CLONE_INTO_CGROUP is the engine's affair, who knows the cgroup; PIDFD_AUTOKILL (Linux 7.1) ends a child
// with its maker, which PR_SET_PDEATHSIG and a look at the maker's pidfd do on every kernel. And the seccomp filters of engines answer clone3 with ENOSYS, or
// let it pass unseen: clone(2) they know.
CloneResult Fork(unsigned long flags);

}  // namespace foster

#endif  // FOSTER_OS_CLONE_H_
