// SPDX-License-Identifier: Apache-2.0
#include "init/supervisor_spec.h"

#include "os/status_from_errno.h"

namespace foster {

absl::Status CheckSupervision(const SupervisorSpec& spec, bool as_init) {
  if (!as_init && spec.only_from_outside) {
    return Refused("--from=outside", "there is an outside only for the init of a PID namespace (try --new=pid)");
  }
  if (!as_init && spec.power) {
    return Refused("--poweroff", "only PID 1 can power off (of a machine, or of a PID namespace: try --new=pid)");
  }
  if (spec.pause && spec.restart.when != RestartWhen::kNever) return Refused("--restart", "--pause has no workload that could be started again");
  if (spec.pause && spec.ready.wanted()) return Refused(spec.ready.told() ? "--ready" : "--watchdog", "--pause has no workload that could say so");
  return absl::OkStatus();
}

}  // namespace foster
