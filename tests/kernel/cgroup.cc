// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/cgroup.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

#include "tests/util/proc.h"
#include "tests/util/sandbox.h"
#include "tests/util/sys.h"

namespace foster {
namespace {

// Mounts a hierarchy in the sandbox. Its folder, or empty with the errno in *error.
std::string MountHierarchy(const char* type, const char* options, long* error) {
  const std::string at = SandboxFolder() + "/" + type;
  ::mkdir(at.c_str(), 0755);
  *error = Checked(::mount("cgroup", at.c_str(), type, 0, options));
  return *error == 0 ? at : "";
}

std::string NewFolder(Facts seen, const std::string& hierarchy) {
  // Process numbers in a sandbox repeat; other sandboxes see the same hierarchy.
  struct timespec now = {};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::string path = hierarchy + "/foster-kernel-suite-" + std::to_string(now.tv_sec) + "-" + std::to_string(now.tv_nsec);
  seen.RemoveFolderAtEnd(path);
  const long made = Checked(::mkdir(path.c_str(), 0755));
  if (made == -EROFS || made == -EACCES || made == -EPERM) seen.Skip("a cgroup cannot be made: " + Said(made));
  NEED_SYS(made);
  return path;
}

bool Lists(const std::string& file, const std::string& word) {
  std::string words = " " + ReadFile(file);
  for (char& c : words) c = c == '\n' ? ' ' : c;
  return words.find(" " + word + " ") != std::string::npos;
}

}  // namespace

Cgroup Cgroup::Version2(Facts seen) {
  long error = 0;
  const std::string hierarchy = MountHierarchy("cgroup2", nullptr, &error);
  if (hierarchy.empty()) seen.Skip("no cgroup version 2 hierarchy: mount: " + Said(error));
  Cgroup cgroup;
  cgroup.path_ = NewFolder(seen, hierarchy);
  return cgroup;
}

Cgroup Cgroup::WithController(Facts seen, const std::string& controller) {
  Cgroup cgroup;
  long error = 0;
  const std::string second = MountHierarchy("cgroup2", nullptr, &error);
  if (!second.empty() && Lists(second + "/cgroup.controllers", controller)) {
    const std::string delegated = second + "/cgroup.subtree_control";
    if (!Lists(delegated, controller)) {
      seen.WriteAtEnd(delegated, "-" + controller);
      const long enabled = WriteFile(delegated, "+" + controller);
      if (enabled != 0) seen.Skip("the " + controller + " controller cannot be enabled: " + Said(enabled));
    }
    cgroup.path_ = NewFolder(seen, second);
    return cgroup;
  }
  const std::string first = MountHierarchy("cgroup", controller.c_str(), &error);
  if (first.empty()) seen.Skip("no hierarchy has the " + controller + " controller: mount: " + Said(error));
  cgroup.version_ = 1;
  cgroup.path_ = NewFolder(seen, first);
  return cgroup;
}

long Cgroup::Write(const std::string& file, const std::string& text) const { return WriteFile(path_ + "/" + file, text); }

void Cgroup::Add(pid_t pid) const { NEED_SYS(Write("cgroup.procs", std::to_string(pid))); }

}  // namespace foster
