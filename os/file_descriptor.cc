// SPDX-License-Identifier: Apache-2.0
#include "os/file_descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace foster {
namespace {

// <linux/close_range.h> and its number are younger than the headers of some C libraries.
constexpr long kCloseRange = 436;

bool CloseRange(unsigned first, unsigned last) {
  return first > last || syscall(kCloseRange, first, last, 0) == 0;
}

void CloseOneByOne(unsigned first, unsigned last) {
  struct rlimit limit;
  // A limit lowered after the descriptors were opened hides some; no kernel that lacks close_range tells more.
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur <= last) {
    last = static_cast<unsigned>(limit.rlim_cur) - 1;
  }
  for (unsigned fd = first; fd <= last; ++fd) close(static_cast<int>(fd));
}

}  // namespace

void FileDescriptor::Reset(int raw) {
  if (raw_ >= 0) {
    const int keep = errno;
    close(raw_);  // EINTR: the slot is free either way on Linux, so there is no retry.
    errno = keep;
  }
  raw_ = raw;
}

FileDescriptor AboveStdio(FileDescriptor fd) {
  if (!fd.valid() || fd.get() > 2) return fd;
  return FileDescriptor(fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
}

void CloseAllBut(const int* keep, int count) {
  unsigned first = 3;
  for (;;) {
    // The lowest kept descriptor that is not below `first`; a selection sort of a handful.
    unsigned next = ~0U;
    for (int i = 0; i < count; ++i) {
      if (keep[i] >= 0 && static_cast<unsigned>(keep[i]) >= first &&
          static_cast<unsigned>(keep[i]) < next) {
        next = static_cast<unsigned>(keep[i]);
      }
    }
    const unsigned last = next == ~0U ? ~0U : next - 1;
    if (first <= last && !CloseRange(first, last)) CloseOneByOne(first, last);
    if (next == ~0U) return;
    first = next + 1;
  }
}

}  // namespace foster
