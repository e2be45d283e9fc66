// SPDX-License-Identifier: Apache-2.0
// The workload's environment.
#ifndef FOSTER_INIT_SETUP_ENVIRONMENT_H_
#define FOSTER_INIT_SETUP_ENVIRONMENT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace foster {

struct EnvironmentSpec {
  bool clear = false;
  std::vector<const char*> unset;  // names
  std::vector<const char*> set;    // "NAME=VALUE", or "NAME": as the caller has it

  bool wanted() const { return clear || !unset.empty() || !set.empty(); }
};

absl::Status AddVariable(absl::string_view text, EnvironmentSpec* spec);
absl::Status AddUnset(absl::string_view name, EnvironmentSpec* spec);

// `base` without what is cleared and unset, then with `additions` ("NAME=VALUE"; "NAME" alone takes it away), then with what is set; each later one
// takes the place of an earlier one of its name. Ends with null; points into its sources. The order of what stays is kept.
std::vector<const char*> BuildEnvironment(const EnvironmentSpec& spec, char* const* base, const std::vector<std::string>& additions);

}  // namespace foster

#endif  // FOSTER_INIT_SETUP_ENVIRONMENT_H_
