// SPDX-License-Identifier: Apache-2.0
#include "os/mount_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace foster {
namespace {

// The same numbers on every architecture.
constexpr long kOpenTree = 428;
constexpr long kMoveMount = 429;
constexpr long kMountSetattr = 442;

// <linux/mount.h>, which clashes with some C libraries' <sys/mount.h>.
constexpr unsigned kOpenTreeClone = 1;
constexpr unsigned kOpenTreeCloexec = O_CLOEXEC;
constexpr unsigned kAtRecursive = 0x8000;
constexpr unsigned kAtEmptyPath = 0x1000;
constexpr unsigned kFromEmptyPath = 0x4;
constexpr unsigned kToFollowsLinks = 0x10;

struct MountAttributes {
  uint64_t set;
  uint64_t clear;
  uint64_t propagation;
  uint64_t user_namespace;
};

int Outcome(long result) { return result < 0 ? errno : 0; }

}  // namespace

FileDescriptor CloneMount(int folder, const char* path, bool recursive) {
  const unsigned flags = kOpenTreeClone | kOpenTreeCloexec | (recursive ? kAtRecursive : 0) | (*path == '\0' ? kAtEmptyPath : 0);
  return AboveStdio(FileDescriptor(static_cast<int>(syscall(kOpenTree, folder, path, flags))));
}

int AttachMount(int mount, const char* target) {
  return Outcome(syscall(kMoveMount, mount, "", AT_FDCWD, target, kFromEmptyPath | kToFollowsLinks));
}

int RestrictMount(int folder, const char* path, unsigned long flags, bool recursive) {
  // MOUNT_ATTR_RDONLY, NOSUID, NODEV and NOEXEC are MS_RDONLY, MS_NOSUID, MS_NODEV and MS_NOEXEC.
  MountAttributes attributes = {};
  attributes.set = flags & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
  const unsigned how = (recursive ? kAtRecursive : 0) | (*path == '\0' ? kAtEmptyPath : 0);
  return Outcome(syscall(kMountSetattr, folder, path, how, &attributes, sizeof attributes));
}

int PivotHere() { return Outcome(syscall(SYS_pivot_root, ".", ".")); }

}  // namespace foster
