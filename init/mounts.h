// SPDX-License-Identifier: Apache-2.0
// The mounts that the workload finds.
#ifndef FOSTER_INIT_MOUNTS_H_
#define FOSTER_INIT_MOUNTS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace foster {

struct MountSpec {
  bool proc = false;
  const char* proc_options = "";  // procfs's own, "hidepid=2,subset=pid"; ends with a null byte
};

// Mounts as `spec` says. `own_mount_namespace`: it was just made for us; its mounts are made private first, so that nothing leaks to where it was copied from.
absl::Status MakeMounts(const MountSpec& spec, bool own_mount_namespace);

}  // namespace foster

#endif  // FOSTER_INIT_MOUNTS_H_
