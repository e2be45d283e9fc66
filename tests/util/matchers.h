// SPDX-License-Identifier: Apache-2.0
// Matchers for what system calls and wait(2) say. Not for forked children: these report by Facts.
//
//   EXPECT_THAT(Sys(SYS_kill, pid, 0), SyscallSucceeds());
//   EXPECT_THAT(Sys(SYS_kill, pid, 99), SyscallFailsWithErrno(EINVAL));
//   EXPECT_THAT(child.Wait(), ExitedWith(4));
#ifndef FOSTER_TESTS_UTIL_MATCHERS_H_
#define FOSTER_TESTS_UTIL_MATCHERS_H_

#include <sys/wait.h>

#include "gmock/gmock.h"
#include "tests/util/sys.h"
#include "tests/util/wait_status.h"

namespace foster {

// Of results in the kernel's convention (Sys, Checked): a negated errno is a failure.
MATCHER(SyscallSucceeds, negation ? "fails" : "succeeds") {
  *result_listener << Said(arg);
  return arg >= 0;
}
MATCHER_P(SyscallSucceedsWith, value, "is " + Said(value)) {
  *result_listener << Said(arg);
  return arg == value;
}
MATCHER_P(SyscallFailsWithErrno, error, "fails with " + ErrnoName(error)) {
  *result_listener << Said(arg);
  return arg == -error;
}

// Of statuses as wait(2) gives them.
MATCHER_P(ExitedWith, code, "exited with " + std::to_string(code)) {
  *result_listener << DescribeStatus(arg);
  return WIFEXITED(arg) && WEXITSTATUS(arg) == code;
}
MATCHER_P(DiesOf, signo, "was killed by " + DescribeSignal(signo)) {
  *result_listener << DescribeStatus(arg);
  return WIFSIGNALED(arg) && WTERMSIG(arg) == signo;
}
MATCHER_P(StoppedBy, signo, "was stopped by " + DescribeSignal(signo)) {
  *result_listener << DescribeStatus(arg);
  return WIFSTOPPED(arg) && WSTOPSIG(arg) == signo;
}

}  // namespace foster

#endif  // FOSTER_TESTS_UTIL_MATCHERS_H_
