// SPDX-License-Identifier: Apache-2.0
// The verbs of tests/floods/flood that make very many processes.
#ifndef FOSTER_TESTS_FLOODS_MULTIPLY_H_
#define FOSTER_TESTS_FLOODS_MULTIPLY_H_

namespace foster {

// A line on stdout, with a number unless that is negative.
void Say(const char* text, long number = -1);
void Pause(long milliseconds);

int Bomb(char** words);
int Throng(char** words);

}  // namespace foster

#endif  // FOSTER_TESTS_FLOODS_MULTIPLY_H_
