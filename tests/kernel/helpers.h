// SPDX-License-Identifier: Apache-2.0
// Programs for behaviours that are about execve(2): inside of the suite itself, since there may be no other where it runs.
#ifndef FOSTER_TESTS_KERNEL_HELPERS_H_
#define FOSTER_TESTS_KERNEL_HELPERS_H_

#include "tests/util/gate.h"

namespace foster {

// execve(2) of this program as the helper that writes a byte to `said` when it runs, and then one for each that it reads from `ask`: as
// long as it answers, it lives. Returns a negated errno, if at all.
long ExecAnswerer(const Gate& ask, const Gate& said);

// The same as the helper that exits with `code` at once.
long ExecExit(int code);

// Runs the helper that argv[0] names.
int BeHelper(int argc, char** argv);

}  // namespace foster

#endif  // FOSTER_TESTS_KERNEL_HELPERS_H_
