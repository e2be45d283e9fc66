// SPDX-License-Identifier: Apache-2.0
#include "os/open_strictly.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace foster {
namespace {

constexpr long kOpenat2 = 437;  // the same number on every architecture

struct OpenHow {
  uint64_t flags;
  uint64_t mode;
  uint64_t resolve;
};

}  // namespace

FileDescriptor OpenStrictly(const char* path, int flags, unsigned rules) {
  // openat2(2) refuses flags that mean nothing, as most do with O_PATH.
  flags |= (flags & O_PATH) != 0 ? O_CLOEXEC : O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  if (rules == 0) return AboveStdio(FileDescriptor(open(path, flags)));
  OpenHow how = {static_cast<uint64_t>(flags), 0, rules};
  return AboveStdio(FileDescriptor(static_cast<int>(syscall(kOpenat2, AT_FDCWD, path, &how, sizeof how))));
}

}  // namespace foster
