// SPDX-License-Identifier: Apache-2.0
#include "tests/floods/multiply.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/signal_calls.h"
#include "tests/floods/board.h"

namespace foster {
namespace {

// One of a bomb's many. Where there is no room it stops trying for a moment, or dies, so that somebody else's next try finds room; its children are foster's then,
// the dead among them too.
[[noreturn]] void Breed(Board* board, long pause, time_t end) {
  uint32_t random = static_cast<uint32_t>(getpid());
  while (time(nullptr) < end) {
    const pid_t child = fork();
    if (child > 0) ++board->made;
    if (child == 0) random = static_cast<uint32_t>(getpid());
    if (child >= 0) continue;
    random = random * 1664525u + 1013904223u;
    if (random >> 29 == 0) _exit(0);
    Pause(pause);
  }
  _exit(0);
}

int g_code = 0;

// One of a throng's many, which share their memory and descriptors, so that there is room for them: it waits for the end of a pipe. No C library that could
// want something of its own for each.
int LiveUntilTheEnd(void* reader) {
  char byte;
  while (syscall(SYS_read, *static_cast<int*>(reader), &byte, 1) < 0) {
  }
  syscall(SYS_exit, 0);
  return 0;
}

}  // namespace

int Bomb(char** words) {
  g_code = atoi(words[0]);
  Board* board = OpenBoard(words[1]);
  if (board == nullptr) return 98;
  const long moment = atol(words[2]);
  // Should nobody be left to put an end to it.
  const time_t end = time(nullptr) + atol(words[3]);
  SetDisposition(SIGTERM, Disposition::kIgnored);
  SetSignalMask(0);
  // Only its children breed: two of them, so that one may find the table full before the other has started.
  if (fork() == 0 || fork() == 0) Breed(board, moment, end);
  signal(SIGTERM, [](int) { _exit(g_code); });
  signal(SIGUSR1, [](int) { Say("heard"); });
  // Until there is no room.
  for (;;) {
    const pid_t child = fork();
    if (child == 0) {
      SetDisposition(SIGTERM, Disposition::kIgnored);
      Breed(board, moment, end);
    }
    if (child < 0) break;
    ++board->made;
  }
  Say("ready");
  for (;;) {
    if (waitpid(-1, nullptr, 0) < 0 && errno == ECHILD) pause();
  }
}

int Throng(char** words) {
  const long count = atol(words[0]);
  constexpr size_t kStack = 1024;
  SetSignalMask(kAllSignals);
  int go[2];
  if (count < 1 || pipe(go) != 0) return 98;
  const pid_t middle = fork();
  if (middle == 0) {
    close(go[1]);
    char* stacks = static_cast<char*>(mmap(nullptr, static_cast<size_t>(count) * kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (stacks == MAP_FAILED) _exit(97);
    for (long i = 1; i <= count; ++i) {
      if (clone(LiveUntilTheEnd, stacks + static_cast<size_t>(i) * kStack, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | SIGCHLD, &go[0]) < 0) _exit(96);
    }
    _exit(0);
  }
  int word = 0;
  while (waitpid(middle, &word, 0) < 0 && errno == EINTR) {
  }
  if (word != 0) return 95;  // no room; those that were made end with the pipe
  Say("made", count);
  char byte;
  while (read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR) {
  }
  close(go[1]);  // all at once
  const SignalSet term = SignalBit(SIGTERM);
  siginfo_t info;
  while (syscall(SYS_rt_sigtimedwait, &term, &info, nullptr, sizeof term) < 0) {
  }
  return 0;
}

}  // namespace foster
