// SPDX-License-Identifier: Apache-2.0
#include "tests/util/proc.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "os/file_descriptor.h"
#include "tests/util/sys.h"

namespace foster {

std::string ReadFile(const std::string& path, long* error) {
  std::string text;
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  long result = file.valid() ? 0 : -errno;
  char buffer[4096];
  while (result == 0) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) result = -errno;
    if (count <= 0) break;
    text.append(buffer, static_cast<size_t>(count));
  }
  if (error != nullptr) *error = result;
  return text;
}

long WriteFile(const std::string& path, const std::string& text) {
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.valid()) return -errno;
  const ssize_t count = ::write(file.get(), text.data(), text.size());
  if (count < 0) return -errno;
  return count == static_cast<ssize_t>(text.size()) ? 0 : -EIO;
}

std::string ReadLink(const std::string& path) {
  char buffer[PATH_MAX];
  const ssize_t count = ::readlink(path.c_str(), buffer, sizeof buffer);
  return count < 0 ? ErrnoName(errno) : std::string(buffer, static_cast<size_t>(count));
}

std::string FieldOf(const std::string& path, const std::string& name) {
  const std::string text = "\n" + ReadFile(path);
  const size_t at = text.find("\n" + name + ":");
  if (at == std::string::npos) return "";
  const size_t begin = text.find_first_not_of(" \t", at + name.size() + 2);
  const size_t end = text.find('\n', at + 1);
  return begin == std::string::npos || begin >= end ? "" : text.substr(begin, end - begin);
}

std::string StatusField(pid_t pid, const std::string& name) { return FieldOf("/proc/" + std::to_string(pid) + "/status", name); }

std::string StateOf(pid_t pid) {
  const std::string state = StatusField(pid, "State");
  return state.empty() ? "gone" : state.substr(0, 1);
}

uint64_t SignalField(pid_t pid, const std::string& name) { return strtoull(StatusField(pid, name).c_str(), nullptr, 16); }

bool Eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 60000; ++i) {
    if (condition()) return true;
    const struct timespec moment = {0, 1000000};
    ::nanosleep(&moment, nullptr);
  }
  return condition();
}

}  // namespace foster
