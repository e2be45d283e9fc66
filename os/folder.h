// SPDX-License-Identifier: Apache-2.0
// Reading a folder without allocating, which readdir(3) does.
#ifndef FOSTER_OS_FOLDER_H_
#define FOSTER_OS_FOLDER_H_

#include <stddef.h>
#include <sys/types.h>

namespace foster {

// getdents64(2): fills `entries`, which must be aligned for a uint64_t. How many bytes; 0 at the end, -1 with errno.
ssize_t ListFolder(int fd, char* entries, size_t room);

// The number that the entry at `entries + *at` is called (as processes are in /proc), or 0 where its name is none. Moves *at to the next.
pid_t NumberedEntry(const char* entries, ssize_t* at);

}  // namespace foster

#endif  // FOSTER_OS_FOLDER_H_
