// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/meter/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace foster::bench {
namespace {

// What every contestant starts with, so that no figure depends on who runs this.
const char* const kEnvironment[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/", "LANG=C.UTF-8", nullptr};

struct Errand {
  const LaunchSpec* spec;
  std::vector<char*> argv;
  int null_fd = -1;
  int64_t exec_ns = 0;
  int error = 0;
};

void InstallFilter() {
  static struct sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigprocmask, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigaction, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = {sizeof program / sizeof program[0], program};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

// In the child, on the meter's memory where it is not traced.
int Become(void* argument) {
  Errand& errand = *static_cast<Errand*>(argument);
  const LaunchSpec& spec = *errand.spec;
  // A session of its own: nobody has a terminal here, and a group's signals stay among the contestant's.
  setsid();
  if (spec.cpu >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(spec.cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
  }
  dup2(spec.in >= 0 ? spec.in : errand.null_fd, 0);
  dup2(spec.out >= 0 ? spec.out : errand.null_fd, 1);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (spec.traced) {
    personality(ADDR_NO_RANDOMIZE);
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    // As PID 1 of a namespace nothing but this stops it.
    syscall(SYS_kill, syscall(SYS_getpid), SIGSTOP);
    if (spec.filtered) InstallFilter();
  }
  char* const* environment = spec.environment != nullptr ? spec.environment : const_cast<char* const*>(kEnvironment);
  // Who is measured does not outlive the meter, however that ends.
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  errand.exec_ns = Now();
  execve(errand.argv[0], errand.argv.data(), environment);
  errand.error = errno;
  _exit(127);
}

int64_t Field(const std::string& text, const std::string& name) {
  const size_t at = text.find("\n" + name + ":");
  return at == std::string::npos ? 0 : atoll(text.c_str() + at + name.size() + 2);
}

}  // namespace

int64_t Now() {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * int64_t{1000000000} + now.tv_nsec;
}

void Die(const std::string& what) {
  fprintf(stderr, "meter: %s: %s\n", what.c_str(), strerror(errno));
  exit(1);
}

int64_t Settings::Number(const std::string& key, int64_t otherwise) const {
  const auto found = values_.find(key);
  return found == values_.end() ? otherwise : atoll(found->second.c_str());
}

std::string Settings::Text(const std::string& key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? "" : found->second;
}

Launched Launch(const LaunchSpec& spec) {
  static const int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  constexpr size_t kStack = 256 * 1024;
  static char* const stack =
      static_cast<char*>(mmap(nullptr, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0));
  Errand errand;
  errand.spec = &spec;
  errand.null_fd = null_fd;
  for (const std::string& word : spec.who->argv) errand.argv.push_back(const_cast<char*>(word.c_str()));
  errand.argv.push_back(nullptr);
  int flags = SIGCHLD | (spec.pid1 ? CLONE_NEWPID : 0);
  // A traced child stops before exec: it must not hold the meter's memory, and with it the meter.
  if (!spec.traced) flags |= CLONE_VM | CLONE_VFORK;
  Launched launched;
  launched.pid = clone(Become, stack + kStack, flags, &errand);
  if (launched.pid < 0) Die("clone " + spec.who->name);
  if (errand.error != 0) {
    errno = errand.error;
    Die("exec " + spec.who->argv[0]);
  }
  launched.exec_ns = errand.exec_ns;
  return launched;
}

Talking::Talking(LaunchSpec spec) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) Die("pipe2");
  spec.in = in[0];
  spec.out = out[1];
  pid_ = Launch(spec).pid;
  close(in[0]);
  close(out[1]);
  to_ = in[1];
  from_ = out[0];
}

Talking::~Talking() { End(); }

void Talking::Say(int64_t word) {
  if (write(to_, &word, sizeof word) != sizeof word) Die("write to the workload");
}

int64_t Talking::Hear() {
  struct pollfd one = {from_, POLLIN, 0};
  int64_t word;
  errno = ETIMEDOUT;
  if (poll(&one, 1, 60'000) != 1 || read(from_, &word, sizeof word) != sizeof word) {
    kill(pid_, SIGKILL);
    Die("the workload said nothing");
  }
  return word;
}

void Talking::End() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  close(to_);
  close(from_);
  pid_ = -1;
}

std::string ReadFile(const std::string& path) {
  std::string text;
  FILE* file = fopen(path.c_str(), "re");
  if (file == nullptr) return text;
  char chunk[4096];
  size_t got;
  while ((got = fread(chunk, 1, sizeof chunk, file)) > 0) text.append(chunk, got);
  fclose(file);
  return text;
}

TaskFigures ReadTask(pid_t pid) {
  const std::string at = "/proc/" + std::to_string(pid);
  TaskFigures figures;
  figures.cpu_ns = atoll(ReadFile(at + "/schedstat").c_str());
  const std::string status = ReadFile(at + "/status");
  figures.sleeps = Field(status, "voluntary_ctxt_switches");
  figures.switches = figures.sleeps + Field(status, "nonvoluntary_ctxt_switches");
  return figures;
}

std::map<std::string, int64_t> ReadMemory(pid_t pid) {
  const std::string at = "/proc/" + std::to_string(pid);
  std::map<std::string, int64_t> memory;
  const std::string rollup = ReadFile(at + "/smaps_rollup");
  for (const char* name : {"Rss", "Pss", "Pss_Anon", "Private_Clean", "Private_Dirty", "Shared_Clean"}) memory[name] = Field(rollup, name);
  const std::string status = ReadFile(at + "/status");
  for (const char* name : {"VmPTE", "VmSize", "RssAnon", "RssFile"}) memory[name] = Field(status, name);
  return memory;
}

int64_t ReadFaults(pid_t pid) {
  const std::string stat = ReadFile("/proc/" + std::to_string(pid) + "/stat");
  const size_t at = stat.rfind(')');
  long long faults = 0;
  // state ppid pgrp session tty tpgid flags minflt
  if (at == std::string::npos || sscanf(stat.c_str() + at + 2, "%*c %*d %*d %*d %*d %*d %*u %lld", &faults) != 1) Die("read stat");
  return faults;
}

JsonLine::JsonLine(const std::string& name) : text_("{\"name\":\"" + name + "\"") {}

JsonLine& JsonLine::Add(const std::string& key, int64_t value) {
  text_ += ",\"" + key + "\":" + std::to_string(value);
  return *this;
}

JsonLine& JsonLine::Add(const std::string& key, const std::vector<int64_t>& values) {
  text_ += ",\"" + key + "\":[";
  for (size_t i = 0; i < values.size(); ++i) text_ += (i == 0 ? "" : ",") + std::to_string(values[i]);
  text_ += "]";
  return *this;
}

void JsonLine::Print() const {
  puts((text_ + "}").c_str());
  fflush(stdout);
}

}  // namespace foster::bench
