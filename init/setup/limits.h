// SPDX-License-Identifier: Apache-2.0
// What the workload may use: resource limits, priority, its standing with the out-of-memory killer; and its umask.
#ifndef FOSTER_INIT_SETUP_LIMITS_H_
#define FOSTER_INIT_SETUP_LIMITS_H_

#include <sys/resource.h>

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "init/setup/setup_failure.h"

namespace foster {

struct ResourceLimit {
  const char* name = "";    // "nofile"
  int resource = 0;         // RLIMIT_…
  struct rlimit limit = {};
  bool keep_hard = false;   // only the soft limit is meant
};

struct LimitsSpec {
  std::vector<ResourceLimit> resources;
  const char* oom_score_adj = nullptr;  // as it is written to the kernel
  bool set_nice = false;
  int nice = 0;
  int umask = -1;
};

// Adds "NAME=SOFT[:HARD]". Values are numbers with K, M, G, T behind them (of 1024), or "unlimited". Without HARD both become SOFT; with an empty one
// ("nofile=100:") the hard limit stays.
absl::Status AddResourceLimit(absl::string_view text, LimitsSpec* spec);
absl::Status SetOomScoreAdj(absl::string_view text, LimitsSpec* spec);
absl::Status SetNice(absl::string_view text, LimitsSpec* spec);
absl::Status SetUmask(absl::string_view text, LimitsSpec* spec);

// In the child, while it still has its privileges: raising a hard limit, lowering nice or oom_score_adj needs them. System calls only.
SetupFailure ApplyLimits(const LimitsSpec& spec);

}  // namespace foster

#endif  // FOSTER_INIT_SETUP_LIMITS_H_
