// SPDX-License-Identifier: Apache-2.0
// Which code a life of an init executes: what the order of functions in foster is made from (tests/bench/order_functions).
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <set>

#include "tests/bench/meter/measures.h"
#include "tests/bench/meter/trace.h"

namespace foster::bench {

void MeasureTouched(const Contestants& all, const Settings& settings) {
  LaunchSpec spec;
  spec.who = &all[0];
  spec.pid1 = settings.Number("pid1", 1) != 0;
  spec.traced = true;
  const pid_t init = Launch(spec).pid;
  CatchAtStart(init, PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE);
  std::set<pid_t> inside;     // those that run the init's program: it, and its children up to their exec
  std::set<uint64_t> seen;
  ptrace(PTRACE_CONT, init, nullptr, nullptr);
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR;) {
    if (!WIFSTOPPED(status)) continue;
    const int event = status >> 16;
    if (event == PTRACE_EVENT_EXEC) {
      if (pid == init && inside.empty()) {
        inside.insert(init);
      } else {
        inside.erase(pid);
      }
    } else if (event == 0 && WSTOPSIG(status) == SIGSTOP) {
      inside.insert(pid);
    }
    if (inside.count(pid) == 0) {
      const bool of_tracing = event != 0 || WSTOPSIG(status) == SIGTRAP;
      ptrace(PTRACE_CONT, pid, nullptr, of_tracing ? 0 : WSTOPSIG(status));
      continue;
    }
    const uint64_t at = WhereIs(pid).instruction;
    if (seen.insert(at).second) printf("%" PRIx64 "\n", at);
    ptrace(PTRACE_SINGLESTEP, pid, nullptr, nullptr);
  }
}

}  // namespace foster::bench
