// SPDX-License-Identifier: Apache-2.0
#include "init/setup/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "init/duration.h"
#include "os/credentials.h"
#include "os/file_descriptor.h"
#include "os/read_file.h"
#include "os/status_from_errno.h"

namespace foster {
namespace {

using absl::string_view;

constexpr NamespaceName kNames[] = {{"pid", "pid", "pid", CLONE_NEWPID},       {"mount", "mnt", "mnt", CLONE_NEWNS},
                                    {"uts", "uts", "uts", CLONE_NEWUTS},       {"ipc", "ipc", "ipc", CLONE_NEWIPC},
                                    {"net", "net", "net", CLONE_NEWNET},       {"user", "user", "user", CLONE_NEWUSER},
                                    {"cgroup", "cgroup", "cgroup", CLONE_NEWCGROUP}, {"time", "time", "time", kNewTime}};

absl::Status AddOne(string_view name, unsigned long* flags) {
  for (const NamespaceName& kind : kNames) {
    if (name != kind.name && name != kind.file) continue;
    *flags |= kind.flag;
    return absl::OkStatus();
  }
  return Refused(absl::StrCat("\"", name, "\""), "no such kind of namespace (pid, mount, uts, ipc, net, user, cgroup, time)");
}

absl::Status AddList(string_view list, unsigned long* flags) {
  for (;;) {
    const size_t comma = list.find(',');
    absl::Status status = AddOne(list.substr(0, comma), flags);
    if (!status.ok() || comma == string_view::npos) return status;
    list.remove_prefix(comma + 1);
  }
}

std::string OffsetLine(string_view clock, int64_t nanoseconds) {
  // The kernel wants the second number positive.
  int64_t seconds = nanoseconds / kSecond;
  int64_t rest = nanoseconds % kSecond;
  if (rest < 0) {
    rest += kSecond;
    --seconds;
  }
  return absl::StrCat(clock, " ", seconds, " ", rest, "\n");
}

int ReadNumber(const char* path) {
  std::string text;
  int number;
  return ReadFile(path, &text) == 0 && absl::SimpleAtoi(text, &number) ? number : -1;
}

}  // namespace

absl::Span<const NamespaceName> NamespaceNames() { return kNames; }

std::string TellNamespaces(unsigned long flags) {
  std::string told;
  for (const NamespaceName& kind : kNames) {
    if ((flags & kind.flag) != 0) absl::StrAppend(&told, told.empty() ? "" : ", ", kind.name);
  }
  return told;
}

absl::Status AddNamespaces(string_view list, NamespaceSpec* spec) { return AddList(list, &spec->make); }

absl::Status AddJoin(const char* text, NamespaceSpec* spec) {
  JoinWish wish{text};
  const string_view all(text);
  const size_t comma = all.find(',');
  const string_view target = all.substr(0, comma);
  uint32_t pid;
  if (!absl::StrContains(target, "/") && !(absl::SimpleAtoi(target, &pid) && pid > 0)) {
    return Refused(absl::StrCat("\"", target, "\""), "neither a process number nor a path (./NAME for a file in this folder)");
  }
  if (comma != string_view::npos) {
    absl::Status status = AddList(all.substr(comma + 1), &wish.kinds);
    if (!status.ok()) return status;
  }
  spec->join.push_back(wish);
  return absl::OkStatus();
}

absl::Status AddTimeOffset(string_view text, NamespaceSpec* spec) {
  const size_t colon = text.find(':');
  const string_view clock = text.substr(0, colon);
  string_view value = colon == string_view::npos ? "" : text.substr(colon + 1);
  TimeOffset* offset = clock == "monotonic" ? &spec->monotonic : clock == "boottime" ? &spec->boottime : nullptr;
  const bool negative = absl::StartsWith(value, "-");
  if (negative || absl::StartsWith(value, "+")) value.remove_prefix(1);
  Nanoseconds duration;
  if (offset == nullptr || !ParseDuration(value, &duration) || duration == kForever) {
    return Refused(absl::StrCat("\"", text, "\""), "not monotonic:DURATION or boottime:DURATION (1h, 30d, -5m)");
  }
  offset->wanted = true;
  offset->nanoseconds = negative ? -duration : duration;
  return absl::OkStatus();
}

absl::Status CheckNamespaces(const NamespaceSpec& spec) {
  if ((spec.map_root || spec.uid_map.wanted() || spec.gid_map.wanted()) && !spec.Makes(CLONE_NEWUSER)) {
    return Refused(spec.map_root ? "--map-root" : spec.uid_map.wanted() ? "--uid-map" : "--gid-map", "there is no new user namespace to map into (add --new=user)");
  }
  if (spec.map_root && (!spec.uid_map.ranges.empty() || !spec.gid_map.ranges.empty())) {
    return Refused("--map-root", "says already who is 0 inside; write all ranges with --uid-map and --gid-map, or use auto");
  }
  for (const IdMapSpec* map : {&spec.uid_map, &spec.gid_map}) {
    if (map->automatic && !map->ranges.empty()) return Refused(map == &spec.uid_map ? "--uid-map" : "--gid-map", "auto is the whole map");
  }
  if ((spec.monotonic.wanted || spec.boottime.wanted) && !spec.Makes(kNewTime)) {
    return Refused("--time-offset", "there is no new time namespace to set the clocks of (add --new=time)");
  }
  return absl::OkStatus();
}

absl::Status MakeNamespaces(unsigned long flags) {
  flags &= ~(CLONE_NEWPID | kNewTime);
  if (flags == 0 || unshare(static_cast<int>(flags)) == 0) return absl::OkStatus();
  const int error = errno;
  return StatusFromErrno(error, "--new: unshare", TellNamespaces(flags), NamespaceHint(flags, error));
}

absl::Status MakeTimeNamespace(const NamespaceSpec& spec) {
  if (unshare(static_cast<int>(kNewTime)) != 0) {
    const int error = errno;
    return StatusFromErrno(error, "--new: unshare", "time", NamespaceHint(kNewTime, error));
  }
  std::string offsets;
  if (spec.monotonic.wanted) offsets += OffsetLine("monotonic", spec.monotonic.nanoseconds);
  if (spec.boottime.wanted) offsets += OffsetLine("boottime", spec.boottime.nanoseconds);
  if (!offsets.empty()) {
    const int error = WriteFile("/proc/self/timens_offsets", offsets);
    if (error != 0) {
      return StatusFromErrno(error, "--time-offset: write", "/proc/self/timens_offsets",
                             error == ERANGE ? "a clock would read less than nothing, or more than the kernel can count"
                             : error == ENOENT ? "there is no procfs on /proc"
                                               : "needs CAP_SYS_TIME; try --new=user,time");
    }
  }
  // unshare(2) moves only children there, and exec only since Linux 6.3; setns(2) moves this process, and its offsets are fixed from then on.
  const FileDescriptor made(open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC));
  if (!made.valid() || setns(made.get(), static_cast<int>(kNewTime)) != 0) {
    return StatusFromErrno(errno, "--new: setns", "/proc/self/ns/time_for_children", errno == ENOENT ? "there is no procfs on /proc" : "");
  }
  return absl::OkStatus();
}

std::string NamespaceHint(unsigned long flags, int error) {
  if (error == ENOSPC || error == EUSERS) {
    std::string limits;
    for (const NamespaceName& kind : kNames) {
      const std::string path = absl::StrCat("/proc/sys/user/max_", kind.limit, "_namespaces");
      if ((flags & kind.flag) != 0) absl::StrAppend(&limits, limits.empty() ? "" : ", ", path, " is ", ReadNumber(path.c_str()));
    }
    const bool nests = (flags & (CLONE_NEWPID | CLONE_NEWUSER)) != 0;
    return absl::StrCat(limits, nests ? ", and the kernel nests PID and user namespaces 32 deep: one of these limits is reached" : ": this limit is reached");
  }
  if (error == EINVAL) return "this kernel lacks one of these namespaces";
  if (error == EAGAIN) return "a limit on processes is reached";
  if (error != EPERM) return "";
  if ((flags & CLONE_NEWUSER) == 0) return "needs CAP_SYS_ADMIN; an ordinary user adds user to --new";
  if (ReadNumber("/proc/sys/kernel/unprivileged_userns_clone") == 0) {
    return "/proc/sys/kernel/unprivileged_userns_clone is 0: this machine gives ordinary users no user namespaces";
  }
  if (ReadNumber("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1) {
    return "/proc/sys/kernel/apparmor_restrict_unprivileged_userns is 1: AppArmor gives user namespaces to programs with a profile for it only";
  }
  return "in a chroot, or as a user that has no number in this user namespace, the kernel makes none; a seccomp filter may forbid it as well";
}

}  // namespace foster
