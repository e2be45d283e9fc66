// SPDX-License-Identifier: Apache-2.0
#include "init/restart_policy.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "os/status_from_errno.h"

namespace foster {
namespace {

constexpr absl::string_view kOnFailure = "on-failure";

absl::Status NoBackoff(absl::string_view text) {
  return Refused(absl::StrCat("\"", text, "\""), "not FIRST or FIRST..MOST (100ms..1m)");
}

}  // namespace

absl::Status RestartSpec::ParseWhen(absl::string_view text) {
  most = 0;
  if (text == "never") {
    when = RestartWhen::kNever;
  } else if (text == "always") {
    when = RestartWhen::kAlways;
  } else if (absl::StartsWith(text, kOnFailure) && (text.size() == kOnFailure.size() || text[kOnFailure.size()] == ':')) {
    when = RestartWhen::kOnFailure;
    if (text.size() == kOnFailure.size()) return absl::OkStatus();
    const absl::string_view number = text.substr(kOnFailure.size() + 1);
    uint32_t value = 0;
    for (char digit : number) {
      if (digit < '0' || digit > '9' || value > 99999) {
        value = 0;
        break;
      }
      value = value * 10 + static_cast<uint32_t>(digit - '0');
    }
    if (value == 0) return Refused(absl::StrCat("\"", number, "\""), "not a number of restarts (1 to 999999)");
    most = value;
  } else {
    return Refused(absl::StrCat("\"", text, "\""), "not one of never, on-failure, on-failure:MAX, always");
  }
  return absl::OkStatus();
}

absl::Status RestartSpec::ParseBackoff(absl::string_view text) {
  const size_t dots = text.find("..");
  Nanoseconds first = 0;
  Nanoseconds longest = 60 * kSecond;
  if (!ParseDuration(text.substr(0, dots), &first) || first == kForever) return NoBackoff(text);
  if (dots != absl::string_view::npos && (!ParseDuration(text.substr(dots + 2), &longest) || longest == kForever || longest < first)) {
    return NoBackoff(text);
  }
  first_pause = first;
  longest_pause = std::max(first, longest);
  return absl::OkStatus();
}

RestartPolicy::Verdict RestartPolicy::RunEnded(bool failed, Nanoseconds lived) {
  if (lived >= std::max(kHealthy, 2 * this_pause_)) {
    in_a_row_ = 0;
    pause_ = spec_.first_pause;
  }
  if (spec_.when == RestartWhen::kNever) return Verdict::kDone;
  if (spec_.when == RestartWhen::kOnFailure && !failed) return Verdict::kDone;
  if (spec_.most != 0 && in_a_row_ >= spec_.most) return Verdict::kTooMany;
  ++in_a_row_;
  this_pause_ = pause_;
  pause_ = pause_ > spec_.longest_pause / 2 ? spec_.longest_pause : std::min(spec_.longest_pause, 2 * pause_);
  return Verdict::kAgain;
}

}  // namespace foster
