// SPDX-License-Identifier: Apache-2.0
// What wait(2) tells, in words, and how to get it.
#ifndef FOSTER_TESTS_UTIL_WAIT_STATUS_H_
#define FOSTER_TESTS_UTIL_WAIT_STATUS_H_

#include <sys/types.h>

#include <string>

namespace foster {

// "exited(4)", "killed(SIGKILL)", "killed(SIGSEGV, core)", "stopped(SIGSTOP)", "stopped(SIGTRAP, event 1)", "continued".
std::string DescribeStatus(int status);

// "SIGTERM", "SIGRTMIN+3", "signal 32", and "0" for 0.
std::string DescribeSignal(int signo);

// wait4(2) for `pid` without end, EINTR tried again; `options` as there. The result as of the system call (the pid,
// 0 with WNOHANG, a negated errno), the status in *status.
long WaitFor(pid_t pid, int options, int* status);

// The same in words: DescribeStatus, or "ECHILD" and its like, or "nothing yet" for 0.
std::string Wait(pid_t pid, int options = 0);

}  // namespace foster

#endif  // FOSTER_TESTS_UTIL_WAIT_STATUS_H_
