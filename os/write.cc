// SPDX-License-Identifier: Apache-2.0
#include "os/write.h"

#include <errno.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "os/poll.h"

namespace foster {
namespace {

constexpr int kNoWait = 8;  // RWF_NOWAIT, <linux/fs.h>

}  // namespace

int WriteAtOnce(int fd, absl::string_view text) {
  const ssize_t done = WriteSomeAtOnce(fd, text);
  return done < 0 ? static_cast<int>(-done) : 0;
}

ssize_t WriteSomeAtOnce(int fd, absl::string_view text) {
  struct iovec piece = {const_cast<char*>(text.data()), text.size()};
  // Position -1: as write(2) does, at the file's own.
  ssize_t done = syscall(SYS_pwritev2, fd, &piece, 1, -1L, -1L, kNoWait);
  if (done >= 0) return done;
  if (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL) return -errno;
  struct pollfd room = {fd, POLLOUT, 0};
  int ready = poll(&room, 1, 0);
  if (ready < 0 && errno == EINVAL) {
    const struct timespec at_once = {};
    ready = PollDespiteLimit(&room, 1, &at_once, true);
  }
  if (ready != 1 || (room.revents & POLLOUT) == 0) {
    return (room.revents & (POLLERR | POLLHUP)) != 0 ? -EPIPE : -EAGAIN;
  }
  done = write(fd, text.data(), text.size());
  return done >= 0 ? done : -errno;
}

int WriteFully(int fd, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t done = write(fd, text.data(), text.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return done < 0 ? errno : ENOSPC;
    text.remove_prefix(static_cast<size_t>(done));
  }
  return 0;
}

}  // namespace foster
