// SPDX-License-Identifier: Apache-2.0
// Waiting for descriptors where ppoll(2) will not.
#ifndef FOSTER_OS_POLL_H_
#define FOSTER_OS_POLL_H_

#include <poll.h>
#include <time.h>

namespace foster {

// What ppoll(2) does, by pselect(2). ppoll refuses more descriptors than RLIMIT_NOFILE (EINVAL), and anybody of this user may have lowered that meanwhile
// (prlimit(2)); pselect knows of no limit. Who asked for POLLIN or for nothing but POLLHUP is told POLLIN for either;
// with `for_writing` all ask for POLLOUT, and are told POLLOUT for POLLERR too. A null `timeout` is without end.
// Descriptors must be below 32768. -1 with errno, or how many are ready.
int PollDespiteLimit(struct pollfd* fds, nfds_t count, const struct timespec* timeout, bool for_writing = false);

}  // namespace foster

#endif  // FOSTER_OS_POLL_H_
