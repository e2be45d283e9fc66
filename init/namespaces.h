// SPDX-License-Identifier: Apache-2.0
// Making namespaces.
#ifndef FOSTER_INIT_NAMESPACES_H_
#define FOSTER_INIT_NAMESPACES_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace foster {

struct NamespaceSpec {
  unsigned long make = 0;  // CLONE_NEW… flags

  bool Makes(unsigned long flag) const { return (make & flag) != 0; }
};

// Adds the namespaces that LIST ("pid,mount,uts,ipc") names.
absl::Status AddNamespaces(absl::string_view list, NamespaceSpec* spec);

// Makes the wanted namespaces for this process, all but the PID namespace, which only a child can be born into (pid_namespaces(7)).
absl::Status MakeNamespaces(const NamespaceSpec& spec);

// Why clone(2) or unshare(2) of these may have said `error`, and what to try; "" where there is nothing to add.
absl::string_view NamespaceHint(int error);

}  // namespace foster

#endif  // FOSTER_INIT_NAMESPACES_H_
