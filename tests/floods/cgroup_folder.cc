// SPDX-License-Identifier: Apache-2.0
#include "tests/floods/cgroup_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sstream>

#include "tests/util/proc.h"

namespace foster {
namespace {

bool HasWord(const std::string& list, const std::string& word) { return (" " + list + " ").find(" " + word + " ") != std::string::npos; }

// The folder of the hierarchy that has `controller`, or "".
std::string FindHierarchy(const std::string& controller, bool* version_2) {
  std::istringstream mounts(ReadFile("/proc/self/mounts"));
  std::string second;
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string source, point, type, options;
    words >> source >> point >> type >> options;
    if (type == "cgroup" && ("," + options + ",").find("," + controller + ",") != std::string::npos && controller != "freezer") {
      *version_2 = false;
      return point;
    }
    if (type == "cgroup2") second = point;
  }
  *version_2 = true;
  if (second.empty() || controller == "freezer") return second;
  std::string controllers = ReadFile(second + "/cgroup.controllers");
  for (char& c : controllers) c = c == '\n' ? ' ' : c;
  if (!HasWord(controllers, controller)) return "";
  WriteFile(second + "/cgroup.subtree_control", "+" + controller);
  return second;
}

}  // namespace

CgroupFolder::CgroupFolder(const std::string& controller) {
  const std::string hierarchy = FindHierarchy(controller, &version_2_);
  if (hierarchy.empty()) {
    why_not_ = "no cgroup hierarchy here has the controller " + controller;
    return;
  }
  path_ = hierarchy + "/foster-floods-" + std::to_string(getpid()) + "-" + controller;
  if (mkdir(path_.c_str(), 0755) != 0) {
    why_not_ = "mkdir " + path_ + ": " + strerror(errno);
    path_.clear();
    return;
  }
  procs_ = path_ + "/cgroup.procs";
}

CgroupFolder::~CgroupFolder() {
  if (path_.empty()) return;
  if (version_2_) Set("cgroup.freeze", "0");
  // A group is free for removal a moment after its last process is gone.
  Eventually([&] {
    std::istringstream members(Get("cgroup.procs"));
    for (pid_t member; members >> member;) {
      if (member > 1) kill(member, SIGKILL);
    }
    return rmdir(path_.c_str()) == 0;
  });
}

bool CgroupFolder::Set(const std::string& file, const std::string& value) const { return WriteFile(path_ + "/" + file, value) == 0; }

std::string CgroupFolder::Get(const std::string& file) const { return ReadFile(path_ + "/" + file); }

bool CgroupFolder::Add(pid_t pid) const {
  char text[16];
  const int size = snprintf(text, sizeof text, "%d", pid);
  const int file = open(procs_.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool done = write(file, text, static_cast<size_t>(size)) == size;
  close(file);
  return done;
}

}  // namespace foster
