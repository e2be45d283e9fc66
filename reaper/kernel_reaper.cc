// SPDX-License-Identifier: Apache-2.0
#include "reaper/kernel_reaper.h"

#include <signal.h>

#include "os/pidfd.h"
#include "os/signal_calls.h"

namespace foster {

bool KernelCanReap(int workload_pidfd) {
  return workload_pidfd >= 0 && PidfdKeepsExitInfo(workload_pidfd);
}

void LetTheKernelReap(bool hear) {
  if (hear) {
    SetNoChildWait();
  } else {
    SetDisposition(SIGCHLD, Disposition::kIgnored);
  }
}

void StopTheKernelReaping() { SetDisposition(SIGCHLD, Disposition::kDefault); }

bool KernelReaped(int workload_pidfd, ExitStatus* status) {
  int wait_status = 0;
  if (!PidfdExitInfo(workload_pidfd, &wait_status)) return false;
  *status = FromWaitStatus(wait_status);
  return true;
}

}  // namespace foster
