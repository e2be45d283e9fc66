// SPDX-License-Identifier: Apache-2.0
// Making namespaces and entering those that there are.
#ifndef FOSTER_INIT_SETUP_NAMESPACES_H_
#define FOSTER_INIT_SETUP_NAMESPACES_H_

#include <sched.h>
#include <stdint.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "init/setup/id_map.h"
#include "os/namespace_calls.h"

namespace foster {

// A kind of namespace: how it is called on the command line and in /proc/PID/ns, its flag, and the file in /proc/sys/user with the most that there may be.
struct NamespaceName {
  const char* name;
  const char* file;
  const char* limit;
  unsigned long flag;
};
absl::Span<const NamespaceName> NamespaceNames();

// "pid, mount" for flags.
std::string TellNamespaces(unsigned long flags);

struct JoinWish {
  const char* target;        // a PID or a path, ended by a null or a comma
  unsigned long kinds = 0;   // what is wanted of it; 0: all that differ
};

// How much later a clock reads inside of a new time namespace.
struct TimeOffset {
  bool wanted = false;
  int64_t nanoseconds = 0;
};

struct NamespaceSpec {
  unsigned long make = 0;  // CLONE_NEW… flags
  std::vector<JoinWish> join;
  bool map_root = false;
  IdMapSpec uid_map, gid_map;
  TimeOffset monotonic, boottime;

  bool Makes(unsigned long flag) const { return (make & flag) != 0; }
};

// Adds the namespaces that LIST ("pid,mount,uts,ipc") names.
absl::Status AddNamespaces(absl::string_view list, NamespaceSpec* spec);

// Adds "PID|FILE[,LIST]". `text` ends with a null.
absl::Status AddJoin(const char* text, NamespaceSpec* spec);

// Adds "monotonic|boottime:[-]DURATION".
absl::Status AddTimeOffset(absl::string_view text, NamespaceSpec* spec);

// What can be refused without looking at the machine.
absl::Status CheckNamespaces(const NamespaceSpec& spec);

// Enters what `spec` joins, all of it or none, as far as the kernel can do that. *entered: their kinds. A PID namespace that is entered takes
// effect for children only (pid_namespaces(7)).
absl::Status JoinNamespaces(const NamespaceSpec& spec, unsigned long* entered);

// Whether what `spec` joins is there and may be looked at; enters nothing.
absl::Status LookAtJoined(const NamespaceSpec& spec);

// The maps of the user namespace that is to be made, for the caller who is to make it.
struct UserMaps {
  IdMap uids, gids;
  uid_t uid = 0;  // the caller
  gid_t gid = 0;
  bool from_outside = false;   // the process inside may not write them
  bool by_helpers = false;     // nor may the caller: newuidmap(1) and newgidmap(1) may
};
absl::Status PlanUserMaps(const NamespaceSpec& spec, UserMaps* maps);

// For the process in the new user namespace: writes its own maps. setgroups(2) is denied first, as the kernel demands.
absl::Status WriteOwnUserMaps(const UserMaps& maps);

// For a process outside: writes the maps of `pid`, by itself or through newuidmap and newgidmap.
absl::Status WriteUserMapsOf(pid_t pid, const UserMaps& maps, char* const* environment);

// How a process came to the namespaces that it is in.
struct NamespaceState {
  unsigned long entered = 0;    // by JoinNamespaces
  unsigned long born_into = 0;  // clone(2) made them together with it
  UserMaps maps;                // planned, where a user namespace is to be made
};

// Whether the workload's parent must be born into its namespaces: there is a PID namespace among them, or somebody must stay outside to write the maps.
inline bool NeedsInnerHalf(const NamespaceSpec& spec, const NamespaceState& state) {
  return spec.Makes(CLONE_NEWPID) || (state.entered & CLONE_NEWPID) != 0 || state.maps.from_outside;
}

// A process that has no number of its own in its new user namespace becomes 0 there, if there is a 0.
void BecomeSomebodyInside();

// Makes the wanted namespaces for this process: `flags` without the PID namespace, which only a child can be born into (pid_namespaces(7)), and the time
// namespace.
absl::Status MakeNamespaces(unsigned long flags);

// Makes a time namespace with its offsets and moves this process into it.
absl::Status MakeTimeNamespace(const NamespaceSpec& spec);

// Why clone(2) or unshare(2) of `flags` may have said `error`, and what to try; "" where there is nothing to add.
std::string NamespaceHint(unsigned long flags, int error);

}  // namespace foster

#endif  // FOSTER_INIT_SETUP_NAMESPACES_H_
