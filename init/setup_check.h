// SPDX-License-Identifier: Apache-2.0
// What a request needs of this machine: found before anything is made, and told by --explain. One table, without effects.
#ifndef FOSTER_INIT_SETUP_CHECK_H_
#define FOSTER_INIT_SETUP_CHECK_H_

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "init/options.h"
#include "os/credentials.h"

namespace foster {

// What can be known of this process and this machine without asking for anything.
struct Facts {
  bool is_init = false;
  uid_t uid = 0;
  CapabilitySet effective = 0;
  int kernel = 0;  // 518 for Linux 5.18
  CapabilitySet permitted = 0;
  // As PID 1: kinds of namespaces (CLONE_NEW…) that are those of the machine around this PID namespace, as far as /proc shows it.
  unsigned long around = 0;
};
Facts GatherFacts();

// "5.18.3-amd64" -> 518; 0 for what is no version. Pure.
int KernelVersion(absl::string_view release);

// Something that an option needs. A new user namespace gives its maker every capability in it, so that capabilities count only without one, and only where
// no namespace is entered, whose owner nobody knows beforehand.
struct Requirement {
  const char* option;
  bool (*wanted)(const Options& options);
  CapabilitySet capabilities = 0;
  int kernel = 0;             // the first version that has it
  const char* file = "";      // that the kernel has it where this exists
  const char* otherwise = ""; // what to do where it is missing
};
absl::Span<const Requirement> Requirements();

// What is missing for `requirement`, in words, or "".
std::string Missing(const Requirement& requirement, const Options& options, const Facts& facts);

// Finds what is wrong with a request before anything is made: what contradicts itself, what would change the machine around us, what is missing.
absl::Status CheckRequest(const Options& options, const Facts& facts);

}  // namespace foster

#endif  // FOSTER_INIT_SETUP_CHECK_H_
