// SPDX-License-Identifier: Apache-2.0
// The maps of a new user namespace: who may write them, and writing them.
#include <errno.h>
#include <linux/capability.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "init/setup/namespaces.h"
#include "init/setup/user_database.h"
#include "init/workload.h"
#include "os/credentials.h"
#include "os/read_file.h"
#include "os/status_from_errno.h"

namespace foster {
namespace {

using absl::string_view;

constexpr uint32_t kOverflow = 65534;  // what a number that has no place inside looks like, unless somebody changed /proc/sys/kernel/overflowuid

std::string OwnName(uid_t uid) {
  std::string passwd;
  UserEntry entry;
  return ReadFile("/etc/passwd", &passwd) == 0 && FindUser(passwd, uid, &entry) ? std::string(entry.name) : "";
}

// One of the two maps as numbers.
absl::Status PlanMap(const NamespaceSpec& spec, const IdMapSpec& wanted, uint32_t own, const UserMaps& maps, const char* option, const char* file, IdMap* map) {
  if (!wanted.ranges.empty()) {
    *map = wanted.ranges;
    return absl::OkStatus();
  }
  const bool zero = spec.map_root || spec.uid_map.automatic || spec.gid_map.automatic;
  *map = {{zero ? 0 : own, own, 1}};
  if (!wanted.automatic) return absl::OkStatus();
  std::string ranges;
  IdRange range;
  ReadFile(file, &ranges);
  const std::string name = OwnName(maps.uid);
  if (!FindSubordinate(ranges, name, maps.uid, &range)) {
    return Refused(absl::StrCat(option, ": \"auto\""), absl::StrCat(file, " has no range for user ", name.empty() ? absl::StrCat(maps.uid) : name,
                                                                    " (as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER)"));
  }
  range.inside = 1;
  map->push_back(range);
  return absl::OkStatus();
}

absl::Status CheckHelper(const char* option, const char* helper, const char* file, const IdMap& map, uint32_t own, uid_t uid) {
  if (IsOwnOnly(map, own)) return absl::OkStatus();
  std::string ranges;
  ReadFile(file, &ranges);
  if (!SubordinatesAllow(map, own, ranges, OwnName(uid), uid)) {
    return Refused(option, absl::StrCat("an ordinary user may map himself and the ranges that ", file, " gives him, and no others"));
  }
  for (const char* folder : {"/usr/bin/", "/bin/", "/usr/local/bin/"}) {
    if (access(absl::StrCat(folder, helper).c_str(), X_OK) == 0) return absl::OkStatus();
  }
  return Refused(option, absl::StrCat("needs the program ", helper, " (Debian: apt-get install uidmap)"));
}

absl::Status Help(const char* helper, const char* option, pid_t pid, const IdMap& map, char* const* environment) {
  std::vector<std::string> words = {helper, absl::StrCat(pid)};
  for (const IdRange& range : map) {
    for (uint32_t number : {range.inside, range.outside, range.count}) words.push_back(absl::StrCat(number));
  }
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(&word[0]);
  argv.push_back(nullptr);
  WorkloadSpec spec;
  spec.argv = argv.data();
  spec.environment = environment;
  spec.reset_signals = true;
  SpawnResult spawned = Spawn(spec);
  if (spawned.clone_error != 0 || spawned.exec_error != 0) return StatusFromErrno(spawned.clone_error | spawned.exec_error, absl::StrCat(option, ": exec"), helper);
  int status;
  while (waitpid(spawned.workload.pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (status == 0) return absl::OkStatus();
  return Refused(absl::StrCat(option, ": ", helper), "refused this map (its own words are above)");
}

// Ubuntu's AppArmor gives such a namespace, and no right in it.
bool Restricted() {
  std::string text;
  return ReadFile("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", &text) == 0 && text == "1\n";
}

absl::Status WriteMap(const char* option, const std::string& path, const IdMap& map) {
  const int error = WriteFile(path.c_str(), IdMapText(map));
  if (error == 0) return absl::OkStatus();
  return StatusFromErrno(error, absl::StrCat(option, ": write"), path,
                         error == EPERM && Restricted() ? "/proc/sys/kernel/apparmor_restrict_unprivileged_userns is 1: AppArmor wants a profile that allows it"
                         : error == EPERM ? "a number outside that is not the caller's needs CAP_SETUID and CAP_SETGID, or a range in /etc/subuid and /etc/subgid"
                         : error == EINVAL ? "a number outside that has no place in this user namespace either"
                         : error == ENOENT ? "there is no procfs on /proc"
                                           : "");
}

}  // namespace

absl::Status PlanUserMaps(const NamespaceSpec& spec, UserMaps* maps) {
  maps->uid = geteuid();
  maps->gid = getegid();
  absl::Status status = PlanMap(spec, spec.uid_map, maps->uid, *maps, "--uid-map", "/etc/subuid", &maps->uids);
  if (status.ok()) status = PlanMap(spec, spec.gid_map, maps->gid, *maps, "--gid-map", "/etc/subgid", &maps->gids);
  if (!status.ok()) return status;
  maps->from_outside = !IsOwnOnly(maps->uids, maps->uid) || !IsOwnOnly(maps->gids, maps->gid);
  if (!maps->from_outside) return status;
  constexpr CapabilitySet kNeeded = CapabilityBit(CAP_SETUID) | CapabilityBit(CAP_SETGID);
  Capabilities now;
  maps->by_helpers = GetCapabilities(&now) != 0 || (now.effective & kNeeded) != kNeeded;
  if (!maps->by_helpers) return status;
  status = CheckHelper("--uid-map", "newuidmap", "/etc/subuid", maps->uids, maps->uid, maps->uid);
  return status.ok() ? CheckHelper("--gid-map", "newgidmap", "/etc/subgid", maps->gids, maps->gid, maps->uid) : status;
}

absl::Status WriteOwnUserMaps(const UserMaps& maps) {
  absl::Status status = WriteMap("--uid-map", "/proc/self/uid_map", maps.uids);
  if (!status.ok()) return status;
  // Since Linux 3.19; before that there is no such file and no such demand.
  WriteFile("/proc/self/setgroups", "deny");
  return WriteMap("--gid-map", "/proc/self/gid_map", maps.gids);
}

absl::Status WriteUserMapsOf(pid_t pid, const UserMaps& maps, char* const* environment) {
  if (maps.by_helpers) {
    absl::Status status = Help("newuidmap", "--uid-map", pid, maps.uids, environment);
    return status.ok() ? Help("newgidmap", "--gid-map", pid, maps.gids, environment) : status;
  }
  absl::Status status = WriteMap("--uid-map", absl::StrCat("/proc/", pid, "/uid_map"), maps.uids);
  return status.ok() ? WriteMap("--gid-map", absl::StrCat("/proc/", pid, "/gid_map"), maps.gids) : status;
}

void BecomeSomebodyInside() {
  // EINVAL where there is no 0 inside, EPERM where setgroups is denied: then it stays as it is.
  if (getegid() == kOverflow) SetAllGids(0);
  if (geteuid() != kOverflow) return;
  SetGroups(nullptr, 0);
  SetAllUids(0);
}

}  // namespace foster
