// SPDX-License-Identifier: Apache-2.0
// How long after exec a SIGTERM is lost. The tracer sleeps from the stop at exec to the first call that changes signals (a seccomp filter
// lets every other call pass at full speed): one stop's cost is in each figure, the same for all, and a program whose first
// instruction is that call shows how much it is.
#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "tests/bench/meter/measures.h"
#include "tests/bench/meter/trace.h"

namespace foster::bench {
namespace {

int64_t DeafOnce(const LaunchSpec& spec) {
  const pid_t init = Launch(spec).pid;
  CatchAtStart(init, PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP);
  int status;
  int64_t begin = -1, end = -1;
  for (int stops = 0; stops < 1000; ++stops) {
    if (ptrace(PTRACE_CONT, init, nullptr, nullptr) != 0) Die("PTRACE_CONT");
    if (waitpid(init, &status, 0) != init) Die("waitpid");
    const int64_t now = Now();
    if (!WIFSTOPPED(status)) break;
    if (status >> 16 == PTRACE_EVENT_EXEC) {
      // From here on, not from before the call: what the kernel needs for an exec is not the init's doing.
      begin = Now();
    } else if (begin >= 0 && status >> 16 == PTRACE_EVENT_SECCOMP && EndsDeafness(init, WhereIs(init))) {
      end = now;
      break;
    }
  }
  kill(init, SIGKILL);
  while (waitpid(init, &status, 0) < 0 && errno == EINTR) {
  }
  if (end < 0) {
    errno = 0;
    Die(spec.who->name + " neither blocks nor handles SIGTERM");
  }
  return end - begin;
}

}  // namespace

void MeasureDeafWindow(const Contestants& all, const Settings& settings) {
  std::vector<std::vector<int64_t>> samples(all.size());
  const int64_t rounds = settings.Number("rounds", 50);
  LaunchSpec spec;
  spec.traced = true;
  spec.filtered = true;
  spec.cpu = static_cast<int>(settings.Number("cpu", -1));
  for (int64_t round = -2; round < rounds; ++round) {
    for (size_t i = 0; i < all.size(); ++i) {
      spec.who = &all[i];
      const int64_t took = DeafOnce(spec);
      if (round >= 0) samples[i].push_back(took);
    }
  }
  for (size_t i = 0; i < all.size(); ++i) JsonLine(all[i].name).Add("deaf_ns", samples[i]).Print();
}

}  // namespace foster::bench
