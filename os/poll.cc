// SPDX-License-Identifier: Apache-2.0
#include "os/poll.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <sys/select.h>

namespace foster {

int PollDespiteLimit(struct pollfd* fds, nfds_t count, const struct timespec* timeout, bool for_writing) {
  constexpr size_t kBits = sizeof(unsigned long) * CHAR_BIT;
  unsigned long set[32768 / kBits];  // longer than an fd_set: foster's own come behind all that it inherited
  int most = -1;
  for (nfds_t i = 0; i < count; ++i) most = fds[i].fd > most ? fds[i].fd : most;
  const size_t words = static_cast<size_t>(most) / kBits + 1;
  if (most < 0 || words > sizeof set / sizeof set[0]) return -1;
  memset(set, 0, words * sizeof set[0]);
  for (nfds_t i = 0; i < count; ++i) set[static_cast<size_t>(fds[i].fd) / kBits] |= 1UL << (static_cast<size_t>(fds[i].fd) % kBits);
  fd_set* const asked = reinterpret_cast<fd_set*>(set);
  const int ready = pselect(most + 1, for_writing ? nullptr : asked, for_writing ? asked : nullptr, nullptr, timeout, nullptr);
  const short told = for_writing ? POLLOUT : POLLIN;
  for (nfds_t i = 0; i < count; ++i) {
    const size_t fd = static_cast<size_t>(fds[i].fd);
    fds[i].revents = ready > 0 && (set[fd / kBits] >> (fd % kBits) & 1) != 0 ? told : 0;
  }
  return ready;
}

}  // namespace foster
