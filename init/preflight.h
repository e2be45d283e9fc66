// SPDX-License-Identifier: Apache-2.0
// What of a request cannot work on this machine, found by looking and without making anything. Said by --explain, and by a run before its first step.
#ifndef FOSTER_INIT_PREFLIGHT_H_
#define FOSTER_INIT_PREFLIGHT_H_

#include "absl/status/status.h"
#include "init/options.h"
#include "init/setup/problems.h"
#include "init/setup_check.h"

namespace foster {

// All of it, in the order of the steps; nothing that is not certain. Each option is looked at only where it is used. What a mount namespace or a user
// namespace holds that is entered nobody can see from here. `options` passed CheckRequest.
Problems Preflight(const Options& options, const Facts& facts);

// CheckRequest, then the first of these.
absl::Status CheckBeforehand(const Options& options);

}  // namespace foster

#endif  // FOSTER_INIT_PREFLIGHT_H_
