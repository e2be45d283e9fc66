// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/steps.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <vector>

#include "os/file_descriptor.h"
#include "tests/util/facts.h"
#include "tests/util/proc.h"
#include "tests/util/sandbox.h"
#include "tests/util/spawn.h"
#include "tests/util/sys.h"
#include "tests/util/wait_status.h"

namespace foster {

long CloneAndExit(unsigned long flags, int code, int exit_signal) {
  const long pid = CloneProcess(flags, exit_signal);
  if (pid == 0) ::_exit(code);
  return pid;
}

long Clone3(const CloneArgs& args) { return Sys(kClone3, &args, sizeof args); }

long Clone3AndExit(const CloneArgs& args, int code) {
  const long pid = Clone3(args);
  if (pid == 0) ::_exit(code);
  return pid;
}

void BecomeUser(uid_t id) {
  // A sandbox of an ordinary user has root alone in it.
  const long regrouped = Sys(SYS_setgroups, 0, nullptr);
  if (regrouped == -EPERM) Facts::Current().Skip("needs to become another user: setgroups(2) says EPERM here");
  NEED_SYS(regrouped);
  NEED_SYS(Sys(SYS_setresgid, id, id, id));
  NEED_SYS(Sys(SYS_setresuid, id, id, id));
}

long AsUser(uid_t id, long (*act)()) {
  int ends[2];
  NEED_SYS(Checked(::pipe2(ends, O_CLOEXEC)));
  const FileDescriptor reader(ends[0]);
  FileDescriptor writer(ends[1]);
  const pid_t child = Spawn([&] {
    BecomeUser(id);
    const long result = act();
    return ::write(writer.get(), &result, sizeof result) == sizeof result ? 0 : 1;
  });
  writer.Reset(-1);
  long result = kGone;
  if (::read(reader.get(), &result, sizeof result) != sizeof result) result = kGone;
  int status = 0;
  WaitFor(child, __WALL, &status);
  return result;
}

namespace {
std::string NamespacePath(pid_t pid, const char* name) {
  return "/proc/" + (pid == 0 ? std::string("thread-self") : std::to_string(pid)) + "/ns/" + name;
}
}  // namespace

std::string NamespaceLink(pid_t pid, const char* name) { return ReadLink(NamespacePath(pid, name)); }

long OpenNamespace(pid_t pid, const char* name) { return Checked(::open(NamespacePath(pid, name).c_str(), O_RDONLY | O_CLOEXEC)); }

long EnterNamespace(pid_t pid, const char* name, int type) {
  const FileDescriptor file(static_cast<int>(NEED_SYS(OpenNamespace(pid, name))));
  return Sys(SYS_setns, file.get(), type);
}

std::string Folder(const char* name) {
  const std::string path = SandboxFolder() + "/" + name;
  if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) NeedFailed("mkdir", __FILE__, __LINE__, errno, path);
  return path;
}

std::string MakeFile(const char* name, const std::string& text) {
  const std::string path = SandboxFolder() + "/" + name;
  const FileDescriptor file(static_cast<int>(NEED_SYS(Checked(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)))));
  NEED_SYS(Checked(::write(file.get(), text.data(), text.size())));
  return path;
}

long MountProc(const char* name, const char* options) { return Checked(::mount("proc", Folder(name).c_str(), "proc", 0, options)); }

std::string Blanks(std::string text) {
  std::replace(text.begin(), text.end(), '\t', ' ');
  return text;
}

std::string WithoutFirst(const std::string& numbers) {
  const size_t at = numbers.find_first_of(" \t");
  return at == std::string::npos ? "" : Blanks(numbers.substr(at + 1));
}

std::string PidsIn(const std::string& proc) {
  std::vector<long> pids;
  DIR* folder = ::opendir(proc.c_str());
  if (folder == nullptr) return ErrnoName(errno);
  while (const struct dirent* entry = ::readdir(folder)) {
    char* end = nullptr;
    const long pid = strtol(entry->d_name, &end, 10);
    if (*end == '\0') pids.push_back(pid);
  }
  ::closedir(folder);
  std::sort(pids.begin(), pids.end());
  std::string text;
  for (const long pid : pids) text += (text.empty() ? "" : " ") + std::to_string(pid);
  return text;
}

}  // namespace foster
