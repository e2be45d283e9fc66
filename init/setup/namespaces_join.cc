// SPDX-License-Identifier: Apache-2.0
// setns(2): into the namespaces of a process, by pidfd, and into those that a file keeps.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "init/setup/namespaces.h"
#include "os/file_descriptor.h"
#include "os/pidfd.h"
#include "os/status_from_errno.h"

namespace foster {
namespace {

using absl::string_view;

// What is open and waits for setns(2).
struct Door {
  FileDescriptor fd;
  unsigned long kinds = 0;  // 0: done
  std::string target;
  int error = 0;
};

const char* JoinHint(unsigned long kinds, int error) {
  switch (error) {
    case EPERM:
      return "needs CAP_SYS_ADMIN here and in the user namespace that owns it; an ordinary user joins his own user namespace as well";
    case EINVAL:
      return (kinds & CLONE_NEWPID) != 0 ? "a PID namespace must be this process's own or one below it; a user namespace must be another than its own"
                                         : "a user namespace must be another than this process's own";
    case ESRCH:
      return "this process has ended";
    case EUSERS:
      return "a process with several threads cannot";
    default:
      return "";
  }
}

bool SameNamespace(const std::string& theirs, const char* file) {
  struct stat one, other;
  return stat(theirs.c_str(), &one) == 0 && stat(absl::StrCat("/proc/self/ns/", file).c_str(), &other) == 0 && one.st_ino == other.st_ino && one.st_dev == other.st_dev;
}

// A process: those of `kinds` (or of all) that it has and we do not.
absl::Status OpenProcess(const JoinWish& wish, pid_t pid, std::vector<Door>* doors) {
  Door door;
  door.target = absl::StrCat(pid);
  door.fd = PidfdOpen(pid);
  if (!door.fd.valid()) return StatusFromErrno(errno, "--join: pidfd_open", door.target, errno == ESRCH ? "there is no such process" : errno == ENOSYS ? "needs Linux 5.3" : "");
  int seen = 0;
  for (const NamespaceName& kind : NamespaceNames()) {
    if (wish.kinds != 0 && (wish.kinds & kind.flag) == 0) continue;
    const std::string theirs = absl::StrCat("/proc/", pid, "/ns/", kind.file);
    struct stat there;
    if (stat(theirs.c_str(), &there) != 0) {
      const int error = errno;
      if (error == ENOENT && access("/proc/self/ns", F_OK) == 0) {
        // This kernel has no such kind, or the process is gone, which setns(2) will say.
        if (wish.kinds != 0) return StatusFromErrno(error, "--join: stat", theirs, "this kernel lacks this namespace, or the process has ended");
        continue;
      }
      return StatusFromErrno(error, "--join: stat", theirs, error == EACCES ? "only who may trace a process may enter its namespaces" : "there is no procfs on /proc that shows it");
    }
    ++seen;
    if (!SameNamespace(theirs, kind.file)) door.kinds |= kind.flag;
  }
  if (seen == 0) return StatusFromErrno(ESRCH, "--join: stat", absl::StrCat("/proc/", pid, "/ns"));
  if (door.kinds != 0) doors->push_back(std::move(door));
  return absl::OkStatus();
}

absl::Status OpenFile(const JoinWish& wish, string_view path, std::vector<Door>* doors) {
  Door door;
  door.target = std::string(path);
  door.fd = AboveStdio(FileDescriptor(open(door.target.c_str(), O_RDONLY | O_CLOEXEC)));
  if (!door.fd.valid()) return StatusFromErrno(errno, "--join: open", door.target, errno == EACCES ? "only who may trace a process may enter its namespaces" : "");
  door.kinds = NamespaceKind(door.fd.get());
  if (door.kinds == 0) return Refused(absl::StrCat("--join: \"", path, "\""), "is no namespace (a file of /proc/PID/ns, or one that such a file was bound to)");
  if (wish.kinds != 0 && (wish.kinds & door.kinds) != wish.kinds) {
    return Refused(absl::StrCat("--join: \"", path, "\""), absl::StrCat("is a namespace of another kind: ", TellNamespaces(door.kinds)));
  }
  for (const NamespaceName& kind : NamespaceNames()) {
    if (kind.flag == door.kinds && SameNamespace(door.target, kind.file)) return absl::OkStatus();
  }
  doors->push_back(std::move(door));
  return absl::OkStatus();
}

void Enter(Door* door, unsigned long* entered) {
  if (door->kinds == 0) return;
  if (setns(door->fd.get(), static_cast<int>(door->kinds)) == 0) {
    *entered |= door->kinds;
    door->kinds = 0;
  } else {
    door->error = errno;
  }
}

absl::Status OpenDoors(const NamespaceSpec& spec, std::vector<Door>* doors) {
  for (const JoinWish& wish : spec.join) {
    const string_view target = string_view(wish.target).substr(0, string_view(wish.target).find(','));
    int pid;
    const bool is_process = target.find('/') == string_view::npos && absl::SimpleAtoi(target, &pid);
    absl::Status status = is_process ? OpenProcess(wish, pid, doors) : OpenFile(wish, target, doors);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status LookAtJoined(const NamespaceSpec& spec) {
  std::vector<Door> doors;
  return OpenDoors(spec, &doors);
}

absl::Status JoinNamespaces(const NamespaceSpec& spec, unsigned long* entered) {
  std::vector<Door> doors;
  absl::Status status = OpenDoors(spec, &doors);
  if (!status.ok()) return status;
  // Whether a namespace may be entered before or after a user namespace that is entered with it depends on who owns it; so, as nsenter(1) does: what
  // can be entered now, then the user namespaces, then the rest.
  for (Door& door : doors) {
    if (door.kinds != CLONE_NEWUSER) Enter(&door, entered);
  }
  for (Door& door : doors) {
    if (door.kinds == CLONE_NEWUSER) Enter(&door, entered);
  }
  for (Door& door : doors) {
    Enter(&door, entered);
    if (door.kinds != 0) return StatusFromErrno(door.error, absl::StrCat("--join: setns (", TellNamespaces(door.kinds), ")"), door.target, JoinHint(door.kinds, door.error));
  }
  return absl::OkStatus();
}

}  // namespace foster
