// SPDX-License-Identifier: Apache-2.0
// Which kernel this is, and what the caller may do: for skipping with a reason, and for answers that changed between versions.
#ifndef FOSTER_TESTS_UTIL_KERNEL_H_
#define FOSTER_TESTS_UTIL_KERNEL_H_

#include <string>

namespace foster {

// "6.18.44-amd64", as of uname(2).
std::string KernelRelease();

// Whether the running kernel is `major`.`minor` or newer.
bool KernelAtLeast(int major, int minor);

// Reads the version with which `text` begins ("5.6", "2.6.28 (…)"); false where it begins with none.
bool VersionOf(const std::string& text, int* major, int* minor);

// Whether the effective set of the caller has capability number `capability` (linux/capability.h).
bool HaveCapability(int capability);

}  // namespace foster

#endif  // FOSTER_TESTS_UTIL_KERNEL_H_
