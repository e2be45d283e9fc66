// SPDX-License-Identifier: Apache-2.0
// The one interface that every network namespace has.
#ifndef FOSTER_INIT_SETUP_NETWORK_H_
#define FOSTER_INIT_SETUP_NETWORK_H_

#include "absl/status/status.h"

namespace foster {

// Brings the loopback interface of this process's network namespace up; it is down in a new one. The kernel then gives it 127.0.0.1 and ::1.
absl::Status BringLoopbackUp();

}  // namespace foster

#endif  // FOSTER_INIT_SETUP_NETWORK_H_
