// SPDX-License-Identifier: Apache-2.0
// Writing without ever waiting for the reader.
#ifndef FOSTER_OS_WRITE_H_
#define FOSTER_OS_WRITE_H_

#include <sys/types.h>

#include "absl/strings/string_view.h"

namespace foster {

// Writes `text` to `fd` if that can be done at once, and all or nothing of it where it is at most PIPE_BUF (4096)
// bytes. Never blocks on a full pipe, socket or terminal: by RWF_NOWAIT where the descriptor knows it, else by asking poll(2)
// first. The descriptor's own flags, which others share, are not touched. 0, or an errno (EAGAIN: the reader is slow).
// A reader that is gone raises SIGPIPE: the caller has it blocked.
int WriteAtOnce(int fd, absl::string_view text);

// The same for longer texts and for streams, which may take a part: how many bytes were taken, or a negative errno.
ssize_t WriteSomeAtOnce(int fd, absl::string_view text);

// Writes all of `text`, waiting where it must. For the time before the workload runs, and for last words. 0, or the errno that kept it from that.
int WriteFully(int fd, absl::string_view text);

}  // namespace foster

#endif  // FOSTER_OS_WRITE_H_
