// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/meter/measures.h"

namespace foster::bench {
namespace {

// So many bytes more of words, each as long as the kernel takes them (MAX_ARG_STRLEN is 128 kB) and at most eight of a kind shorter.
std::vector<std::string> Ballast(int64_t bytes, const std::string& prefix) {
  constexpr int64_t kLongest = 100'000;
  std::vector<std::string> words;
  while (bytes > 0) {
    const int64_t now = bytes < kLongest ? bytes : kLongest;
    words.push_back(prefix + std::to_string(words.size()) + "=" + std::string(static_cast<size_t>(now), 'x'));
    bytes -= now;
  }
  return words;
}

struct Samples {
  std::vector<int64_t> to_workload, to_exit;
};

void StartOnce(const LaunchSpec& spec, int from, Samples* samples) {
  const Launched launched = Launch(spec);
  int status = 0;
  while (waitpid(launched.pid, &status, 0) < 0 && errno == EINTR) {
  }
  const int64_t end = Now();
  // The floor and the workload alone do no more than this; whoever fails would be quick.
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    errno = 0;
    Die(spec.who->name + " ended with status " + std::to_string(status));
  }
  int64_t began = 0;
  if (read(from, &began, sizeof began) == sizeof began) samples->to_workload.push_back(began - launched.exec_ns);
  samples->to_exit.push_back(end - launched.exec_ns);
}

}  // namespace

void MeasureStart(const Contestants& all, const Settings& settings) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) Die("pipe2");
  LaunchSpec spec;
  spec.pid1 = settings.Number("pid1", 1) != 0;
  spec.cpu = static_cast<int>(settings.Number("cpu", -1));
  spec.out = ends[1];
  const std::vector<std::string> words = Ballast(settings.Number("arguments", 0), "a");
  std::vector<std::string> variables = Ballast(settings.Number("environment", 0), "V");
  variables.push_back("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  std::vector<char*> environment;
  for (std::string& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);
  spec.environment = environment.data();

  Contestants loaded = all;
  for (Contestant& contestant : loaded) contestant.argv.insert(contestant.argv.end(), words.begin(), words.end());
  std::vector<Samples> samples(all.size());
  const int64_t rounds = settings.Number("rounds", 100);
  constexpr int64_t kWarm = 3;
  for (int64_t round = -kWarm; round < rounds; ++round) {
    for (size_t i = 0; i < all.size(); ++i) {
      spec.who = &loaded[i];
      Samples unused;
      StartOnce(spec, ends[0], round < 0 ? &unused : &samples[i]);
    }
  }
  for (size_t i = 0; i < all.size(); ++i) {
    JsonLine(all[i].name).Add("to_workload_ns", samples[i].to_workload).Add("to_exit_ns", samples[i].to_exit).Print();
  }
}

}  // namespace foster::bench
