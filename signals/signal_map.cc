// SPDX-License-Identifier: Apache-2.0
#include "signals/signal_map.h"

#include <signal.h>

#include "absl/strings/str_cat.h"
#include "os/status_from_errno.h"
#include "signals/signal_name.h"

namespace foster {

absl::Status SignalMap::Add(absl::string_view rule) {
  const size_t colon = rule.find(':');
  if (colon == absl::string_view::npos) {
    return Refused(absl::StrCat("\"", rule, "\""), "not FROM:TO (TERM:QUIT, or TERM:0 to drop)");
  }
  const absl::string_view from_name = rule.substr(0, colon);
  const absl::string_view to_name = rule.substr(colon + 1);
  const int from = SignalFromName(from_name);
  if (from == 0) return Refused(absl::StrCat("\"", from_name, "\""), "no such signal");
  if (from == SIGKILL || from == SIGSTOP) {
    return Refused(absl::StrCat("\"", from_name, "\""), "nobody can catch it, so it cannot be rewritten");
  }
  if (from == SIGCHLD) {
    return Refused(absl::StrCat("\"", from_name, "\""), "tells foster of its children and is not passed on");
  }
  const int to = SignalFromName(to_name);
  if (to == 0 && to_name != "0") {
    return Refused(absl::StrCat("\"", to_name, "\""), "no such signal (0 drops it)");
  }
  changed_ |= uint64_t{1} << (from - 1);
  to_[from] = static_cast<uint8_t>(to);
  return absl::OkStatus();
}

}  // namespace foster
