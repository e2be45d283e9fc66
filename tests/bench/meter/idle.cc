// SPDX-License-Identifier: Apache-2.0
// What an init costs while nothing happens: alone, and many of them.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>

#include "tests/bench/meter/measures.h"

namespace foster::bench {
namespace {

// A file that was just written has dirty pages in the page cache, and they would be counted as the init's own.
void WriteBack(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

// The memory that the kernel charges to this process and those that it starts, kernel memory included: a control group's where there are any (the
// meter moves into one of its own), else what the whole machine has less of.
class Charged {
 public:
  Charged() {
    for (const char* root : {"/sys/fs/cgroup/memory", "/sys/fs/cgroup"}) {
      const bool v1 = std::string(root) != "/sys/fs/cgroup";
      const std::string folder = std::string(root) + "/foster-bench-" + std::to_string(getpid());
      if (!v1 && access((std::string(root) + "/cgroup.controllers").c_str(), F_OK) != 0) continue;
      if (mkdir(folder.c_str(), 0755) != 0) continue;
      if (Join(folder) && access((folder + (v1 ? "/memory.usage_in_bytes" : "/memory.current")).c_str(), R_OK) == 0) {
        root_ = root;
        folder_ = folder;
        file_ = folder + (v1 ? "/memory.usage_in_bytes" : "/memory.current");
        return;
      }
      Join(root);
      rmdir(folder.c_str());
    }
  }
  ~Charged() {
    if (folder_.empty()) return;
    Join(root_);
    // The dead leave the group a moment after they were reaped.
    for (int i = 0; i < 100 && rmdir(folder_.c_str()) != 0; ++i) usleep(20'000);
  }

  int64_t Bytes() const {
    if (!file_.empty()) return atoll(ReadFile(file_).c_str());
    const std::string memory = ReadFile("/proc/meminfo");
    const size_t at = memory.find("MemAvailable:");
    return at == std::string::npos ? 0 : -1024 * atoll(memory.c_str() + at + 13);
  }
  bool of_group() const { return !file_.empty(); }

 private:
  static bool Join(const std::string& folder) {
    FILE* file = fopen((folder + "/cgroup.procs").c_str(), "we");
    if (file == nullptr) return false;
    const bool written = fprintf(file, "%d\n", getpid()) > 0;
    return fclose(file) == 0 && written;
  }

  std::string root_, folder_, file_;
};

struct Dense {
  std::vector<int64_t> bytes, start_ns, stop_ns, cpu_ns, sleeps, pss_kb;
};

void DensityOnce(const Contestant& who, int64_t count, unsigned seconds, const Charged& charged, Dense* dense) {
  int out[2];
  if (pipe2(out, O_CLOEXEC) != 0) Die("pipe2");
  LaunchSpec spec;
  spec.who = &who;
  spec.out = out[1];
  std::vector<pid_t> inits;
  inits.reserve(static_cast<size_t>(count));
  const int64_t before = charged.Bytes();
  const int64_t begin = Now();
  for (int64_t i = 0; i < count; ++i) inits.push_back(Launch(spec).pid);
  for (int64_t i = 0; i < count; ++i) {
    int64_t word;
    if (read(out[0], &word, sizeof word) != sizeof word) Die("read");
  }
  dense->start_ns.push_back(Now() - begin);
  usleep(300'000);
  std::vector<TaskFigures> figures;
  int64_t pss = 0;
  for (pid_t init : inits) {
    pss += ReadMemory(init)["Pss"];
    figures.push_back(ReadTask(init));
  }
  sleep(seconds);
  dense->bytes.push_back((charged.Bytes() - before) / count);
  dense->pss_kb.push_back(pss);
  int64_t cpu = 0, sleeps = 0;
  for (size_t i = 0; i < inits.size(); ++i) {
    const TaskFigures now = ReadTask(inits[i]);
    cpu += now.cpu_ns - figures[i].cpu_ns;
    sleeps += now.sleeps - figures[i].sleeps;
  }
  dense->cpu_ns.push_back(cpu);
  dense->sleeps.push_back(sleeps);
  // A workload that is PID 1 itself hears no SIGTERM, nor does the floor.
  const int signo = who.name == "alone" || who.name == "floor" ? SIGKILL : SIGTERM;
  const int64_t stop = Now();
  for (pid_t init : inits) kill(init, signo);
  for (pid_t init : inits) {
    while (waitpid(init, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  dense->stop_ns.push_back(Now() - stop);
  close(out[0]);
  close(out[1]);
}

}  // namespace

void MeasureIdle(const Contestants& all, const Settings& settings) {
  std::vector<std::unique_ptr<Talking>> running;
  std::vector<TaskFigures> before;
  for (const Contestant& who : all) {
    WriteBack(who.argv[0]);
    LaunchSpec spec;
    spec.who = &who;
    running.push_back(std::make_unique<Talking>(spec));
    running.back()->Hear();
  }
  sleep(1);
  for (const auto& talking : running) before.push_back(ReadTask(talking->pid()));
  const int64_t seconds = settings.Number("seconds", 10);
  sleep(static_cast<unsigned>(seconds));
  for (size_t i = 0; i < all.size(); ++i) {
    const TaskFigures after = ReadTask(running[i]->pid());
    JsonLine line(all[i].name);
    for (const auto& [name, kilobytes] : ReadMemory(running[i]->pid())) line.Add(name + "_kb", kilobytes);
    line.Add("seconds", seconds)
        .Add("wakeups", after.switches - before[i].switches)
        .Add("cpu_ns", after.cpu_ns - before[i].cpu_ns)
        .Print();
  }
}

void MeasureDensity(const Contestants& all, const Settings& settings) {
  const int64_t count = settings.Number("count", 100);
  std::vector<Dense> dense(all.size());
  bool of_group = false;
  {
    const Charged charged;
    of_group = charged.of_group();
    for (int64_t round = 0; round < settings.Number("rounds", 1); ++round) {
      for (size_t i = 0; i < all.size(); ++i) {
        WriteBack(all[i].argv[0]);
        DensityOnce(all[i], count, static_cast<unsigned>(settings.Number("seconds", 2)), charged, &dense[i]);
        usleep(500'000);  // namespaces are taken apart in the background
      }
    }
  }
  for (size_t i = 0; i < all.size(); ++i) {
    JsonLine(all[i].name)
        .Add("count", count)
        .Add("bytes_each", dense[i].bytes)
        .Add("of_control_group", of_group ? 1 : 0)
        .Add("pss_of_inits_kb", dense[i].pss_kb)
        .Add("start_all_ns", dense[i].start_ns)
        .Add("stop_all_ns", dense[i].stop_ns)
        .Add("idle_cpu_ns", dense[i].cpu_ns)
        .Add("idle_wakeups", dense[i].sleeps)
        .Print();
  }
}

}  // namespace foster::bench
