// SPDX-License-Identifier: Apache-2.0
// Which errors a system call may plausibly answer with, on a machine that is merely full, restricted or old. From the ERRORS sections of
// the manual pages, without those that only a wrong argument brings (EFAULT, EBADF).
#ifndef FOSTER_TESTS_FAULTS_PLAUSIBLE_H_
#define FOSTER_TESTS_FAULTS_PLAUSIBLE_H_

#include <string>
#include <vector>

namespace foster {

// "kill" for SYS_kill; the number where it has no name in the table.
std::string CallName(long call);
// "EPERM" for EPERM.
std::string ErrorName(int error);

// The errors to try; empty where the call cannot fail when it is used rightly (exit_group, getpid, rt_sigprocmask …).
const std::vector<int>& PlausibleErrors(long call);
// Whether the table knows the call at all: foster makes no call that nobody has thought about.
bool IsKnownCall(long call);

}  // namespace foster

#endif  // FOSTER_TESTS_FAULTS_PLAUSIBLE_H_
