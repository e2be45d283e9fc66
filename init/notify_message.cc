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

struct Flag {
  absl::string_view line;
  bool NotifyMessage::*flag;
};
constexpr Flag kFlags[] = {
    {"READY=1", &NotifyMessage::ready},     {"STOPPING=1", &NotifyMessage::stopping}, {"RELOADING=1", &NotifyMessage::reloading},
    {"BARRIER=1", &NotifyMessage::barrier}, {"WATCHDOG=1", &NotifyMessage::watchdog}, {"WATCHDOG=trigger", &NotifyMessage::watchdog_trigger},
};

struct Value {
  absl::string_view name;
  int64_t most;
  int64_t NotifyMessage::*number;
};
constexpr Value kValues[] = {
    {"MAINPID", INT32_MAX, &NotifyMessage::main_pid}, {"WATCHDOG_USEC", kLongest, &NotifyMessage::watchdog_usec},
    {"EXTEND_TIMEOUT_USEC", kLongest, &NotifyMessage::extend_usec}, {"ERRNO", 4095, &NotifyMessage::error},
    {"EXIT_STATUS", 255, &NotifyMessage::exit_status},
};

void ReadAssignment(absl::string_view line, NotifyMessage* message) {
  for (const Flag& one : kFlags) {
    if (line == one.line) message->*one.flag = true;
  }
  absl::string_view value;
  if (TakeAssignment(line, "STATUS", &value)) {
    message->has_status = true;
    message->status = value;
  }
  for (const Value& one : kValues) {
    int64_t number = 0;
    if (TakeAssignment(line, one.name, &value) && ReadNumber(value, one.most, &number)) message->*one.number = number;
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
    if (absl::StartsWith(line, "MAINPIDFD") || (names_it && main_pid == 0) || line == "WATCHDOG=trigger" || line.empty()) continue;
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
