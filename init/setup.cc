// SPDX-License-Identifier: Apache-2.0
#include "init/setup.h"

#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "init/network.h"
#include "os/status_from_errno.h"

namespace foster {

namespace {

absl::string_view FirstMountOption(const MountSpec& spec) {
  if (spec.wishes.empty()) return "--root";
  switch (spec.wishes[0].kind) {
    case MountWish::kProc:
      return "--proc";
    case MountWish::kDev:
      return "--dev";
    case MountWish::kMount:
      return "--mount";
    case MountWish::kReadOnly:
      return "--read-only";
    case MountWish::kMask:
      return "--mask";
  }
  return "";
}

}  // namespace

absl::Status CheckRequest(const Options& options, bool is_init) {
  const NamespaceSpec& namespaces = options.namespaces;
  // In a container, and in namespaces that are entered on purpose, these are its own affair. Among strangers they would change the whole machine.
  const bool among_strangers = !is_init && namespaces.join.empty();
  if (among_strangers && options.loopback && !namespaces.Makes(CLONE_NEWNET)) return Refused("--loopback", "is an affair of the whole machine (add --new=net)");
  if (among_strangers && options.uts.wanted() && !namespaces.Makes(CLONE_NEWUTS)) {
    return Refused(options.uts.hostname.empty() ? "--domainname" : "--hostname",
                   "would rename the whole machine (add --new=uts)");
  }
  if (among_strangers && options.mounts.wanted() && !namespaces.Makes(CLONE_NEWNS)) {
    return Refused(FirstMountOption(options.mounts), "would change the mounts of the whole machine (add --new=mount)");
  }
  if (options.mounts.propagation == Propagation::kShared && !options.mounts.wishes.empty() && options.mounts.root == nullptr) {
    return Refused(FirstMountOption(options.mounts), "would appear outside as well, with --propagation=shared");
  }
  absl::Status status = CheckNamespaces(namespaces);
  return status.ok() ? CheckIdentity(options.identity) : status;
}

absl::Status SetUp(const Options& options, const NamespaceState& state) {
  const NamespaceSpec& namespaces = options.namespaces;
  const unsigned long still = namespaces.make & ~state.born_into;
  absl::Status status = MakeNamespaces(still);
  if (status.ok() && (still & CLONE_NEWUSER) != 0) status = WriteOwnUserMaps(state.maps);
  if ((state.entered & CLONE_NEWUSER) != 0) BecomeSomebodyInside();
  if (status.ok() && namespaces.Makes(kNewTime)) status = MakeTimeNamespace(namespaces);
  if (status.ok()) status = SetUtsNames(options.uts);
  if (status.ok() && options.loopback) status = BringLoopbackUp();
  if (status.ok()) status = MakeMounts(options.mounts, namespaces.Makes(CLONE_NEWNS));
  return status;
}

bool WantsWorkloadSetUp(const Options& options) {
  const IdentitySpec& identity = options.identity;
  const LimitsSpec& limits = options.limits;
  return options.folder != nullptr || identity.user != nullptr || identity.groups != nullptr || identity.drop != 0 || identity.ambient != 0 ||
         identity.no_new_privs || !limits.resources.empty() || limits.oom_score_adj != nullptr || limits.set_nice || limits.umask >= 0;
}

absl::Status PrepareWorkloadSetUp(const Options& options, char* const* environment, WorkloadSetUp* prepared) {
  prepared->options = &options;
  absl::Status status = ResolveIdentity(options.identity, &prepared->identity);
  if (!status.ok()) return status;
  if (options.environment.wanted() || !prepared->identity.variables.empty()) {
    prepared->environment = BuildEnvironment(options.environment, environment, prepared->identity.variables);
  }
  return status;
}

SetupFailure SetUpWorkload(const void* prepared) {
  const WorkloadSetUp& setup = *static_cast<const WorkloadSetUp*>(prepared);
  const char* folder = setup.options->folder;
  // Root may enter what the workload's user may not, and the other way round (root squashed on NFS): either will do.
  const bool entered = folder == nullptr || chdir(folder) == 0;
  SetupFailure failure = ApplyLimits(setup.options->limits);
  if (!failure.failed()) failure = BecomeIdentity(setup.identity);
  if (failure.failed()) return failure;
  if (!entered && chdir(folder) != 0) return {errno, "--chdir: chdir", folder, ""};
  return {};
}

}  // namespace foster
