// SPDX-License-Identifier: Apache-2.0
#include "init/signal_target.h"

#include <errno.h>
#include <signal.h>

#include "os/pidfd.h"

namespace foster {
namespace {

// The kernel lets a process send what another sent, value and all, where the code says that a process did (rt_sigqueueinfo(2)).
bool CarriesValue(const struct signalfd_siginfo& received) { return received.ssi_code < 0 && received.ssi_code != SI_TKILL; }

siginfo_t AsReceived(const struct signalfd_siginfo& received, int signo) {
  siginfo_t info = {};
  info.si_signo = signo;
  info.si_code = received.ssi_code;
  info.si_pid = static_cast<pid_t>(received.ssi_pid);
  info.si_uid = received.ssi_uid;
  info.si_value.sival_ptr = reinterpret_cast<void*>(static_cast<uintptr_t>(received.ssi_ptr));
  return info;
}

int Kill(pid_t pid, int signo) { return kill(pid, signo) == 0 ? 0 : errno; }

}  // namespace

int SendTo(SignalTarget target, const Workload& workload, Scope scope, int signo, const struct signalfd_siginfo* received) {
  if (target == SignalTarget::kNamespace) {
    SignalEveryone(scope, signo);
    return 0;
  }
  if (workload.pid <= 0) return ESRCH;  // and never what kill(2) takes such numbers for
  const bool group = target == SignalTarget::kGroup;
  const bool carries = received != nullptr && CarriesValue(*received);
  const siginfo_t info = carries ? AsReceived(*received, signo) : siginfo_t{};
  int error = ENOSYS;
  if (workload.pidfd.valid()) {
    error = PidfdSendSignal(workload.pidfd.get(), signo, carries ? &info : nullptr, group ? kPidfdGroup : kPidfdProcess);
  }
  if (error == 0 || error == ESRCH) return error;
  // The call is not there (ENOSYS) or does not know groups (EINVAL): a kernel of that age cannot reap by itself, and the number is the workload's, or
  // its group's, until it has been waited for. Else a container's filter is older than the call (EPERM), or there is no room for the value
  // (EAGAIN), and the kernel may have reaped: the number is to be trusted only while the workload lives. Each was said before anything was sent.
  const bool old_kernel = error == ENOSYS || (error == EINVAL && group);
  if (!old_kernel && PidfdEnded(workload.pidfd.get())) return ESRCH;
  return Kill(group ? -workload.pid : workload.pid, signo);
}

}  // namespace foster
