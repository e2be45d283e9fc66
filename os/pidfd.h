// SPDX-License-Identifier: Apache-2.0
// Processes by descriptor: a pidfd never names a stranger that got a dead process's number.
#ifndef FOSTER_OS_PIDFD_H_
#define FOSTER_OS_PIDFD_H_

#include <signal.h>
#include <sys/types.h>

#include "os/file_descriptor.h"

namespace foster {

// pidfd_open(2), Linux 5.3. Invalid with errno (ESRCH, EINVAL, ENOSYS, EMFILE, …) on failure.
FileDescriptor PidfdOpen(pid_t pid);

// Whom PidfdSendSignal reaches: the process, or everybody in the process group that has its number (PIDFD_SIGNAL_PROCESS_GROUP, Linux 6.9;
// EINVAL before).
inline constexpr unsigned kPidfdProcess = 0;
inline constexpr unsigned kPidfdGroup = 1 << 2;

// pidfd_send_signal(2), Linux 5.1. `info` null means the kernel fills it in as kill(2) does. 0, or an errno.
int PidfdSendSignal(int pidfd, int signo, const siginfo_t* info, unsigned to = kPidfdProcess);

// Whether the process behind `pidfd` has ended (reaped or not). Does not wait.
bool PidfdEnded(int pidfd);

// PIDFD_GET_INFO's exit information (Linux 6.15): true, and the wait(2) status in *wait_status, once the process has
// been reaped, by whomever. False before that, and on kernels that do not have it.
bool PidfdExitInfo(int pidfd, int* wait_status);

// Whether PidfdExitInfo is certain to answer for the live process behind `pidfd` after it was reaped. A live
// process does not show PIDFD_INFO_EXIT; one whose answer has PIDFD_INFO_COREDUMP is on Linux 6.16 or newer, and these
// have both. On 6.15 this says false.
bool PidfdKeepsExitInfo(int pidfd);

}  // namespace foster

#endif  // FOSTER_OS_PIDFD_H_
