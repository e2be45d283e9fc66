// SPDX-License-Identifier: Apache-2.0
// When to let deaths gather: the decision whether the wait reaper pauses. Pure.
#ifndef FOSTER_REAPER_STORM_H_
#define FOSTER_REAPER_STORM_H_

#include <stdint.h>

namespace foster {

// One wake-up and one system call for nothing is most of what reaping an orphan costs. Where deaths come more often than
// once in kPauseNs, a pause after each round lets one wake-up collect many. A lone death is still reaped at once, and no zombie lives longer than
// the pause (the kernel's timer slack apart).
class StormWatch {
 public:
  static constexpr int64_t kPauseNs = 5'000'000;

  // After a round that reaped `reaped` children at `now_ns` (monotonic): whether to pause before the next.
  bool PauseAfter(unsigned reaped, int64_t now_ns) {
    if (reaped == 0) return false;  // nothing came: the storm is over, listen again
    const bool again_soon = now_ns - last_ns_ < 2 * kPauseNs;
    last_ns_ = now_ns;
    return again_soon;
  }

 private:
  int64_t last_ns_ = -4 * kPauseNs;
};

}  // namespace foster

#endif  // FOSTER_REAPER_STORM_H_
