// SPDX-License-Identifier: Apache-2.0
// How workloads speak, and the few calls that more than one verb needs.
#ifndef FOSTER_TESTS_WORKLOADS_SPEAK_H_
#define FOSTER_TESTS_WORKLOADS_SPEAK_H_

#include <sys/types.h>

namespace foster {

// printf(3) of a line, its end added, to stdout in one write.
__attribute__((format(printf, 1, 2))) void SayLine(const char* format, ...);

// The number that `word` is; ends the program with 99 where it is none, or null.
int NumberOf(const char* word);

// Waits until SIGTERM comes. It must be blocked.
void AwaitTerm();
// Blocks every signal.
void BlockAll();
// Reads stdin until it ends.
void AwaitEndOfInput();

// fork(2); ends the program with 99 where there is no room.
pid_t ForkOrGiveUp();

}  // namespace foster

#endif  // FOSTER_TESTS_WORKLOADS_SPEAK_H_
