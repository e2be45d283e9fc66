// SPDX-License-Identifier: Apache-2.0
// The order, and why it is this one. Each step stands where it has the privilege and the view of the machine that it needs, with root's privileges and
// with those that a new user namespace gives.
//
//   before anything is made   the request is checked (setup_check.cc); the maps of a user namespace are planned, while /etc/subuid and the caller's
//                             own number can still be seen
//   1  enter namespaces       what is made then belongs to what was entered; for a PID namespace by a child of this process
//   2  make namespaces        the user namespace first, all at once: the others then belong to it, and so do the rights over them. With a PID namespace
//                             this process is born into all of them
//   3  maps                   nothing in a user namespace works before; setgroups is denied before the groups' map is written by its own process
//   4  user 0 inside          where this process has no number of its own in there
//   5  death signal           after the last change of foster's own user, which would clear it (wrapper.cc)
//   6  clocks                 the offsets can be set until somebody is in the time namespace
//   7  names, loopback        rights only; no order among them
//   8  mounts                 in the order of the command line; a new root with the old one still underneath, so that a procfs can be mounted
//   9  users and groups       are looked up under the new root
//  10  signals                are taken over before there is a workload that could miss one (supervisor.cc)
//  and in the workload, between clone and exec:
//  11  folder                 root may enter what the user may not; tried again after 13
//  12  limits, nice, score    raising them needs the privileges that go next
//  13  identity               bounding set, groups, group, user, the other sets of capabilities, no_new_privs: each while the right to it is there
//  14  death signal           the workload's, where foster asked for its own; a change of user would have cleared it
//  15  signals, exec          as foster was started with (workload.cc)
#include "init/setup.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "init/setup/network.h"
#include "init/setup/parent_death.h"

namespace foster {

absl::Status SetUp(const Options& options, const NamespaceState& state, MountsMade* made) {
  const NamespaceSpec& namespaces = options.namespaces;
  const unsigned long still = namespaces.make & ~state.born_into;
  absl::Status status = MakeNamespaces(still);
  if (status.ok() && (still & CLONE_NEWUSER) != 0) status = WriteOwnUserMaps(state.maps);
  if ((state.entered & CLONE_NEWUSER) != 0) BecomeSomebodyInside();
  if (status.ok() && namespaces.Makes(kNewTime)) status = MakeTimeNamespace(namespaces);
  if (status.ok()) status = SetUtsNames(options.uts);
  if (status.ok() && options.loopback) status = BringLoopbackUp();
  if (status.ok()) status = MakeMounts(options.mounts, namespaces.Makes(CLONE_NEWNS), made);
  return status;
}

bool WantsWorkloadSetUp(const Options& options) {
  const IdentitySpec& identity = options.identity;
  const LimitsSpec& limits = options.limits;
  return options.folder != nullptr || options.parent_death != 0 || identity.user != nullptr || identity.groups != nullptr || identity.drop != 0 || identity.ambient != 0 ||
         identity.no_new_privs || !limits.resources.empty() || limits.oom_score_adj != nullptr || limits.set_nice || limits.umask >= 0;
}

absl::Status PrepareWorkloadSetUp(const Options& options, char* const* environment, WorkloadSetUp* prepared) {
  prepared->options = &options;
  // PID 1 takes its namespace with it; another foster, if it is killed, would leave the workload behind.
  if (options.parent_death != 0 && getpid() != 1) prepared->dies_with = getpid();
  absl::Status status = ResolveIdentity(options.identity, &prepared->identity);
  if (!status.ok()) return status;
  const std::vector<std::string>& variables = prepared->identity.variables;
  if (options.environment.wanted() || !variables.empty()) {
    EnvironmentSpec wanted = options.environment;
    if (options.supervisor.restart.when != RestartWhen::kNever) {
      // Where they were said they are overwritten (secrets.h) before the second run. Kept until the end.
      for (const char*& variable : wanted.set) {
        const size_t size = strlen(variable) + 1;
        variable = static_cast<const char*>(memcpy(new char[size], variable, size));
      }
    }
    prepared->environment = BuildEnvironment(wanted, environment, variables);
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
  if (setup.dies_with != 0 && !DieWith(setup.dies_with)) return {ESRCH, "--die-with-parent: foster", "", ""};
  if (!entered && chdir(folder) != 0) return {errno, "--chdir: chdir", folder, ""};
  return {};
}

}  // namespace foster
