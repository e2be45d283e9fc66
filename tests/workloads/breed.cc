// SPDX-License-Identifier: Apache-2.0
// The verbs that make processes which become orphans.
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/signal_calls.h"
#include "tests/workloads/speak.h"
#include "tests/workloads/verbs.h"

namespace foster {
namespace {

struct Pipe {
  int reader, writer;
};

Pipe MakePipe() {
  int ends[2];
  if (pipe(ends) != 0) _exit(99);
  return {ends[0], ends[1]};
}

// Until all writers of the pipe have closed it.
void AwaitEnd(int reader) {
  char byte;
  while (read(reader, &byte, 1) > 0 || errno == EINTR) {
  }
}

void WaitForChild(pid_t child) {
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

int FinishAtTerm() {
  SayLine("made");
  AwaitTerm();
  return 0;
}

bool Is(const char* a, const char* b) { return strcmp(a, b) == 0; }
bool IsDeep(const char* how) { return strncmp(how, "deep", 4) == 0; }

// A process that is left behind, or `count` of them, one below the other. All of them have closed `ready` when they are as they shall be.
[[noreturn]] void BeLeft(const char* how, int ready, int count) {
  BlockAll();
  if (Is(how, "daemon")) setsid();
  if (IsDeep(how) && count > 1 && ForkOrGiveUp() == 0) BeLeft(how, ready, count - 1);
  if (Is(how, "refuse") || Is(how, "deep-refuse")) {
    SetDisposition(SIGTERM, Disposition::kIgnored);
    SetSignalMask(0);
    SayLine("refusing");
    close(ready);
    for (;;) pause();
  }
  close(ready);
  if (Is(how, "linger")) {
    AwaitEndOfInput();
    SayLine("lingered");
    _exit(0);
  }
  // SIGTERM is blocked and stays pending until it is waited for; that happens only when the process is not stopped.
  if (Is(how, "stopped")) kill(getpid(), SIGSTOP);
  AwaitTerm();
  SayLine("asked");
  _exit(0);
}

}  // namespace

int Leave(char** words) {
  const char* how = words[0];
  const int code = NumberOf(words[1]);
  const int count = words[2] == nullptr ? 1 : NumberOf(words[2]);
  for (int i = 0; i < (IsDeep(how) ? 1 : count); ++i) {
    const Pipe ready = MakePipe();
    const pid_t child = ForkOrGiveUp();
    if (child == 0) {
      close(ready.reader);
      BeLeft(how, ready.writer, count);
    }
    close(ready.writer);
    AwaitEnd(ready.reader);
    close(ready.reader);
    if (Is(how, "stopped")) {
      int word = 0;
      waitpid(child, &word, WUNTRACED);
    }
  }
  return code;
}

int Orphans(char** words) {
  const int count = NumberOf(words[0]);
  BlockAll();
  // A second process makes them, so that this one has a child only at the end of each batch: middle process, orphan, gone.
  for (int made = 0; made < count;) {
    const pid_t middle = vfork();
    if (middle < 0) return 99;
    if (middle == 0) {
      // vfork: the grandchild shares our memory too and does nothing but end.
      const pid_t orphan = static_cast<pid_t>(syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, 0UL));
      _exit(orphan < 0 ? 1 : 0);
    }
    ++made;
    WaitForChild(middle);
  }
  return FinishAtTerm();
}

int Crowd(char** words) {
  const int count = NumberOf(words[0]);
  BlockAll();
  const Pipe go = MakePipe();
  const Pipe gone = MakePipe();
  const pid_t middle = ForkOrGiveUp();
  if (middle == 0) {
    close(go.writer);
    for (int i = 0; i < count; ++i) {
      if (ForkOrGiveUp() == 0) {
        AwaitEnd(go.reader);
        _exit(0);
      }
    }
    _exit(0);
  }
  WaitForChild(middle);
  close(gone.writer);
  close(go.writer);  // all at once
  AwaitEnd(gone.reader);
  return FinishAtTerm();
}

int Zombie(char**) {
  BlockAll();
  const Pipe ready = MakePipe();
  const pid_t careless = ForkOrGiveUp();
  if (careless == 0) {
    const pid_t dead = ForkOrGiveUp();
    if (dead == 0) _exit(0);
    siginfo_t info;
    waitid(P_PID, static_cast<id_t>(dead), &info, WEXITED | WNOWAIT);
    SayLine("ready");
    close(ready.reader);
    close(ready.writer);
    for (;;) pause();
  }
  close(ready.writer);
  AwaitEnd(ready.reader);
  AwaitEndOfInput();
  kill(careless, SIGKILL);
  WaitForChild(careless);
  return FinishAtTerm();
}

}  // namespace foster
