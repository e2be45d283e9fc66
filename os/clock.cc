// SPDX-License-Identifier: Apache-2.0
#include "os/clock.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace foster {

int64_t MonotonicNanoseconds() {
  struct timespec now = {};
  syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  return now.tv_sec * int64_t{1'000'000'000} + now.tv_nsec;
}

}  // namespace foster
