// SPDX-License-Identifier: Apache-2.0
// The mount system calls that C libraries have no names for.
#ifndef FOSTER_OS_MOUNT_CALLS_H_
#define FOSTER_OS_MOUNT_CALLS_H_

#include "os/file_descriptor.h"

namespace foster {

// open_tree(2) with OPEN_TREE_CLONE, Linux 5.2: a detached copy of the mount at `path` (from `folder`, as openat(2) has it), with all that is mounted
// below it where `recursive`. It vanishes with the descriptor, unless it is attached. Invalid with errno on failure.
FileDescriptor CloneMount(int folder, const char* path, bool recursive);

// move_mount(2), Linux 5.2: attaches what CloneMount made. Links in `target` are followed. 0, or an errno.
int AttachMount(int mount, const char* target);

// mount_setattr(2), Linux 5.12: adds MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC of `flags` to the mount at `path` and, where `recursive`, to all below it.
// `folder` with an empty path means the descriptor itself. 0, or an errno: ENOSYS, EINVAL (no mount point, among others).
int RestrictMount(int folder, const char* path, unsigned long flags, bool recursive);

// pivot_root(2) of the working directory, the old root stacked on top of it: umount2(".", MNT_DETACH) takes it away. 0, or an errno.
int PivotHere();

}  // namespace foster

#endif  // FOSTER_OS_MOUNT_CALLS_H_
