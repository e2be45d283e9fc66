// SPDX-License-Identifier: Apache-2.0
#include "init/duration.h"

#include "absl/strings/ascii.h"
#include "os/clock.h"

namespace foster {
namespace {

constexpr Nanoseconds kLongest = int64_t{100} * 366 * 24 * 3600 * kSecond;

// The unit that `suffix` names in nanoseconds, or 0.
Nanoseconds Unit(absl::string_view suffix) {
  if (suffix.empty() || suffix == "s") return kSecond;
  if (suffix == "ms") return kMillisecond;
  if (suffix == "us") return 1'000;
  if (suffix == "m" || suffix == "min") return 60 * kSecond;
  if (suffix == "h") return 3600 * kSecond;
  if (suffix == "d") return 24 * 3600 * kSecond;
  return 0;
}

}  // namespace

bool ParseDuration(absl::string_view text, Nanoseconds* out) {
  if (text == "forever") {
    *out = kForever;
    return true;
  }
  size_t split = 0;
  while (split < text.size() && (absl::ascii_isdigit(static_cast<unsigned char>(text[split])) || text[split] == '.')) {
    ++split;
  }
  const absl::string_view number = text.substr(0, split);
  const Nanoseconds unit = Unit(text.substr(split));
  if (unit == 0 || number.empty() || number[0] == '.' || number.back() == '.') return false;

  Nanoseconds value = 0;
  bool after_point = false;
  Nanoseconds place = unit;  // behind the point: what one step of the digit is worth
  for (char c : number) {
    if (c == '.') {
      if (after_point) return false;
      after_point = true;
      continue;
    }
    if (after_point) {
      place /= 10;
      value += (c - '0') * place;
    } else {
      if (value > kLongest / 10) return false;  // ten times as much may not fit, and would be taken for something short
      value = value * 10 + (c - '0') * unit;
    }
    if (value > kLongest) return false;
  }
  *out = value;
  return true;
}

Nanoseconds MonotonicNow() { return MonotonicNanoseconds(); }

}  // namespace foster
