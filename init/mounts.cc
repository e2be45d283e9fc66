// SPDX-License-Identifier: Apache-2.0
#include "init/mounts.h"

#include <errno.h>
#include <sys/mount.h>

#include "os/status_from_errno.h"

namespace foster {
namespace {

constexpr unsigned long kInert = MS_NOSUID | MS_NODEV | MS_NOEXEC;

absl::string_view ProcHint(int error) {
  switch (error) {
    case EPERM:
      return "needs CAP_SYS_ADMIN over this PID namespace, and an outer /proc of which nothing is masked (\"mount too revealing\"); "
             "try --new=pid,mount as root, or unmask the outer /proc";
    case EINVAL:
      return "this kernel's procfs does not know these options";
    case ENOENT:
      return "there is no folder /proc in this root file system";
    default:
      return "";
  }
}

}  // namespace

absl::Status MakeMounts(const MountSpec& spec, bool own_mount_namespace) {
  if (own_mount_namespace && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return StatusFromErrno(errno, "--new=mount: mount (private)", "/", "");
  }
  if (spec.proc && mount("proc", "/proc", "proc", kInert, spec.proc_options) != 0) {
    return StatusFromErrno(errno, "--proc: mount procfs", "/proc", ProcHint(errno));
  }
  return absl::OkStatus();
}

}  // namespace foster
