// SPDX-License-Identifier: Apache-2.0
// Durations as they are written on the command line, and deadlines on the monotonic clock.
#ifndef FOSTER_INIT_DURATION_H_
#define FOSTER_INIT_DURATION_H_

#include <stdint.h>

#include "absl/strings/string_view.h"

namespace foster {

// Nanoseconds. kForever is longer than any that can be written.
using Nanoseconds = int64_t;
inline constexpr Nanoseconds kMillisecond = 1'000'000;
inline constexpr Nanoseconds kSecond = 1'000 * kMillisecond;
inline constexpr Nanoseconds kForever = INT64_MAX;

// "5s", "500ms", "2m", "1h", "1d", "1.5s", "90" (seconds), "0", "forever"; no sign, no white space. False for anything else, and for more than
// a hundred years. Pure.
bool ParseDuration(absl::string_view text, Nanoseconds* out);

// CLOCK_MONOTONIC: it stands still while the machine is suspended, and so do the processes that were given the time.
Nanoseconds MonotonicNow();

// now + after, or kForever.
inline Nanoseconds DeadlineIn(Nanoseconds now, Nanoseconds after) {
  return after == kForever || after > kForever - now ? kForever : now + after;
}

}  // namespace foster

#endif  // FOSTER_INIT_DURATION_H_
