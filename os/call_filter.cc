// SPDX-License-Identifier: Apache-2.0
#include "os/call_filter.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace foster {

int InstallCallFilter(const struct sock_filter* code, uint16_t size) {
  struct sock_fprog program = {size, const_cast<struct sock_filter*>(code)};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? 0 : errno;
}

}  // namespace foster
