// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/meter/steps.h"

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "tests/bench/meter/measures.h"
#include "tests/bench/meter/trace.h"

namespace foster::bench {
namespace {

constexpr long kOptions = PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
// A program that needs more to start another is no init. Also bounds a lost one.
constexpr int64_t kMostSteps = 20'000'000;

// One instruction of `pid`, counted. Returns the wait status after it.
int Step(pid_t pid, Counted* counted) {
  const Where where = WhereIs(pid);
  counted->code_pages.insert(where.instruction >> 12);
  if (AtSystemCall(pid, where.instruction)) {
    if (counted->deaf_system_calls < 0 && EndsDeafness(pid, where)) {
      counted->deaf_system_calls = counted->system_calls;
      counted->deaf_instructions = counted->instructions;
    }
    ++counted->system_calls;
  }
  ++counted->instructions;
  if (ptrace(PTRACE_SINGLESTEP, pid, nullptr, nullptr) != 0) Die("PTRACE_SINGLESTEP");
  int status;
  if (waitpid(pid, &status, __WALL) != pid) Die("waitpid");
  return status;
}

int Event(int status) { return WIFSTOPPED(status) ? status >> 16 : 0; }

}  // namespace

Counted CountSteps(const Contestant& who, bool pid1) {
  LaunchSpec spec;
  spec.who = &who;
  spec.pid1 = pid1;
  spec.traced = true;
  const pid_t init = Launch(spec).pid;
  CatchAtStart(init, kOptions);
  int status;
  ptrace(PTRACE_CONT, init, nullptr, nullptr);
  if (waitpid(init, &status, 0) != init || Event(status) != PTRACE_EVENT_EXEC) Die("no exec of " + who.name);
  const int64_t faults_before = ReadFaults(init);
  Counted counted;
  pid_t child = -1;
  while (child < 0 && counted.instructions < kMostSteps) {
    status = Step(init, &counted);
    const int event = Event(status);
    if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) {
      unsigned long id = 0;
      ptrace(PTRACE_GETEVENTMSG, init, nullptr, &id);
      child = static_cast<pid_t>(id);
    } else if (!WIFSTOPPED(status)) {
      Die(who.name + " ended before it had a child");
    } else if (event == PTRACE_EVENT_EXEC) {
      break;  // a program that becomes its workload
    }
  }
  counted.page_faults = ReadFaults(init) - faults_before;
  if (child >= 0) {
    // The new child stops by itself, inherited options and all.
    if (waitpid(child, &status, __WALL) != child) Die("waitpid for the child");
    // A fork copies the parent's count to nobody: the child's own begins at 0.
    while (counted.instructions < kMostSteps) {
      status = Step(child, &counted);
      if (!WIFSTOPPED(status) || Event(status) == PTRACE_EVENT_EXEC) break;
    }
    if (WIFSTOPPED(status)) counted.page_faults += ReadFaults(child);
    kill(child, SIGKILL);
  }
  kill(init, SIGKILL);
  while (waitpid(-1, &status, __WALL) > 0 || errno == EINTR) {
  }
  return counted;
}

void MeasureSteps(const Contestants& all, const Settings& settings) {
  for (const Contestant& who : all) {
    const Counted counted = CountSteps(who, settings.Number("pid1", 1) != 0);
    JsonLine(who.name)
        .Add("instructions", counted.instructions)
        .Add("system_calls", counted.system_calls)
        .Add("code_pages", static_cast<int64_t>(counted.code_pages.size()))
        .Add("page_faults", counted.page_faults)
        .Add("deaf_instructions", counted.deaf_instructions)
        .Add("deaf_system_calls", counted.deaf_system_calls)
        .Print();
  }
}

}  // namespace foster::bench
