// SPDX-License-Identifier: Apache-2.0
// Failed system calls as absl::Status.
#ifndef FOSTER_OS_STATUS_FROM_ERRNO_H_
#define FOSTER_OS_STATUS_FROM_ERRNO_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace foster {

// `CALL "OBJECT": REASON` or, with a hint, `CALL "OBJECT": REASON (HINT)`. The object is left out where it is empty. The
// status's code follows the errno; callers that branch do it on the errno itself, before.
absl::Status StatusFromErrno(int error, absl::string_view call, absl::string_view object = "",
                             absl::string_view hint = "");

// A refusal that is not a system call's: `WHAT: WHY`.
absl::Status Refused(absl::string_view what, absl::string_view why);

}  // namespace foster

#endif  // FOSTER_OS_STATUS_FROM_ERRNO_H_
