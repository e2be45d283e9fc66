// SPDX-License-Identifier: Apache-2.0
#include "os/status_from_errno.h"

#include <errno.h>
#include <string.h>

#include "absl/strings/str_cat.h"

namespace foster {
namespace {

absl::StatusCode CodeFor(int error) {
  switch (error) {
    case EPERM:
    case EACCES:
      return absl::StatusCode::kPermissionDenied;
    case ENOENT:
    case ESRCH:
      return absl::StatusCode::kNotFound;
    case EINVAL:
      return absl::StatusCode::kInvalidArgument;
    case ENOSYS:
      return absl::StatusCode::kUnimplemented;
    case EAGAIN:
    case ENOMEM:
    case ENOSPC:
    case EMFILE:
    case ENFILE:
    case EUSERS:
      return absl::StatusCode::kResourceExhausted;
    default:
      return absl::StatusCode::kUnknown;
  }
}

}  // namespace

absl::Status StatusFromErrno(int error, absl::string_view call, absl::string_view object,
                             absl::string_view hint) {
  const bool named = !object.empty();
  const bool hinted = !hint.empty();
  return absl::Status(CodeFor(error),
                      absl::StrCat(call, named ? " \"" : "", object, named ? "\": " : ": ",
                                   strerror(error), hinted ? " (" : "", hint, hinted ? ")" : ""));
}

absl::Status Refused(absl::string_view what, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(what, ": ", why));
}

}  // namespace foster
