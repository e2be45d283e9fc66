// SPDX-License-Identifier: Apache-2.0
// The suite's results in the forms that others read.
#ifndef FOSTER_TESTS_KERNEL_RESULTS_H_
#define FOSTER_TESTS_KERNEL_RESULTS_H_

#include <string>

#include "gtest/gtest.h"

namespace foster {

// Prints every behaviour: name and id, then statement, source and versions, indented.
void ListBehaviours();

// KTAP version 1 (Documentation/dev-tools/ktap.rst) on stdout: one line a test, reasons and differences as diagnostic lines. Owned by GoogleTest.
testing::TestEventListener* MakeKtapPrinter();

// A JSON object in `path` at the end of the run: kernel release, machine, and for each behaviour id, name, outcome (passed, failed,
// skipped), reason and what was seen. The file is opened at once; null, after a line on stderr, where it cannot be. Owned by GoogleTest.
testing::TestEventListener* MakeJsonWriter(const std::string& path);

}  // namespace foster

#endif  // FOSTER_TESTS_KERNEL_RESULTS_H_
