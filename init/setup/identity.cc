// SPDX-License-Identifier: Apache-2.0
#include "init/setup/identity.h"

#include <errno.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "init/setup/capability_name.h"
#include "init/setup/user_database.h"
#include "os/read_file.h"
#include "os/status_from_errno.h"

namespace foster {
namespace {

using absl::string_view;

constexpr char kPasswd[] = "/etc/passwd";
constexpr char kGroup[] = "/etc/group";

absl::Status NotIn(string_view option, string_view name, string_view file) {
  return Refused(absl::StrCat(option, ": \"", name, "\""), absl::StrCat("not in ", file, " (a number works without it)"));
}

absl::Status ResolveGroup(string_view option, string_view name, const std::string& group_file, gid_t* gid) {
  if (ParseId(name, gid) || FindGroup(group_file, name, gid)) return absl::OkStatus();
  return NotIn(option, name, kGroup);
}

absl::Status ResolveUser(string_view text, const std::string& passwd, const std::string& group_file, Identity* identity) {
  const size_t colon = text.find(':');
  const string_view user = text.substr(0, colon);
  const bool has_group = colon != string_view::npos;
  UserEntry entry;
  bool listed = false;
  if (!user.empty()) {
    listed = FindUser(passwd, user, &entry);
    if (!listed && ParseId(user, &entry.uid)) {
      const uid_t uid = entry.uid;
      listed = FindUser(passwd, uid, &entry);
      if (!listed) entry.uid = entry.gid = uid;
    } else if (!listed) {
      return NotIn("--user", user, kPasswd);
    }
    identity->set_uid = true;
    identity->uid = entry.uid;
    const string_view home = listed && !entry.home.empty() ? entry.home : "/";
    const string_view equals = listed ? "=" : "";
    for (string_view name : {string_view("USER"), string_view("LOGNAME")}) identity->variables.push_back(absl::StrCat(name, equals, entry.name));
    identity->variables.push_back(absl::StrCat("HOME=", home));
  }
  identity->set_gid = true;
  identity->set_groups = true;
  identity->gid = entry.gid;
  if (has_group) return ResolveGroup("--user", text.substr(colon + 1), group_file, &identity->gid);
  identity->groups.push_back(entry.gid);
  if (listed) AddGroupsOf(group_file, entry.name, &identity->groups);
  return absl::OkStatus();
}

absl::Status ResolveGroups(string_view list, const std::string& group_file, std::vector<gid_t>* groups) {
  groups->clear();
  while (!list.empty()) {
    const string_view name = list.substr(0, list.find(','));
    list.remove_prefix(std::min(name.size() + 1, list.size()));
    gid_t gid;
    absl::Status status = ResolveGroup("--groups", name, group_file, &gid);
    if (!status.ok()) return status;
    groups->push_back(gid);
  }
  return absl::OkStatus();
}

constexpr char kNoMapping[] = "this number has no place in this user namespace; see --uid-map and --gid-map";
const char* IdHint(int error, const char* needed) { return error == EINVAL ? kNoMapping : error == EPERM ? needed : ""; }

// In the child. A capability that is kept as ambient is not dropped with the rest.
SetupFailure DropFromBounding(CapabilitySet drop) {
  for (int number = 0; number < 64 && drop >> number != 0 && KernelKnowsCapability(number); ++number) {
    if ((drop & CapabilityBit(number)) == 0 || !InBoundingSet(number)) continue;
    const int error = DropFromBoundingSet(number);
    if (error != 0) return {error, "--drop-caps: prctl(PR_CAPBSET_DROP)", "", "needs CAP_SETPCAP; try --new=user"};
  }
  return {};
}

SetupFailure TrimCapabilities(const Identity& identity) {
  Capabilities now;
  GetCapabilities(&now);
  now.permitted &= ~identity.drop;
  now.inheritable = (now.inheritable & ~identity.drop) | identity.ambient;
  // Another user than root keeps what was asked for and nothing else; the kernel would have taken all of it.
  if (identity.set_uid && identity.uid != 0) now.permitted &= identity.ambient;
  now.effective = now.permitted;
  int error = SetCapabilities(now);
  if (error != 0) {
    return {error, "--ambient-caps: capset", "", "foster itself does not have these capabilities, or they are not in its bounding set"};
  }
  for (int number = 0; number < 64 && (identity.drop | identity.ambient) >> number != 0 && KernelKnowsCapability(number); ++number) {
    const CapabilitySet bit = CapabilityBit(number);
    if ((identity.drop & bit) != 0) LowerAmbient(number);
    if ((identity.ambient & bit) == 0) continue;
    error = RaiseAmbient(number);
    if (error != 0) return {error, "--ambient-caps: prctl(PR_CAP_AMBIENT_RAISE)", "", "foster itself does not have this capability"};
  }
  return {};
}

}  // namespace

absl::Status CheckIdentity(const IdentitySpec& spec) {
  const CapabilitySet both = spec.drop & spec.ambient;
  if (both == 0 || spec.drop == kAllCapabilities) return absl::OkStatus();
  int number = 0;
  while ((both & CapabilityBit(number)) == 0) ++number;
  return Refused(absl::StrCat("--ambient-caps: \"", CapabilityName(number), "\""), "is dropped by --drop-caps as well");
}

bool HasNames(const IdentitySpec& spec) {
  for (string_view rest : {string_view(spec.user == nullptr ? "" : spec.user), string_view(spec.groups == nullptr ? "" : spec.groups)}) {
    if (rest.find_first_not_of("0123456789:,") != string_view::npos) return true;
  }
  return false;
}

absl::Status LookUpIdentity(const IdentitySpec& spec, const std::string& passwd, const std::string& group, Identity* identity) {
  absl::Status status;
  if (spec.user != nullptr) status = ResolveUser(spec.user, passwd, group, identity);
  if (status.ok() && spec.groups != nullptr) {
    identity->set_groups = true;
    identity->groups_asked = true;
    status = ResolveGroups(spec.groups, group, &identity->groups);
  }
  return status;
}

absl::Status ResolveIdentity(const IdentitySpec& spec, Identity* identity) {
  identity->drop = spec.drop & ~spec.ambient;
  identity->ambient = spec.ambient;
  identity->no_new_privs = spec.no_new_privs;
  if (spec.user == nullptr && spec.groups == nullptr) return absl::OkStatus();
  // A root file system without them knows numbers only.
  std::string passwd, group;
  if (spec.user != nullptr) ReadFile(kPasswd, &passwd);
  ReadFile(kGroup, &group);
  absl::Status status = LookUpIdentity(spec, passwd, group, identity);
  // user_namespaces(7): where setgroups(2) is denied nobody can ask for it, and the groups that came with the user are nobody's wish.
  std::string may;
  const bool denied = ReadFile("/proc/self/setgroups", &may) == 0 && may == "deny\n";
  identity->groups_may_fail = spec.groups == nullptr && (denied || (identity->set_uid && identity->uid == geteuid()));
  return status;
}

SetupFailure BecomeIdentity(const Identity& identity) {
  // While there is CAP_SETPCAP: the bounding set. Before the user changes: groups, because afterwards there is no right to. Then the user, then
  // what remains of the capabilities.
  SetupFailure failure = DropFromBounding(identity.drop);
  if (failure.failed()) return failure;
  if (identity.ambient != 0) KeepCapabilities();
  if (identity.set_groups) {
    const int error = SetGroups(identity.groups.data(), identity.groups.size());
    if (error != 0 && !(error == EPERM && identity.groups_may_fail)) {
      return {error, identity.groups_asked ? "--groups: setgroups" : "--user: setgroups", "", IdHint(error, "needs CAP_SETGID, and a user namespace that does not deny setgroups")};
    }
  }
  if (identity.set_gid) {
    const int error = SetAllGids(identity.gid);
    if (error != 0) return {error, "--user: setresgid", "", IdHint(error, "needs CAP_SETGID")};
  }
  if (identity.set_uid) {
    const int error = SetAllUids(identity.uid);
    if (error != 0) {
      return {error, "--user: setresuid", "", error == EAGAIN ? "this user has too many processes" : IdHint(error, "needs CAP_SETUID")};
    }
  }
  if ((identity.drop | identity.ambient) != 0) {
    failure = TrimCapabilities(identity);
    if (failure.failed()) return failure;
  }
  if (identity.no_new_privs) {
    const int error = ForbidNewPrivileges();
    if (error != 0) return {error, "--no-new-privs: prctl", "", ""};
  }
  return {};
}

}  // namespace foster
