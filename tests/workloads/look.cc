// SPDX-License-Identifier: Apache-2.0
// The verbs that look closely: at what the kernel tells of a workload itself, and at what it lets the workload do to its parent.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/util/sys.h"
#include "tests/workloads/speak.h"
#include "tests/workloads/verbs.h"

namespace foster {
namespace {

std::string ReadAll(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "(" + ErrnoName(errno) + ")\n";
  std::string text;
  char chunk[4096];
  ssize_t got;
  while ((got = read(fd, chunk, sizeof chunk)) > 0) text.append(chunk, static_cast<size_t>(got));
  if (got < 0 && text.empty()) text = "(" + ErrnoName(errno) + ")\n";
  close(fd);
  return text;
}

void Say(const std::string& text) {
  for (size_t done = 0; done < text.size();) {
    const ssize_t now = write(STDOUT_FILENO, text.data() + done, text.size() - done);
    if (now <= 0) _exit(99);
    done += static_cast<size_t>(now);
  }
}

// What differs between any two processes, or from one moment to the next: numbers of processes, memory in use, switches, signals queued for the user.
bool IsOfTheMoment(const std::string& line) {
  static const char* const kNames[] = {"Pid:", "Tgid:", "PPid:", "NSpid:", "NStgid:", "NSpgid:", "NSsid:", "SigQ:", "voluntary_ctxt", "nonvoluntary_ctxt",
                                       "VmPeak:", "VmSize:", "VmLck:", "VmPin:", "VmHWM:", "VmRSS:", "RssAnon:", "RssFile:", "RssShmem:", "VmData:", "VmStk:", "VmPTE:"};
  for (const char* name : kNames) {
    if (line.compare(0, strlen(name), name) == 0) return true;
  }
  return false;
}

void SayLines(const std::string& name, const std::string& text) {
  std::string out;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = text.find('\n', begin);
    if (end == std::string::npos) end = text.size();
    const std::string line = text.substr(begin, end - begin);
    if (!IsOfTheMoment(line)) out += name + " " + line + "\n";
    begin = end + 1;
  }
  Say(out);
}

void SayNumber(const char* name, long value) { SayLine("%s %ld", name, value); }

// "ok", or the name of the errno.
void SayOutcome(const char* what, bool done) { SayLine("%s=%s", what, done ? "ok" : ErrnoName(errno).c_str()); }

}  // namespace

int TellProcess(char** words) {
  for (const char* file : {"status", "limits", "mounts", "mountinfo", "cgroup", "oom_score_adj", "coredump_filter", "personality", "loginuid", "sessionid", "uid_map", "gid_map",
                           "setgroups", "cpuset", "attr/current", "environ", "cmdline", "comm"}) {
    std::string text = ReadAll(std::string("/proc/self/") + file);
    std::replace(text.begin(), text.end(), '\0', '\n');
    SayLines(file, text);
  }
  // Each descriptor, what it is, and its flags; which pipe it is differs.
  std::vector<std::string> descriptors;
  DIR* folder = opendir("/proc/self/fd");
  while (const struct dirent* entry = folder == nullptr ? nullptr : readdir(folder)) {
    const int number = atoi(entry->d_name);
    if (entry->d_name[0] == '.' || number == dirfd(folder)) continue;
    char target[512];
    const ssize_t size = readlink((std::string("/proc/self/fd/") + entry->d_name).c_str(), target, sizeof target);
    std::string what(target, size > 0 ? static_cast<size_t>(size) : 0);
    what = what.substr(0, what.find(":["));
    descriptors.push_back(std::string(entry->d_name) + " " + what + " " + std::to_string(fcntl(number, F_GETFL)) + " " + std::to_string(fcntl(number, F_GETFD)));
  }
  if (folder != nullptr) closedir(folder);
  std::sort(descriptors.begin(), descriptors.end());
  for (const std::string& one : descriptors) SayLine("fd %s", one.c_str());
  SayNumber("dumpable", prctl(PR_GET_DUMPABLE));
  SayNumber("no_new_privs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  SayNumber("securebits", prctl(PR_GET_SECUREBITS));
  SayNumber("keepcaps", prctl(PR_GET_KEEPCAPS));
  SayNumber("timerslack", prctl(PR_GET_TIMERSLACK));
  int value = -1;
  prctl(PR_GET_PDEATHSIG, &value);
  SayNumber("pdeathsig", value);
  value = -1;
  prctl(PR_GET_CHILD_SUBREAPER, &value);
  SayNumber("subreaper", value);
  SayNumber("nice", getpriority(PRIO_PROCESS, 0));
  SayNumber("scheduler", sched_getscheduler(0));
  SayNumber("ioprio", syscall(SYS_ioprio_get, 1, 0));
  return words[0] == nullptr ? 0 : NumberOf(words[0]);
}

int Attack(char**) {
  SayLine("ready");
  char go;
  if (read(STDIN_FILENO, &go, 1) != 1) return 99;
  // Two numbers: what system calls know the parent by, and what /proc does, which may be that of another namespace.
  const pid_t parent = getppid();
  const std::string status = ReadAll("/proc/self/status");
  const size_t at = status.find("PPid:");
  const std::string proc = "/proc/" + std::to_string(at == std::string::npos ? 0 : atoi(status.c_str() + at + 5)) + "/";
  const bool seized = ptrace(PTRACE_SEIZE, parent, nullptr, nullptr) == 0;
  SayOutcome("seize", seized);
  if (seized) ptrace(PTRACE_DETACH, parent, nullptr, nullptr);
  for (const char* file : {"mem", "environ", "maps", "auxv", "stack", "syscall"}) {
    const int fd = open((proc + file).c_str(), O_RDONLY | O_CLOEXEC);
    char byte;
    // Some are refused at the opening, some at the reading. Address 0 of mem is nowhere (EIO), for who may read it.
    const bool open_ok = fd >= 0;
    const ssize_t got = open_ok ? read(fd, &byte, 1) : -1;
    SayOutcome(file, got >= 0 || (open_ok && errno == EIO));
    if (fd >= 0) close(fd);
  }
  for (const char* link : {"cwd", "root", "exe", "fd/0", "ns/pid"}) {
    char target[256];
    SayOutcome(link, readlink((proc + link).c_str(), target, sizeof target) >= 0);
  }
  char byte = 0;
  struct iovec here = {&byte, 1};
  struct iovec there = {reinterpret_cast<void*>(0x200000), 1};  // where foster lies
  SayOutcome("process_vm_readv", process_vm_readv(parent, &here, 1, &there, 1, 0) == 1);
  const long pidfd = syscall(434, parent, 0);  // pidfd_open
  SayOutcome("pidfd_getfd", syscall(438, pidfd, 2, 0) >= 0);
  SayOutcome("stop", kill(parent, SIGSTOP) == 0);
  SayLine("(end of attack)");
  char end;
  while (read(STDIN_FILENO, &end, 1) > 0) {
  }
  return 0;
}

}  // namespace foster
