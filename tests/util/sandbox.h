// SPDX-License-Identifier: Apache-2.0
// A place for an experiment with processes, from which nothing can escape.
//
// New PID, mount, IPC and UTS namespaces (in a new user namespace, for a caller without CAP_SYS_ADMIN) with an init of their own, and in them a member, the driver, that runs the experiment: an
// ordinary process that may be the outside party to namespaces that it makes itself. When the driver ends, or its time is over, or the
// test dies, the sandbox's init goes and the kernel takes everything else.
//
// Inside: mounts are private, /proc is the sandbox's own, SandboxFolder() is an empty writable folder (a tmpfs), signals have their
// default dispositions and are not blocked, core dumps are off (RLIMIT_CORE 0), and the driver leads a session and a process group of its own,
// so that kill(0, …) goes no further.
#ifndef FOSTER_TESTS_UTIL_SANDBOX_H_
#define FOSTER_TESTS_UTIL_SANDBOX_H_

#include <functional>
#include <string>

#include "tests/util/facts.h"

namespace foster {

struct SandboxResult {
  // Why it could not be made; empty where it was.
  std::string refused;
  // How the driver ended ("exited(0)"), or that its time was over.
  std::string driver;
};

// Runs `experiment` as the driver of a new sandbox; what it saw, skipped or could not do is in `facts`.
SandboxResult RunInSandbox(const std::function<void(Facts)>& experiment, Facts facts, int seconds = 180);

// The writable folder: "/tmp" where there is one.
std::string SandboxFolder();

}  // namespace foster

#endif  // FOSTER_TESTS_UTIL_SANDBOX_H_
