// SPDX-License-Identifier: Apache-2.0
#include "tests/faults/surroundings.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <utility>

namespace foster {

Pipe::Pipe() {
  if (pipe2(ends_, O_CLOEXEC) != 0) ends_[0] = ends_[1] = -1;
}

Pipe::~Pipe() {
  CloseWriter();
  if (ends_[0] >= 0) close(ends_[0]);
}

void Pipe::CloseWriter() {
  if (ends_[1] >= 0) close(ends_[1]);
  ends_[1] = -1;
}

std::string Pipe::Drain() {
  std::string text;
  char chunk[4096];
  fcntl(ends_[0], F_SETFL, O_NONBLOCK);
  ssize_t got;
  while ((got = read(ends_[0], chunk, sizeof chunk)) > 0) text.append(chunk, static_cast<size_t>(got));
  return text;
}

KeptNamespace::KeptNamespace(std::string file) : file_(std::move(file)) {
  if (file_.empty()) return;
  Pipe ready, go;
  const pid_t pid = fork();
  if (pid == 0) {
    char byte = unshare(CLONE_NEWUTS) == 0 ? 'y' : 'n';
    go.CloseWriter();
    if (write(ready.writer(), &byte, 1) == 1) [[maybe_unused]] const ssize_t end = read(go.reader(), &byte, 1);
    _exit(0);
  }
  if (pid < 0) return;
  char byte = 'n';
  ready.CloseWriter();
  if (read(ready.reader(), &byte, 1) == 1 && byte == 'y') {
    mount(("/proc/" + std::to_string(pid) + "/ns/uts").c_str(), file_.c_str(), nullptr, MS_BIND, nullptr);
  }
  go.CloseWriter();
  waitpid(pid, nullptr, 0);
}

KeptNamespace::~KeptNamespace() {
  if (!file_.empty()) umount2(file_.c_str(), MNT_DETACH);
}

// In rounds, since each death may hand us more.
int ClearAway() {
  int found = 0;
  for (;;) {
    int status;
    const pid_t done = waitpid(-1, &status, WNOHANG | __WALL);
    if (done > 0) continue;  // dead already, a zombie that init would have had: counted by nobody
    if (done < 0) return found;
    // Somebody lives: all children of this process are known by /proc.
    char text[4096];
    const int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    const ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    if (fd >= 0) close(fd);
    text[got > 0 ? got : 0] = '\0';
    for (char* at = text; *at != '\0';) {
      const pid_t pid = static_cast<pid_t>(strtol(at, &at, 10));
      if (pid <= 0) break;
      ++found;
      kill(pid, SIGKILL);
      waitpid(pid, &status, __WALL);
      while (*at == ' ') ++at;
    }
  }
}

std::set<std::string> Mounts() {
  std::ifstream file("/proc/self/mountinfo");
  std::set<std::string> numbers;
  for (std::string line; std::getline(file, line);) numbers.insert(line.substr(0, line.find(' ')));
  return numbers;
}

bool MountsWereAdded(const std::set<std::string>& before) {
  for (const std::string& mount : Mounts()) {
    if (before.count(mount) == 0) return true;
  }
  return false;
}

std::string NamesBelow(const std::string& folder) {
  std::string names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) names += entry.path().string().substr(folder.size()) + ' ';
  return names;
}

}  // namespace foster
