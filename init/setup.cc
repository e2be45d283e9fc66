// SPDX-License-Identifier: Apache-2.0
#include "init/setup.h"

#include <sched.h>

#include "os/status_from_errno.h"

namespace foster {

absl::Status CheckRequest(const Options& options, bool is_init) {
  const NamespaceSpec& namespaces = options.namespaces;
  // In a container these are its own affair. Among strangers they would change the whole machine.
  if (!is_init && options.uts.wanted() && !namespaces.Makes(CLONE_NEWUTS)) {
    return Refused(options.uts.hostname.empty() ? "--domainname" : "--hostname",
                   "would rename the whole machine (add --new=uts)");
  }
  if (!is_init && options.mounts.proc && !namespaces.Makes(CLONE_NEWNS)) {
    return Refused("--proc", "would cover the whole machine's /proc (add --new=mount)");
  }
  return absl::OkStatus();
}

absl::Status SetUp(const Options& options, unsigned long born_into) {
  NamespaceSpec still = options.namespaces;
  still.make &= ~born_into;
  absl::Status status = MakeNamespaces(still);
  if (status.ok()) status = SetUtsNames(options.uts);
  if (status.ok()) status = MakeMounts(options.mounts, options.namespaces.Makes(CLONE_NEWNS));
  return status;
}

}  // namespace foster
