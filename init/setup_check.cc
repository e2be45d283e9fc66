// SPDX-License-Identifier: Apache-2.0
#include "init/setup_check.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "init/setup/capability_name.h"
#include "init/setup/user_database.h"
#include "os/read_file.h"
#include "os/status_from_errno.h"

namespace foster {
namespace {

using absl::string_view;

constexpr CapabilitySet kAdmin = CapabilityBit(CAP_SYS_ADMIN);
constexpr char kAddUser[] = "an ordinary user adds user to --new";

template <unsigned long kFlag>
bool Makes(const Options& options) {
  return options.namespaces.Makes(kFlag);
}

template <MountWish::Kind kKind>
bool Wishes(const Options& options) {
  for (const MountWish& wish : options.mounts.wishes) {
    if (wish.kind == kKind) return true;
  }
  return false;
}

bool Binds(const Options& options) {
  for (const MountWish& wish : options.mounts.wishes) {
    if (wish.kind == MountWish::kMount && (absl::StartsWith(wish.value, "bind:") || absl::StartsWith(wish.value, "rbind:"))) return true;
  }
  return false;
}

bool JoinsProcess(const Options& options) {
  for (const JoinWish& wish : options.namespaces.join) {
    if (string_view(wish.target).substr(0, string_view(wish.target).find(',')).find('/') == string_view::npos) return true;
  }
  return false;
}

// Whether --user may be somebody else; a name may be anybody's.
bool ChangesUser(const Options& options) {
  const char* user = options.identity.user;
  uint32_t uid;
  return user != nullptr && !(ParseId(user, &uid) && uid == geteuid());
}

bool RaisesLimit(const Options& options) {
  for (const ResourceLimit& wanted : options.limits.resources) {
    struct rlimit now;
    if (!wanted.keep_hard && prlimit(0, static_cast<decltype(RLIMIT_NOFILE)>(wanted.resource), nullptr, &now) == 0 && wanted.limit.rlim_max > now.rlim_max) return true;
  }
  return false;
}

// can_nice() of the kernel; with a limit of its own making the workload may have more right than foster.
bool RaisesPriority(const Options& options) {
  if (!options.limits.set_nice) return false;
  for (const ResourceLimit& wanted : options.limits.resources) {
    if (wanted.resource == RLIMIT_NICE) return false;
  }
  struct rlimit limit;
  if (prlimit(0, RLIMIT_NICE, nullptr, &limit) != 0) return false;
  return options.limits.nice < getpriority(PRIO_PROCESS, 0) && static_cast<rlim_t>(20 - options.limits.nice) > limit.rlim_cur;
}

// In the order of the table of options.
constexpr Requirement kRequirements[] = {
    {"--new=pid", Makes<CLONE_NEWPID>, kAdmin, 0, "/proc/self/ns/pid", kAddUser},
    {"--new=mount", Makes<CLONE_NEWNS>, kAdmin, 0, "/proc/self/ns/mnt", kAddUser},
    {"--new=uts", Makes<CLONE_NEWUTS>, kAdmin, 0, "/proc/self/ns/uts", kAddUser},
    {"--new=ipc", Makes<CLONE_NEWIPC>, kAdmin, 0, "/proc/self/ns/ipc", kAddUser},
    {"--new=net", Makes<CLONE_NEWNET>, kAdmin, 0, "/proc/self/ns/net", kAddUser},
    {"--new=user", Makes<CLONE_NEWUSER>, 0, 308, "/proc/self/ns/user", ""},
    {"--new=cgroup", Makes<CLONE_NEWCGROUP>, kAdmin, 406, "/proc/self/ns/cgroup", kAddUser},
    {"--new=time", Makes<kNewTime>, kAdmin, 506, "/proc/self/ns/time", kAddUser},
    {"--time-offset", [](const Options& options) { return options.namespaces.monotonic.wanted || options.namespaces.boottime.wanted; }, CapabilityBit(CAP_SYS_TIME), 0, "", kAddUser},
    {"--join", JoinsProcess, 0, 508, "", "a file of /proc/PID/ns works on older kernels"},
    {"--proc", Wishes<MountWish::kProc>, kAdmin, 0, "", kAddUser},
    {"--mount", Wishes<MountWish::kMount>, kAdmin, 0, "", kAddUser},
    {"--mount=bind", Binds, 0, 502, "", ""},
    {"--dev", Wishes<MountWish::kDev>, kAdmin, 0, "", kAddUser},
    {"--root", [](const Options& options) { return options.mounts.root != nullptr; }, kAdmin, 0, "", kAddUser},
    {"--read-only", Wishes<MountWish::kReadOnly>, kAdmin, 0, "", kAddUser},
    {"--mask", Wishes<MountWish::kMask>, kAdmin, 502, "", kAddUser},
    {"--hostname", [](const Options& options) { return !options.uts.hostname.empty(); }, kAdmin, 0, "", kAddUser},
    {"--domainname", [](const Options& options) { return !options.uts.domainname.empty(); }, kAdmin, 0, "", kAddUser},
    {"--loopback", [](const Options& options) { return options.loopback; }, CapabilityBit(CAP_NET_ADMIN), 0, "", kAddUser},
    {"--user", ChangesUser, CapabilityBit(CAP_SETUID) | CapabilityBit(CAP_SETGID), 0, "", "in a new user namespace: --new=user with --uid-map and --gid-map"},
    {"--groups", [](const Options& options) { return options.identity.groups != nullptr; }, CapabilityBit(CAP_SETGID), 0, "", ""},
    {"--rlimit", RaisesLimit, CapabilityBit(CAP_SYS_RESOURCE), 0, "", "a hard limit above this process's own"},
    {"--nice", RaisesPriority, CapabilityBit(CAP_SYS_NICE), 0, "", "a higher priority than now; or a nice limit (--rlimit=nice) that allows it"},
    {"--drop-caps", [](const Options& options) { return options.identity.drop != 0; }, CapabilityBit(CAP_SETPCAP), 0, "", kAddUser},
    {"--ambient-caps", [](const Options& options) { return options.identity.ambient != 0; }, 0, 403, "", ""},
};

std::string TellCapabilities(CapabilitySet set) {
  std::string told;
  for (int number = 0; number < 64; ++number) {
    if ((set & CapabilityBit(number)) != 0) absl::StrAppend(&told, told.empty() ? "" : ", ", "CAP_", absl::AsciiStrToUpper(CapabilityName(number)));
  }
  return told;
}

bool IsZero(const std::string& path) {
  std::string text;
  return ReadFile(path.c_str(), &text) == 0 && absl::StripAsciiWhitespace(text) == "0";
}

// The limits of /proc/sys that forbid a kind of namespace altogether.
std::string Forbidden(const NamespaceSpec& namespaces, const Facts& facts) {
  for (const NamespaceName& kind : NamespaceNames()) {
    const std::string path = absl::StrCat("/proc/sys/user/max_", kind.limit, "_namespaces");
    if (namespaces.Makes(kind.flag) && IsZero(path)) return absl::StrCat("--new=", kind.name, ": ", path, " is 0: there may be none");
  }
  const char* debian = "/proc/sys/kernel/unprivileged_userns_clone";
  if (namespaces.Makes(CLONE_NEWUSER) && (facts.effective & kAdmin) == 0 && IsZero(debian)) {
    return absl::StrCat("--new=user: ", debian, " is 0: this machine gives ordinary users no user namespaces");
  }
  return "";
}

string_view FirstMountOption(const MountSpec& spec) {
  if (spec.wishes.empty()) return "--root";
  constexpr const char* kNames[] = {"--proc", "--dev", "--mount", "--read-only", "--mask"};  // as MountWish::Kind
  return kNames[spec.wishes[0].kind];
}

ino_t NamespaceOf(string_view process, string_view kind) {
  struct stat info;
  return stat(absl::StrCat("/proc/", process, "/ns/", kind).c_str(), &info) == 0 ? info.st_ino : 0;
}

std::string ParentOf(string_view process) {
  constexpr string_view kName = "\nPPid:\t";
  std::string status;
  if (ReadFile(absl::StrCat("/proc/", process, "/status").c_str(), &status) != 0 || !absl::StrContains(status, kName)) return "";
  const string_view rest = string_view(status).substr(status.find(kName) + kName.size());
  return std::string(rest.substr(0, rest.find('\n')));
}

// A PID namespace may have been made without the others (unshare --fork --pid). The first of each kind are known by their numbers, below those that are given
// out (init_ns_ino of nsfs.h; for mnt and net since Linux 6.17). Otherwise an outer /proc shows whether our parent's parent is in them: our parent may be who made them.
unsigned long WhatIsAround() {
  constexpr ino_t kGivenOut = 0xF0000000;
  const bool first_pid = NamespaceOf("self", "pid") < kGivenOut;
  char self[2];
  const ssize_t size = readlink("/proc/self", self, sizeof self);
  const std::string elder = size > 1 || (size == 1 && self[0] != '1') ? ParentOf(ParentOf("self")) : "";
  unsigned long around = 0;
  for (const auto& [kind, flag] : {std::make_pair("mnt", CLONE_NEWNS), std::make_pair("uts", CLONE_NEWUTS), std::make_pair("net", CLONE_NEWNET)}) {
    const ino_t own = NamespaceOf("self", kind);
    if (own != 0 && ((own < kGivenOut && !first_pid) || (!elder.empty() && own == NamespaceOf(elder, kind)))) around |= static_cast<unsigned long>(flag);
  }
  return around;
}

// In a container, and in namespaces that are entered on purpose, these are its own affair. Among strangers they would change the whole machine.
absl::Status CheckStrangers(const Options& options, const Facts& facts) {
  const NamespaceSpec& namespaces = options.namespaces;
  // Nor has who makes a user namespace any right to them any more.
  const bool lost = namespaces.Makes(CLONE_NEWUSER);
  const auto strange = [&](unsigned long kind) { return !namespaces.Makes(kind) && (lost || !facts.is_init || (facts.around & kind) != 0); };
  if (options.loopback && strange(CLONE_NEWNET)) {
    return Refused("--loopback", lost ? "the network is not the new user namespace's own (add --new=net)" : "is an affair of the whole machine (add --new=net)");
  }
  if (options.uts.wanted() && strange(CLONE_NEWUTS)) {
    return Refused(options.uts.hostname.empty() ? "--domainname" : "--hostname",
                   lost ? "the names are not the new user namespace's own (add --new=uts)" : "would rename the whole machine (add --new=uts)");
  }
  if (options.mounts.wanted() && strange(CLONE_NEWNS)) {
    return Refused(FirstMountOption(options.mounts),
                   lost ? "the mounts are not the new user namespace's own (add --new=mount)" : "would change the mounts of the whole machine (add --new=mount)");
  }
  return absl::OkStatus();
}

// Who has just himself in his new user namespace can be nobody else in there.
absl::Status CheckMapped(const Options& options) {
  const NamespaceSpec& namespaces = options.namespaces;
  if (!namespaces.Makes(CLONE_NEWUSER) || namespaces.uid_map.wanted() || namespaces.gid_map.wanted()) return absl::OkStatus();
  if (options.identity.groups != nullptr) {
    return Refused("--groups", "with one group in the new user namespace the kernel denies setgroups (add --uid-map and --gid-map with more)");
  }
  uint32_t uid;
  const uint32_t only = namespaces.map_root ? 0 : geteuid();
  if (options.identity.user != nullptr && ParseId(string_view(options.identity.user).substr(0, string_view(options.identity.user).find(':')), &uid) && uid != only) {
    return Refused(absl::StrCat("--user: \"", uid, "\""), absl::StrCat("the new user namespace has just one user, ", only, " (add --uid-map and --gid-map with more)"));
  }
  return absl::OkStatus();
}

}  // namespace

Facts GatherFacts() {
  Facts facts;
  facts.is_init = getpid() == 1;
  if (facts.is_init) facts.around = WhatIsAround();
  facts.uid = geteuid();
  Capabilities now;
  if (GetCapabilities(&now) == 0) {
    facts.effective = now.effective;
    facts.permitted = now.permitted;
  }
  struct utsname names;
  if (uname(&names) == 0) facts.kernel = KernelVersion(names.release);
  return facts;
}

int KernelVersion(string_view release) {
  int parts[2] = {0, 0};
  for (int& part : parts) {
    size_t digits = 0;
    while (digits < release.size() && absl::ascii_isdigit(static_cast<unsigned char>(release[digits]))) ++digits;
    if (!absl::SimpleAtoi(release.substr(0, digits), &part)) return 0;
    release.remove_prefix(digits < release.size() ? digits + 1 : digits);
  }
  return parts[0] * 100 + parts[1];
}

absl::Span<const Requirement> Requirements() { return kRequirements; }

std::string Missing(const Requirement& requirement, const Options& options, const Facts& facts) {
  const std::string otherwise = *requirement.otherwise == '\0' ? "" : absl::StrCat(" (", requirement.otherwise, ")");
  if (requirement.kernel > facts.kernel && facts.kernel != 0) {
    return absl::StrCat("needs Linux ", requirement.kernel / 100, ".", requirement.kernel % 100, ", this is ", facts.kernel / 100, ".", facts.kernel % 100, otherwise);
  }
  if (*requirement.file != '\0' && access(requirement.file, F_OK) != 0 && errno == ENOENT && access("/proc/self/ns", F_OK) == 0) return "this kernel is built without it";
  // What the machine's own limits guard takes the machine's own privilege, in a user namespace or not.
  const bool owned = requirement.capabilities != CapabilityBit(CAP_SYS_RESOURCE) && requirement.capabilities != CapabilityBit(CAP_SYS_NICE);
  if (owned && (options.namespaces.Makes(CLONE_NEWUSER) || !options.namespaces.join.empty())) return "";
  const CapabilitySet lacking = requirement.capabilities & ~facts.effective;
  return lacking == 0 ? "" : absl::StrCat("needs ", TellCapabilities(lacking), otherwise);
}

absl::Status CheckRequest(const Options& options, const Facts& facts) {
  absl::Status status = CheckNamespaces(options.namespaces);
  if (status.ok()) status = CheckIdentity(options.identity);
  if (status.ok() && options.namespaces.join.empty()) status = CheckStrangers(options, facts);
  if (status.ok()) status = CheckMapped(options);
  if (!status.ok()) return status;
  if (options.mounts.propagation == Propagation::kShared && !options.mounts.wishes.empty() && options.mounts.root == nullptr) {
    return Refused(FirstMountOption(options.mounts), "would appear outside as well, with --propagation=shared");
  }
  for (const Requirement& requirement : kRequirements) {
    if (!requirement.wanted(options)) continue;
    const std::string missing = Missing(requirement, options, facts);
    if (!missing.empty()) return Refused(requirement.option, missing);
  }
  constexpr CapabilitySet kNamed = CapabilityBit(CAP_LAST_CAP + 1) - 1;  // `all` is more than there are
  const CapabilitySet strange = options.identity.ambient & ~facts.permitted & kNamed;
  if (strange != 0 && !options.namespaces.Makes(CLONE_NEWUSER) && options.namespaces.join.empty()) {
    return Refused(absl::StrCat("--ambient-caps: ", TellCapabilities(strange)), "foster itself does not have it, and can give nobody more than it has");
  }
  const std::string forbidden = options.namespaces.make != 0 ? Forbidden(options.namespaces, facts) : "";
  return forbidden.empty() ? absl::OkStatus() : absl::InvalidArgumentError(forbidden);
}

}  // namespace foster
