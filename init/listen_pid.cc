// SPDX-License-Identifier: Apache-2.0
#include "init/listen_pid.h"

#include <string.h>

#include "absl/strings/string_view.h"
#include "init/log.h"

namespace foster {
namespace {

constexpr absl::string_view kVariable = "LISTEN_PID=";

}  // namespace

void ListenPid::Find(char* const* environment, pid_t started_as) {
  for (; *environment != nullptr; ++environment) {
    if (strncmp(*environment, kVariable.data(), kVariable.size()) != 0) continue;
    if (Decimal(started_as) != absl::string_view(*environment + kVariable.size())) return;
    place_ = const_cast<char**>(environment);
    return;
  }
}

void ListenPid::Name(pid_t pid) {
  if (place_ == nullptr) return;
  const Decimal number(pid);
  const absl::string_view digits = number;
  memcpy(text_, kVariable.data(), kVariable.size());
  memcpy(text_ + kVariable.size(), digits.data(), digits.size());
  text_[kVariable.size() + digits.size()] = '\0';
  *place_ = text_;
}

}  // namespace foster
