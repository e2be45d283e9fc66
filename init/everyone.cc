// SPDX-License-Identifier: Apache-2.0
#include "init/everyone.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "init/log.h"
#include "os/file_descriptor.h"
#include "os/folder.h"
#include "os/wait.h"

namespace foster {
namespace {

// How deep a family tree is followed. What lies below is found when it has been adopted.
constexpr int kDeepest = 24;
// How many ancestors are asked for.
constexpr int kMostAncestors = 128;

// Calls `act` on each child of `pid`, and theirs, youngest generation first, so that no parent's death moves its children out of sight.
template <typename Act>
bool ForEachDescendant(pid_t pid, int depth, const Act& act) {
  Line path;
  path.Add({"/proc/", Decimal(pid), "/task/", Decimal(pid), "/children", absl::string_view("\0", 1)});
  FileDescriptor children(open(path.text().data(), O_RDONLY | O_CLOEXEC));
  if (!children.valid()) return false;
  bool any = false;
  char chunk[256];
  pid_t number = 0;
  ssize_t got;
  while ((got = read(children.get(), chunk, sizeof chunk)) > 0 || (got < 0 && errno == EINTR)) {
    for (ssize_t i = 0; i < got; ++i) {
      if (chunk[i] >= '0' && chunk[i] <= '9') {
        number = number * 10 + (chunk[i] - '0');
        continue;
      }
      if (number == 0) continue;
      any = true;
      if (depth < kDeepest) ForEachDescendant(number, depth + 1, act);
      act(number);
      number = 0;
    }
  }
  return any;
}

// Whether /proc shows this process under the number that it has here.
bool ProcIsOurs() {
  char self[16];
  const ssize_t size = readlink("/proc/self", self, sizeof self);
  return size > 0 && absl::string_view(self, static_cast<size_t>(size)) == absl::string_view(Decimal(getpid()));
}

// The parent in "PID (NAME) STATE PARENT …" (proc(5)); 0 for who has gone.
pid_t ParentOf(pid_t pid) {
  Line path;
  path.Add({"/proc/", Decimal(pid), "/stat", absl::string_view("\0", 1)});
  FileDescriptor file(open(path.text().data(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return 0;
  char text[128];
  const ssize_t got = read(file.get(), text, sizeof text);
  if (got <= 0) return 0;
  const absl::string_view all(text, static_cast<size_t>(got));
  const size_t name_end = all.rfind(')');
  if (name_end == absl::string_view::npos) return 0;
  pid_t parent = 0;
  for (size_t at = name_end + 4; at < all.size() && all[at] >= '0' && all[at] <= '9'; ++at) parent = parent * 10 + (all[at] - '0');
  return parent;
}

}  // namespace

bool VisitEveryone(Scope scope, Visit visit, void* context) {
  if (scope == Scope::kDescendants) {
    if (!ProcIsOurs()) return false;
    ForEachDescendant(getpid(), 0, [visit, context](pid_t pid) { visit(context, pid); });
    return true;
  }
  if (!IsInit(scope) || !ProcIsOurs()) return false;
  FileDescriptor proc(open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!proc.valid()) return false;
  alignas(uint64_t) char entries[1024];
  ssize_t got;
  while ((got = ListFolder(proc.get(), entries, sizeof entries)) > 0) {
    for (ssize_t at = 0; at < got;) {
      const pid_t pid = NumberedEntry(entries, &at);
      if (pid > 1) visit(context, pid);
    }
  }
  return true;
}

bool SignalEveryone(Scope scope, int signo) {
  switch (scope) {
    case Scope::kNamespace:
    case Scope::kMachine:
      return kill(-1, signo) == 0 || errno != ESRCH;
    case Scope::kDescendants: {
      // Mostly there is nobody, and the kernel says so sooner than /proc.
      siginfo_t unused;
      if (AskAnyChild(WEXITED | WNOWAIT, &unused, nullptr) == WaitAnswer::kChildless) return false;
      // In another namespace's /proc the numbers are strangers' (one that was entered, or made without a new /proc).
      if (!ProcIsOurs()) return false;
      return ForEachDescendant(getpid(), 0, [signo](pid_t pid) { kill(pid, signo); });
    }
    case Scope::kNobody:
      break;
  }
  return false;
}

bool IsAmong(Scope scope, pid_t pid) {
  if (IsInit(scope)) return pid > 0;
  if (scope != Scope::kDescendants || pid <= 0) return false;
  const pid_t self = getpid();
  if (pid == self) return true;
  if (!ProcIsOurs()) return false;
  for (int generation = 0; generation < kMostAncestors && pid > 1; ++generation) {
    pid = ParentOf(pid);
    if (pid == self) return true;
  }
  return false;
}

bool AnyoneLeft(Scope scope, bool childless) {
  if (!childless) return scope != Scope::kNobody;
  return scope == Scope::kNamespace && (kill(-1, 0) == 0 || errno != ESRCH);
}

}  // namespace foster
