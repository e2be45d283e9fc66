// SPDX-License-Identifier: Apache-2.0
#include "os/namespace_calls.h"

#include <sys/ioctl.h>

namespace foster {

unsigned long NamespaceKind(int fd) {
  constexpr unsigned long kGetKind = _IO(0xb7, 3);  // NS_GET_NSTYPE, <linux/nsfs.h>
  const int kind = ioctl(fd, kGetKind);
  return kind > 0 ? static_cast<unsigned long>(kind) : 0;
}

}  // namespace foster
