// SPDX-License-Identifier: Apache-2.0
#include "os/pidfd.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace foster {
namespace {

// The numbers are the same on every architecture (they came after the tables were joined).
constexpr long kPidfdSendSignal = 424;
constexpr long kPidfdOpen = 434;

// <linux/pidfd.h> of Linux 6.16, which is younger than the headers that foster is built with. The size is part of the
// ioctl's number; kernels that know a longer or a shorter one take this one.
struct PidfdInfo {
  uint64_t mask;
  uint64_t cgroupid;
  uint32_t pid;
  uint32_t tgid;
  uint32_t ppid;
  uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
  int32_t exit_code;
};
static_assert(sizeof(PidfdInfo) == 64, "PIDFD_INFO_SIZE_VER0 is 64 bytes");
constexpr uint64_t kInfoExit = 1 << 3;
constexpr uint64_t kInfoCoredump = 1 << 4;
constexpr unsigned long kGetInfo = _IOWR(0xFF, 11, PidfdInfo);

}  // namespace

FileDescriptor PidfdOpen(pid_t pid) {
  return AboveStdio(FileDescriptor(static_cast<int>(syscall(kPidfdOpen, pid, 0))));
}

int PidfdSendSignal(int pidfd, int signo, const siginfo_t* info, unsigned to) {
  return syscall(kPidfdSendSignal, pidfd, signo, info, to) == 0 ? 0 : errno;
}

bool PidfdEnded(int pidfd) {
  struct pollfd one = {pidfd, POLLIN, 0};
  return poll(&one, 1, 0) == 1 && (one.revents & POLLIN) != 0;
}

bool PidfdExitInfo(int pidfd, int* wait_status) {
  PidfdInfo info = {};
  info.mask = kInfoExit;
  if (ioctl(pidfd, kGetInfo, &info) != 0 || (info.mask & kInfoExit) == 0) return false;
  *wait_status = info.exit_code;
  return true;
}

bool PidfdKeepsExitInfo(int pidfd) {
  PidfdInfo info = {};
  info.mask = kInfoExit | kInfoCoredump;
  return ioctl(pidfd, kGetInfo, &info) == 0 && (info.mask & kInfoCoredump) != 0;
}

}  // namespace foster
