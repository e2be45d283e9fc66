// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/meter/measures.h"

namespace foster::bench {
namespace {

struct Stopped {
  std::vector<int64_t> took;
  int64_t asked = 0;  // in how many rounds those who were left got a SIGTERM and time to act on it
};

void StopOnce(LaunchSpec spec, int signo, Stopped* stopped) {
  int out[2];
  if (pipe2(out, O_CLOEXEC) != 0) Die("pipe2");
  spec.out = out[1];
  const pid_t init = Launch(spec).pid;
  close(out[1]);
  int64_t word = 0;
  if (read(out[0], &word, sizeof word) != sizeof word) Die(spec.who->name + ": the workload said nothing");
  const int64_t begin = Now();
  kill(init, signo);
  // When the init has ended the kernel has ended everybody in its namespace: it does that first.
  while (waitpid(init, nullptr, 0) < 0 && errno == EINTR) {
  }
  stopped->took.push_back(Now() - begin);
  word = 0;
  while (read(out[0], &word, sizeof word) == sizeof word) {
    if (word == 2) ++stopped->asked;
  }
  close(out[0]);
}

}  // namespace

void MeasureStop(const Contestants& all, const Settings& settings) {
  const int64_t rounds = settings.Number("rounds", 5);
  LaunchSpec spec;
  std::vector<Stopped> stopped(all.size());
  for (int64_t round = 0; round < rounds; ++round) {
    for (size_t i = 0; i < all.size(); ++i) {
      spec.who = &all[i];
      StopOnce(spec, static_cast<int>(settings.Number("signal", SIGTERM)), &stopped[i]);
    }
  }
  for (size_t i = 0; i < all.size(); ++i) {
    JsonLine(all[i].name).Add("stop_ns", stopped[i].took).Add("asked", stopped[i].asked).Add("rounds", rounds).Print();
  }
}

}  // namespace foster::bench
