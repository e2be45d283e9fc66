// SPDX-License-Identifier: Apache-2.0
// Capabilities by name (capabilities(7)). Pure.
#ifndef FOSTER_INIT_SETUP_CAPABILITY_NAME_H_
#define FOSTER_INIT_SETUP_CAPABILITY_NAME_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "os/credentials.h"

namespace foster {

inline constexpr CapabilitySet kAllCapabilities = ~CapabilitySet{0};

// Adds the capabilities that LIST names: "net_raw,CAP_SYS_ADMIN,37", or "all". Small and capital letters are the same.
absl::Status AddCapabilities(absl::string_view list, CapabilitySet* set);

// "net_raw"; "" for a number that has no name yet.
absl::string_view CapabilityName(int number);

}  // namespace foster

#endif  // FOSTER_INIT_SETUP_CAPABILITY_NAME_H_
