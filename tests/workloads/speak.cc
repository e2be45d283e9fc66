// SPDX-License-Identifier: Apache-2.0
#include "tests/workloads/speak.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "os/signal_calls.h"

namespace foster {

void SayLine(const char* format, ...) {
  char line[1024];
  va_list arguments;
  va_start(arguments, format);
  int size = vsnprintf(line, sizeof line - 1, format, arguments);
  va_end(arguments);
  if (size > static_cast<int>(sizeof line) - 2) size = sizeof line - 2;
  line[size] = '\n';
  // Without a stdout there is nobody to speak to, and that is no mistake.
  if (write(STDOUT_FILENO, line, static_cast<size_t>(size) + 1) < 0 && errno != EBADF) _exit(99);
}

int NumberOf(const char* word) {
  char* end = nullptr;
  const long value = word == nullptr ? 0 : strtol(word, &end, 10);
  if (end == nullptr || *end != '\0' || end == word) {
    SayLine("act: a number is missing");
    _exit(99);
  }
  return static_cast<int>(value);
}

void AwaitTerm() {
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  siginfo_t info;
  while (sigwaitinfo(&term, &info) < 0 && errno == EINTR) {
  }
}

void BlockAll() { SetSignalMask(kAllSignals); }

void AwaitEndOfInput() {
  char chunk[64];
  for (;;) {
    const ssize_t got = read(STDIN_FILENO, chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
  }
}

pid_t ForkOrGiveUp() {
  const pid_t child = fork();
  if (child < 0) {
    SayLine("act: fork: errno %d", errno);
    _exit(99);
  }
  return child;
}

}  // namespace foster
