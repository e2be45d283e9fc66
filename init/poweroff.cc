// SPDX-License-Identifier: Apache-2.0
#include "init/poweroff.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "os/file_descriptor.h"
#include "signals/signal_name.h"

namespace foster {
namespace {

// Finds the last-but-`skip` mount of /proc/self/mounts that is not the root, the newest mounts being last. False where there is none.
bool NewestMount(unsigned skip, char (&path)[PATH_MAX], unsigned* count) {
  *count = 0;
  for (int round = 0; round < 2; ++round) {
    const unsigned wanted = *count - skip;  // of the second round, counted from 1
    if (round == 1 && *count <= skip) return false;
    FileDescriptor mounts(open("/proc/self/mounts", O_RDONLY | O_CLOEXEC));
    if (!mounts.valid()) return false;
    char chunk[1024];
    char field[PATH_MAX];
    size_t size = 0;
    int column = 0;
    unsigned seen = 0;
    ssize_t got;
    while ((got = read(mounts.get(), chunk, sizeof chunk)) > 0) {
      for (ssize_t i = 0; i < got; ++i) {
        const char c = chunk[i];
        if (c != ' ' && c != '\n') {
          if (column == 1 && size + 1 < sizeof field) field[size++] = c;
          continue;
        }
        if (column == 1) {
          field[size] = '\0';
          if (strcmp(field, "/") != 0) {
            ++seen;
            if (round == 1 && seen == wanted) {
              memcpy(path, field, size + 1);
              return true;
            }
          }
        }
        column = c == '\n' ? 0 : column + 1;
        size = 0;
      }
    }
    if (round == 0) *count = seen;
  }
  return false;
}

// The kernel writes white space and backslashes in a path as \ooo.
void Unescape(char* path) {
  char* to = path;
  for (const char* from = path; *from != '\0';) {
    if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] != '\0' && from[3] != '\0') {
      *to++ = static_cast<char>((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
      from += 4;
    } else {
      *to++ = *from++;
    }
  }
  *to = '\0';
}

void UnmountAll() {
  char path[PATH_MAX];
  unsigned stuck = 0;
  unsigned count = 0;
  // Newest first. What is busy (nobody is left who could hold it, but a loop device or an export can) is let go of by name.
  for (int bound = 0; bound < 4096 && NewestMount(stuck, path, &count); ++bound) {
    Unescape(path);
    if (umount2(path, UMOUNT_NOFOLLOW) != 0 && umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) != 0) ++stuck;
  }
  mount(nullptr, "/", nullptr, MS_REMOUNT | MS_RDONLY, nullptr);
}

int CommandFor(PowerAct act) {
  switch (act) {
    case PowerAct::kHalt:
      return RB_HALT_SYSTEM;
    case PowerAct::kReboot:
      return RB_AUTOBOOT;
    case PowerAct::kKexec:
      return RB_KEXEC;
    case PowerAct::kPowerOff:
    case PowerAct::kNone:
      break;
  }
  return RB_POWER_OFF;
}

}  // namespace

PowerRequest PowerRequestOf(int signo, bool from_kernel) {
  if (signo == SIGPWR) return {PowerAct::kPowerOff, false};
  if (signo == SIGINT && from_kernel) return {PowerAct::kReboot, false};
  const int number = signo - kRealTimeMin;
  const bool at_once = number >= 13;
  switch (at_once ? number - 10 : number) {
    case 3:
      return {PowerAct::kHalt, at_once};
    case 4:
      return {PowerAct::kPowerOff, at_once};
    case 5:
      return {PowerAct::kReboot, at_once};
    case 6:
      return {PowerAct::kKexec, at_once};
    default:
      return {};
  }
}

absl::string_view PowerActName(PowerAct act) {
  switch (act) {
    case PowerAct::kHalt:
      return "halt";
    case PowerAct::kPowerOff:
      return "power off";
    case PowerAct::kReboot:
      return "reboot";
    case PowerAct::kKexec:
      return "kexec";
    case PowerAct::kNone:
      break;
  }
  return "";
}

bool IsMachinesInit() {
  // A PID namespace's reboot(2) knows nothing of Ctrl-Alt-Del (EINVAL; kernel/pid_namespace.c reboot_pid_ns()).
  return getpid() == 1 && reboot(RB_DISABLE_CAD) == 0;
}

void DoPowerAct(PowerAct act, bool machine, const Log& log) {
  log.Say(Verbosity::kVerbose, {"all done: ", PowerActName(act)});
  sync();
  if (machine) {
    UnmountAll();
    sync();
  }
  reboot(CommandFor(act));
  // A namespace knows no kexec; and without a loaded kernel nor does the machine.
  if (act == PowerAct::kKexec) reboot(RB_AUTOBOOT);
  log.Say(Verbosity::kNormal, {"reboot(2), to ", PowerActName(act), ": ", strerror(errno),
                               errno == EPERM ? " (needs CAP_SYS_BOOT in the user namespace of this PID namespace)" : ""});
}

}  // namespace foster
