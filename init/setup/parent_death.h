// SPDX-License-Identifier: Apache-2.0
// --die-with-parent: foster ends when the process that started it ends.
#ifndef FOSTER_INIT_SETUP_PARENT_DEATH_H_
#define FOSTER_INIT_SETUP_PARENT_DEATH_H_

#include <sys/types.h>

#include "absl/status/status.h"

namespace foster {

// Asks the kernel for `signo` when this process's parent ends (PR_SET_PDEATHSIG). After the last change of this process's credentials, which would
// clear it. A refusal where the parent ended while this was done: getppid(2) alone cannot tell (it is 0 for PID 1), so a pidfd of the parent is looked at.
absl::Status DieWithParent(int signo);

// For the child between clone and exec, after its last change of credentials: dies by SIGKILL with `parent`. False: that has ended already.
bool DieWith(pid_t parent);

}  // namespace foster

#endif  // FOSTER_INIT_SETUP_PARENT_DEATH_H_
