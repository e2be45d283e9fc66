// SPDX-License-Identifier: Apache-2.0
// The names of a UTS namespace (uts_namespaces(7)).
#ifndef FOSTER_INIT_SETUP_UTS_H_
#define FOSTER_INIT_SETUP_UTS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace foster {

// Empty: leave it.
struct UtsSpec {
  absl::string_view hostname;
  absl::string_view domainname;

  bool wanted() const { return !hostname.empty() || !domainname.empty(); }
};

// The kernel takes at most 64 bytes (sethostname(2)); checked here so that a wrong one is found before anything is made.
absl::Status CheckUtsName(absl::string_view name);

// Sets the names of this process's UTS namespace.
absl::Status SetUtsNames(const UtsSpec& spec);

}  // namespace foster

#endif  // FOSTER_INIT_SETUP_UTS_H_
