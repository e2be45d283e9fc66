// SPDX-License-Identifier: Apache-2.0
// Signal rewriting: what is passed on in a signal's place. Pure.
#ifndef FOSTER_SIGNALS_SIGNAL_MAP_H_
#define FOSTER_SIGNALS_SIGNAL_MAP_H_

#include <stdint.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace foster {

// The identity at first. Holds only what was changed: one that is unused touches no memory but its own.
class SignalMap {
 public:
  // "FROM:TO", signals as SignalFromName takes them; TO may be 0 to drop. A later rule for the same FROM replaces the earlier.
  // FROM can be neither KILL nor STOP (nobody can catch them) nor CHLD (it is foster's own).
  absl::Status Add(absl::string_view rule);

  // The same where there is no rule for `from` yet.
  void AddIfNew(int from, int to) {
    if (Changes(from)) return;
    changed_ |= uint64_t{1} << (from - 1);
    to_[from] = static_cast<uint8_t>(to);
  }

  // What to pass on in the place of `signo` (1..64), or 0 for nothing.
  int Apply(int signo) const { return Changes(signo) ? to_[signo] : signo; }

  // Whether there is a rule for `signo`, be it one to itself.
  bool Changes(int signo) const { return (changed_ >> (signo - 1) & 1) != 0; }

 private:
  uint64_t changed_ = 0;
  uint8_t to_[65] = {};
};

}  // namespace foster

#endif  // FOSTER_SIGNALS_SIGNAL_MAP_H_
