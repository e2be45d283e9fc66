// SPDX-License-Identifier: Apache-2.0
// /proc/self/mountinfo as text (proc_pid_mountinfo(5)). Pure.
#ifndef FOSTER_INIT_SETUP_MOUNT_TABLE_H_
#define FOSTER_INIT_SETUP_MOUNT_TABLE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace foster {

struct MountEntry {
  int id = 0;
  int parent = 0;
  std::string root;   // what of the file system is mounted: "/" is all of it
  std::string point;
  std::string type;
  unsigned long flags = 0;  // MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC and the kinds of atime: of the mount, not of the file system
};

// In the order of the file, which is that of mounting for mounts of one parent. Lines that are none are passed over.
std::vector<MountEntry> ReadMountTable(absl::string_view mountinfo);

// Whether a new procfs (or sysfs, `type`) may be mounted in a user namespace that is made here: the kernel gives nobody more of it than can be seen
// already (fs/namespace.c mount_too_revealing()). "" if so, else why not and what to do. `read_only`: it would be mounted with ro.
std::string TooRevealing(absl::string_view mountinfo, absl::string_view type, bool read_only);

// Why the kernel may have said EPERM to it although the caller may mount.
std::string TellMasked(absl::string_view mountinfo, absl::string_view type);

}  // namespace foster

#endif  // FOSTER_INIT_SETUP_MOUNT_TABLE_H_
