// SPDX-License-Identifier: Apache-2.0
#include "reaper/exit_status.h"

#include <errno.h>
#include <sys/wait.h>

namespace foster {

int FailureExits::For(int exit_code, int error) const {
  if (exit_code == kExitOwnFailure) return own_failure;
  if (exit_code == kExitNotFound) return not_found;
  return error == EACCES ? not_executable : other_exec_failure;
}

ExitStatus FromWaitStatus(int wait_status) {
  ExitStatus result;
  if (WIFEXITED(wait_status)) {
    result.code = static_cast<uint8_t>(WEXITSTATUS(wait_status));
    return result;
  }
  result.signal = static_cast<uint8_t>(WTERMSIG(wait_status));
  result.core_dumped = WCOREDUMP(wait_status) != 0;
  return result;
}

ExitStatus FromWaitInfo(const siginfo_t& info) {
  ExitStatus result;
  if (info.si_code == CLD_EXITED) {
    result.code = static_cast<uint8_t>(info.si_status);
    return result;
  }
  result.signal = static_cast<uint8_t>(info.si_status);
  result.core_dumped = info.si_code == CLD_DUMPED;
  return result;
}

}  // namespace foster
