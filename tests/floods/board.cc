// SPDX-License-Identifier: Apache-2.0
#include "tests/floods/board.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace foster {
namespace {

constexpr uint64_t kMostOnTheirWay = 1000;

void PauseALittle() {
  const struct timespec little = {0, 200'000};
  nanosleep(&little, nullptr);
}

// Inside of a PID namespace that somebody made the init is foster, and its first child process 2. On a machine that is a thread of the kernel.
bool MayBeSignalled(pid_t target) { return target > 1 || (target == 1 && (getpid() == 2 || getppid() == 2)); }

bool SendOne(pid_t target, int signo, bool with_value) {
  siginfo_t info = {};
  info.si_signo = signo;
  info.si_code = SI_QUEUE;
  info.si_pid = getpid();
  info.si_uid = getuid();
  info.si_value.sival_int = signo;
  // By number: the C library keeps a few signals for itself.
  const long result = with_value || IsRealTime(signo) ? syscall(SYS_rt_sigqueueinfo, target, signo, &info) : kill(target, signo);
  return result == 0;
}

}  // namespace

Board* OpenBoard(const char* path) {
  const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0 || ftruncate(file, sizeof(Board)) != 0) return nullptr;
  void* memory = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  return memory == MAP_FAILED ? nullptr : static_cast<Board*>(memory);
}

bool IsPassedOn(int signo) { return signo >= 1 && signo <= kSignals && signo != SIGKILL && signo != SIGSTOP && signo != SIGCHLD; }

uint64_t OnTheirWay(const Board& board) {
  int64_t way = 0;
  for (int signo = 32; signo <= kSignals; ++signo) way += static_cast<int64_t>(board.sent[signo] - board.got[signo]);
  return way > 0 ? static_cast<uint64_t>(way) : 0;
}

bool SendAllKinds(pid_t target, uint64_t count, uint32_t seed, Board* board) {
  if (!MayBeSignalled(target)) {
    errno = EINVAL;
    return false;
  }
  uint32_t random = seed * 2654435761u + 1;
  for (uint64_t i = 0; i < count; ++i) {
    int signo;
    do {
      random = random * 1664525u + 1013904223u;
      signo = static_cast<int>(random >> 16) % kSignals + 1;
    } while (!IsPassedOn(signo));
    int patience = 300'000;  // a minute
    while (IsRealTime(signo) && OnTheirWay(*board) > kMostOnTheirWay && --patience > 0) PauseALittle();
    ++board->sent[signo];  // before it can be there
    while (!SendOne(target, signo, (random >> 8 & 1) != 0)) {
      if (errno != EAGAIN || --patience <= 0) {
        --board->sent[signo];
        return false;
      }
      PauseALittle();
    }
  }
  return true;
}

}  // namespace foster
