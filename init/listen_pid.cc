// SPDX-License-Identifier: Apache-2.0
#include "init/listen_pid.h"

#include <string.h>

#include "absl/strings/string_view.h"
#include "init/log.h"

namespace foster {
namespace {

constexpr absl::string_view kNames[] = {"LISTEN_PID=", "WATCHDOG_PID="};

}  // namespace

void ListenPid::Find(char* const* environment, pid_t started_as) {
  for (; *environment != nullptr; ++environment) {
    if (**environment != 'L' && **environment != 'W') continue;
    for (int i = 0; i < kVariables; ++i) {
      const absl::string_view name = kNames[i];
      if (strncmp(*environment, name.data(), name.size()) != 0 || Decimal(started_as) != absl::string_view(*environment + name.size())) continue;
      places_[i] = const_cast<char**>(environment);
    }
  }
}

void ListenPid::Name(pid_t pid) {
  const Decimal number(pid);
  const absl::string_view digits = number;
  for (int i = 0; i < kVariables; ++i) {
    if (places_[i] == nullptr) continue;
    const absl::string_view name = kNames[i];
    memcpy(text_[i], name.data(), name.size());
    memcpy(text_[i] + name.size(), digits.data(), digits.size());
    text_[i][name.size() + digits.size()] = '\0';
    *places_[i] = text_[i];
  }
}

}  // namespace foster
