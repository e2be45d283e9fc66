// SPDX-License-Identifier: Apache-2.0
#include "init/namespaces.h"

#include <errno.h>
#include <sched.h>

#include "absl/strings/str_cat.h"
#include "os/status_from_errno.h"

namespace foster {
namespace {

struct Kind {
  char name[8];
  unsigned flag;
  bool built;
};
constexpr Kind kKinds[] = {{"pid", CLONE_NEWPID, true},      {"mount", CLONE_NEWNS, true},
                           {"uts", CLONE_NEWUTS, true},      {"ipc", CLONE_NEWIPC, true},
                           {"net", CLONE_NEWNET, false},     {"user", CLONE_NEWUSER, false},
                           {"cgroup", CLONE_NEWCGROUP, false}, {"time", 0x80, false}};

absl::Status AddOne(absl::string_view name, NamespaceSpec* spec) {
  for (const Kind& kind : kKinds) {
    if (name != kind.name) continue;
    if (!kind.built) return Refused(absl::StrCat("\"", name, "\""), "not built yet in this version");
    spec->make |= kind.flag;
    return absl::OkStatus();
  }
  return Refused(absl::StrCat("\"", name, "\""),
                 "no such kind of namespace (pid, mount, uts, ipc, net, user, cgroup, time)");
}

}  // namespace

absl::Status AddNamespaces(absl::string_view list, NamespaceSpec* spec) {
  for (;;) {
    const size_t comma = list.find(',');
    absl::Status status = AddOne(list.substr(0, comma), spec);
    if (!status.ok() || comma == absl::string_view::npos) return status;
    list.remove_prefix(comma + 1);
  }
}

absl::Status MakeNamespaces(const NamespaceSpec& spec) {
  const unsigned long flags = spec.make & ~static_cast<unsigned long>(CLONE_NEWPID);
  if (flags == 0 || unshare(static_cast<int>(flags)) == 0) return absl::OkStatus();
  return StatusFromErrno(errno, "--new: unshare", "", NamespaceHint(errno));
}

absl::string_view NamespaceHint(int error) {
  switch (error) {
    case EPERM:
      return "needs CAP_SYS_ADMIN; try as root";
    case ENOSPC:
    case EUSERS:
      return "a limit in /proc/sys/user/max_*_namespaces, or 32 levels, is reached";
    case EINVAL:
      return "this kernel lacks one of these namespaces";
    default:
      return "";
  }
}

}  // namespace foster
