// SPDX-License-Identifier: Apache-2.0
// openat2(2), Linux 5.6, which C libraries have no name for.
#ifndef FOSTER_OS_OPEN_STRICTLY_H_
#define FOSTER_OS_OPEN_STRICTLY_H_

#include "os/file_descriptor.h"

namespace foster {

// RESOLVE_… of <linux/openat2.h>.
inline constexpr unsigned kNoCrossing = 1;  // of mount points: EXDEV
inline constexpr unsigned kNoLinks = 4;     // ELOOP where a symbolic link is met anywhere

// open(2) of an existing `path` by these rules; by plain open(2) where there are none. Never waits. Invalid with errno: ENOSYS before Linux 5.6.
FileDescriptor OpenStrictly(const char* path, int flags, unsigned rules);

}  // namespace foster

#endif  // FOSTER_OS_OPEN_STRICTLY_H_
