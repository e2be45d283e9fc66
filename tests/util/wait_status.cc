// SPDX-License-Identifier: Apache-2.0
#include "tests/util/wait_status.h"

#include <sys/wait.h>

#include "signals/signal_name.h"
#include "tests/util/sys.h"

namespace foster {

std::string DescribeSignal(int signo) {
  if (signo == 0) return "0";
  const std::string name(SignalName(signo));
  if (signo < 1 || signo > 64 || signo == 32 || signo == 33) return "signal " + std::to_string(signo);
  return "SIG" + name;
}

std::string DescribeStatus(int status) {
  if (WIFEXITED(status)) return "exited(" + std::to_string(WEXITSTATUS(status)) + ")";
  if (WIFSIGNALED(status)) return "killed(" + DescribeSignal(WTERMSIG(status)) + (WCOREDUMP(status) ? ", core)" : ")");
  if (WIFCONTINUED(status)) return "continued";
  if (WIFSTOPPED(status)) {
    const int event = status >> 16;
    return "stopped(" + DescribeSignal(WSTOPSIG(status)) + (event == 0 ? ")" : ", event " + std::to_string(event) + ")");
  }
  return "status " + std::to_string(status);
}

long WaitFor(pid_t pid, int options, int* status) {
  for (;;) {
    const long result = Sys(SYS_wait4, pid, status, options, nullptr);
    if (result != -EINTR) return result;
  }
}

std::string Wait(pid_t pid, int options) {
  int status = 0;
  const long result = WaitFor(pid, options, &status);
  if (result == 0) return "nothing yet";
  return result < 0 ? Said(result) : DescribeStatus(status);
}

}  // namespace foster
