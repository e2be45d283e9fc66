// SPDX-License-Identifier: Apache-2.0
#include "init/setup/parent_death.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "os/pidfd.h"
#include "os/status_from_errno.h"

namespace foster {

absl::Status DieWithParent(int signo) {
  const pid_t parent = getppid();
  // 0: it is outside of this PID namespace, and cannot be looked at.
  const FileDescriptor held = parent > 0 ? PidfdOpen(parent) : FileDescriptor();
  if (prctl(PR_SET_PDEATHSIG, signo, 0, 0, 0) != 0) return StatusFromErrno(errno, "--die-with-parent: prctl(PR_SET_PDEATHSIG)");
  if (getppid() != parent || (held.valid() && PidfdEnded(held.get()))) return Refused("--die-with-parent", "the parent has ended already");
  return absl::OkStatus();
}

bool DieWith(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  return getppid() == parent;
}

}  // namespace foster
