// SPDX-License-Identifier: Apache-2.0
#include "init/setup/uts.h"

#include <errno.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "os/status_from_errno.h"

namespace foster {
namespace {

constexpr size_t kLongestName = 64;  // __NEW_UTS_LEN

absl::string_view Hint(int error) {
  return error == EPERM ? "needs CAP_SYS_ADMIN in this UTS namespace; try --new=uts" : "";
}

}  // namespace

absl::Status CheckUtsName(absl::string_view name) {
  if (name.empty()) return Refused("\"\"", "a name is needed");
  if (name.size() > kLongestName) {
    return Refused(absl::StrCat("\"", name, "\""), "longer than the 64 bytes that the kernel takes");
  }
  return absl::OkStatus();
}

absl::Status SetUtsNames(const UtsSpec& spec) {
  if (!spec.hostname.empty() && sethostname(spec.hostname.data(), spec.hostname.size()) != 0) {
    return StatusFromErrno(errno, "--hostname: sethostname", spec.hostname, Hint(errno));
  }
  if (!spec.domainname.empty() &&
      setdomainname(spec.domainname.data(), spec.domainname.size()) != 0) {
    return StatusFromErrno(errno, "--domainname: setdomainname", spec.domainname, Hint(errno));
  }
  return absl::OkStatus();
}

}  // namespace foster
