// SPDX-License-Identifier: Apache-2.0
// Who takes part in most experiments: an init, a member of its namespace, and the driver outside.
#ifndef FOSTER_TESTS_KERNEL_CAST_H_
#define FOSTER_TESTS_KERNEL_CAST_H_

#include "tests/util/actor.h"

namespace foster {

// A new PID namespace below the driver's. Its init has default dispositions and blocks nothing; the member was there from the start. Both are
// in the driver's session and process group.
struct Namespace {
  Actor init = Actor::Start(CLONE_NEWPID);
  Actor member = init.Fork();
};

}  // namespace foster

#endif  // FOSTER_TESTS_KERNEL_CAST_H_
