// SPDX-License-Identifier: Apache-2.0
// Starting, watching and ending the programs that are measured. Whatever fails here ends the meter with a word on stderr: a figure that is
// not sure is none.
#ifndef FOSTER_TESTS_BENCH_METER_PROCESS_H_
#define FOSTER_TESTS_BENCH_METER_PROCESS_H_

#include <stdint.h>
#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace foster::bench {

// Nanoseconds on the monotonic clock.
int64_t Now();

// Prints `meter: WHAT: strerror(errno)` and exits with 1.
[[noreturn]] void Die(const std::string& what);

// One program that takes part: its name in the tables and its command line.
struct Contestant {
  std::string name;
  std::vector<std::string> argv;
};

// `key=value` words of the command line, numbers by default.
class Settings {
 public:
  void Set(const std::string& key, const std::string& value) { values_[key] = value; }
  int64_t Number(const std::string& key, int64_t otherwise) const;
  std::string Text(const std::string& key) const;

 private:
  std::map<std::string, std::string> values_;
};

struct LaunchSpec {
  const Contestant* who = nullptr;
  bool pid1 = true;      // as PID 1 of a new PID namespace; else as a plain child
  int cpu = -1;          // kept on that processor, or anywhere
  int in = -1, out = -1; // its stdin and stdout; /dev/null where -1
  bool traced = false;   // PTRACE_TRACEME, and stopped before exec
  bool filtered = false; // a seccomp filter that tells the tracer of rt_sigprocmask and rt_sigaction
  char* const* environment = nullptr;  // the meter's own fixed one where null
};

struct Launched {
  pid_t pid = -1;
  int64_t exec_ns = 0;  // just before its execve; not known where it is traced
};

Launched Launch(const LaunchSpec& spec);

// A started program with a pipe to its stdin and one from its stdout.
class Talking {
 public:
  explicit Talking(LaunchSpec spec);
  ~Talking();
  Talking(const Talking&) = delete;
  Talking& operator=(const Talking&) = delete;

  pid_t pid() const { return pid_; }
  void Say(int64_t word);
  // Waits at most a minute.
  int64_t Hear();
  // Ends what is there with SIGKILL, if it has not ended, and reaps it.
  void End();

 private:
  pid_t pid_;
  int to_ = -1, from_ = -1;
};

// What the kernel tells of a live process.
struct TaskFigures {
  int64_t cpu_ns = 0;   // on a processor so far (schedstat)
  int64_t switches = 0; // context switches so far: how often it slept or was taken off
  int64_t sleeps = 0;   // voluntary ones: how often it was woken
};
TaskFigures ReadTask(pid_t pid);

// kB by name, of /proc/PID/smaps_rollup and the Vm… and Rss… lines of /proc/PID/status.
std::map<std::string, int64_t> ReadMemory(pid_t pid);
// Minor faults since fork (stat).
int64_t ReadFaults(pid_t pid);

std::string ReadFile(const std::string& path);

// {"name":"NAME","KEY":[…],…}
class JsonLine {
 public:
  explicit JsonLine(const std::string& name);
  JsonLine& Add(const std::string& key, int64_t value);
  JsonLine& Add(const std::string& key, const std::vector<int64_t>& values);
  void Print() const;

 private:
  std::string text_;
};

}  // namespace foster::bench

#endif  // FOSTER_TESTS_BENCH_METER_PROCESS_H_
