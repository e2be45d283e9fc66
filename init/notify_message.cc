// SPDX-License-Identifier: Apache-2.0
#include "init/notify_message.h"

#include <string.h>

#include "absl/strings/match.h"
#include "init/line.h"

namespace foster {
namespace {

// The next line of *rest, without its end.
absl::string_view TakeLine(absl::string_view* rest) {
  const size_t end = rest->find('\n');
  const absl::string_view line = rest->substr(0, end);
  rest->remove_prefix(end == absl::string_view::npos ? rest->size() : end + 1);
  return line;
}

bool ReadNumber(absl::string_view text, int64_t most, int64_t* number) {
  if (text.empty() || text.size() > 18) return false;
  int64_t value = 0;
  for (char digit : text) {
    if (digit < '0' || digit > '9') return false;
    value = value * 10 + (digit - '0');
  }
  if (value > most) return false;
  *number = value;
  return true;
}

bool TakeAssignment(absl::string_view line, absl::string_view name, absl::string_view* value) {
  if (!absl::StartsWith(line, name) || line.size() <= name.size() || line[name.size()] != '=') return false;
  *value = line.substr(name.size() + 1);
  return true;
}

constexpr int64_t kLongest = INT64_MAX / 2000;  // microseconds that can be added to a clock in nanoseconds

void ReadAssignment(absl::string_view line, NotifyMessage* message) {
  absl::string_view value;
  int64_t number = 0;
  if (line == "READY=1") {
    message->ready = true;
  } else if (line == "STOPPING=1") {
    message->stopping = true;
  } else if (line == "RELOADING=1") {
    message->reloading = true;
  } else if (line == "BARRIER=1") {
    message->barrier = true;
  } else if (line == "WATCHDOG=1") {
    message->watchdog = true;
  } else if (line == "WATCHDOG=trigger") {
    message->watchdog_trigger = true;
  } else if (TakeAssignment(line, "STATUS", &value)) {
    message->has_status = true;
    message->status = value;
  } else if (TakeAssignment(line, "MAINPID", &value)) {
    if (ReadNumber(value, INT32_MAX, &number)) message->main_pid = number;
  } else if (TakeAssignment(line, "WATCHDOG_USEC", &value)) {
    if (ReadNumber(value, kLongest, &number)) message->watchdog_usec = number;
  } else if (TakeAssignment(line, "EXTEND_TIMEOUT_USEC", &value)) {
    if (ReadNumber(value, kLongest, &number)) message->extend_usec = number;
  } else if (TakeAssignment(line, "ERRNO", &value)) {
    if (ReadNumber(value, 4095, &number)) message->error = static_cast<int>(number);
  } else if (TakeAssignment(line, "EXIT_STATUS", &value)) {
    if (ReadNumber(value, 255, &number)) message->exit_status = static_cast<int>(number);
  }
}

}  // namespace

bool ReadNotifyMessage(absl::string_view datagram, NotifyMessage* message) {
  *message = NotifyMessage();
  if (datagram.empty() || datagram.size() > kNotifyRoom || memchr(datagram.data(), '\0', datagram.size()) != nullptr) return false;
  while (!datagram.empty()) ReadAssignment(TakeLine(&datagram), message);
  return true;
}

size_t RewriteForOutside(absl::string_view datagram, int64_t main_pid, char* out) {
  size_t size = 0;
  const auto add = [&](absl::string_view piece) {
    if (piece.size() > kNotifyRoom - size) return;
    memcpy(out + size, piece.data(), piece.size());
    size += piece.size();
  };
  while (!datagram.empty()) {
    const absl::string_view line = TakeLine(&datagram);
    const bool names_it = absl::StartsWith(line, "MAINPID=");
    if (absl::StartsWith(line, "MAINPIDFD") || (names_it && main_pid == 0) || line.empty()) continue;
    if (size != 0) add("\n");
    if (names_it) {
      add("MAINPID=");
      add(Decimal(main_pid));
    } else {
      add(line);
    }
  }
  return size;
}

}  // namespace foster
