// SPDX-License-Identifier: Apache-2.0
#include "init/workload.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/clone.h"
#include "reaper/exit_status.h"

namespace foster {
namespace {

// Shared with the child, which runs in this memory until it has exec'ed.
struct Errand {
  const WorkloadSpec* spec;
  SetupFailure setup_failure;
  int error = 0;
  const char* what = nullptr;
};

const char* FindInEnvironment(char* const* environment, const char* name_and_equals, size_t size) {
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    if (strncmp(*environment, name_and_equals, size) == 0) return *environment + size;
  }
  return nullptr;
}

// A file with the right to be executed that the kernel takes for no program is a shell script without its first line:
// every shell, and execvp(3), runs it so.
int ExecAsScript(const char* path, char* const* argv, char* const* environment) {
  size_t count = 0;
  while (argv[count] != nullptr) ++count;
  const char* shell_argv[count + 2];  // on this stack: nothing may be allocated here
  shell_argv[0] = "/bin/sh";
  shell_argv[1] = path;
  for (size_t i = 1; i <= count; ++i) shell_argv[i + 1] = argv[i];
  execve(shell_argv[0], const_cast<char* const*>(shell_argv), environment);
  return ENOEXEC;
}

// Whether a file that the kernel takes for no program is one all the same, for another machine or cut short: a shell would only stumble over it. As
// shells do, by its first line.
bool IsNoText(const char* path) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char start[128];
  const ssize_t size = read(fd, start, sizeof start);
  close(fd);
  if (size <= 0) return false;
  const void* end = memchr(start, '\n', static_cast<size_t>(size));
  const size_t first_line = end == nullptr ? static_cast<size_t>(size) : static_cast<size_t>(static_cast<const char*>(end) - start);
  return memchr(start, '\0', first_line) != nullptr || (first_line >= 4 && memcmp(start, "\177ELF", 4) == 0);
}

int ExecFile(const char* path, char* const* argv, char* const* environment) {
  execve(path, argv, environment);
  if (errno == ENOEXEC && !IsNoText(path)) return ExecAsScript(path, argv, environment);
  // It is there, and what it names in its first line, or as its loader, is not.
  if (errno == ENOENT && access(path, F_OK) == 0) return kNoInterpreter;
  return errno;
}

// execvp(3)'s search, in the workload's PATH, on the stack. Returns the errno that says most.
int ExecSearching(char* const* argv, char* const* environment) {
  const char* name = argv[0];
  if (name[0] == '\0') return ENOENT;
  if (strchr(name, '/') != nullptr) return ExecFile(name, argv, environment);
  const char* path = FindInEnvironment(environment, "PATH=", 5);
  if (path == nullptr) path = "/usr/local/bin:/bin:/usr/bin";
  const size_t name_size = strlen(name) + 1;
  if (name_size > NAME_MAX + 1) return ENAMETOOLONG;
  bool denied = false;
  for (;;) {
    const char* end = strchrnul(path, ':');
    const size_t folder_size = static_cast<size_t>(end - path);
    if (folder_size + 1 + name_size <= PATH_MAX) {
      // As long as it must be and no longer: this is PID 1's stack as well, and it stays in memory.
      char candidate[folder_size + 1 + name_size];
      memcpy(candidate, path, folder_size);
      // An empty entry is the working directory.
      const size_t slash = folder_size == 0 ? 0 : 1;
      candidate[folder_size] = '/';
      memcpy(candidate + folder_size + slash, name, name_size);
      const int error = ExecFile(candidate, argv, environment);
      if (error == EACCES) {
        denied = true;
      } else if (error != ENOENT && error != ENOTDIR && error != ESTALE && error != ENODEV && error != ETIMEDOUT) {
        return error;
      }
    }
    if (*end == '\0') return denied ? EACCES : ENOENT;
    path = end + 1;
  }
}

// In the child, whose descriptors are its own: `fd` is kept over exec, as `number`.
bool GiveAs(int fd, int number) { return fd == number ? fcntl(fd, F_SETFD, 0) == 0 : dup2(fd, number) >= 0; }

// In the child. Ends in exec, or in _exit with the reason in the errand.
void BecomeWorkload(void* argument) {
  Errand& errand = *static_cast<Errand*>(argument);
  const WorkloadSpec& spec = *errand.spec;
  // The parent need not do the same: it runs again when this has exec'ed.
  if (spec.new_session) {
    setsid();
    if (spec.terminal >= 0) ioctl(spec.terminal, TIOCSCTTY, 0);
  } else {
    setpgid(0, 0);
  }
  // The parent does not run before exec, so the workload finds its terminal in order from its first instruction on. SIGTTOU is blocked here.
  if (spec.terminal >= 0) tcsetpgrp(spec.terminal, getpid());
  if (spec.capabilities != nullptr) SetCapabilities(*spec.capabilities);  // cannot fail: all of them are permitted
  if (spec.set_up != nullptr) {
    errand.setup_failure = spec.set_up(spec.set_up_argument);
    if (errand.setup_failure.failed()) _exit(kExitOwnFailure);
  }
  if (spec.ready_from >= 0 && !GiveAs(spec.ready_from, spec.ready_as)) {
    errand.setup_failure = {errno, "--ready: dup2", "", "more than the limit on descriptors, RLIMIT_NOFILE, allows"};
    _exit(kExitOwnFailure);
  }
  if (spec.listen_pid != nullptr) spec.listen_pid->Name(getpid());
  if (spec.reset_signals) {
    ResetSignals();
  } else {
    GiveBackSignals(spec.signals);
  }
  // The memory is foster's own until exec. Not earlier: files in /proc are the set-up's to write only while this process can be dumped.
  if (spec.undumpable) SetDumpable(false);
  errand.error = ExecSearching(spec.argv, spec.environment);
  errand.what = "exec";
  _exit(kExitOwnFailure);
}

int ExitCodeFor(int error) {
  return error == ENOENT || error == ENOTDIR ? kExitNotFound : kExitNotExecutable;
}

}  // namespace

SpawnResult Spawn(const WorkloadSpec& spec) {
  Errand errand;
  errand.spec = &spec;
  SpawnResult result;
  CloneResult child = CloneSharingMemory(BecomeWorkload, &errand, spec.pidfd);
  if (child.pid < 0) {
    result.clone_error = child.error;
    result.exit_code = kExitOwnFailure;
    return result;
  }
  if (errand.error != 0 || errand.setup_failure.failed()) {
    while (waitpid(child.pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    result.exec_error = errand.error;
    result.exec_what = errand.what;
    result.setup_failure = errand.setup_failure;
    result.exit_code = errand.setup_failure.failed() ? kExitOwnFailure : ExitCodeFor(errand.error);
    return result;
  }
  result.workload.pid = child.pid;
  result.workload.pidfd = static_cast<FileDescriptor&&>(child.pidfd);
  return result;
}

}  // namespace foster
