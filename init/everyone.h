// SPDX-License-Identifier: Apache-2.0
// Everyone who is left: signalling them, and knowing when nobody is.
#ifndef FOSTER_INIT_EVERYONE_H_
#define FOSTER_INIT_EVERYONE_H_

#include <stdint.h>
#include <sys/types.h>

namespace foster {

// Who "everyone" is.
enum class Scope : uint8_t {
  kNamespace,    // as PID 1: all processes of this PID namespace and of those below it
  kMachine,      // as the machine's own PID 1: all processes; the kernel's threads, which signals do not touch, are not among them
  kDescendants,  // as a subreaper among strangers: this process's children, theirs, and so on
  kNobody,       // as the outer half of a wrapper: the inner PID 1 sees to its own
};

inline bool IsInit(Scope scope) { return scope == Scope::kNamespace || scope == Scope::kMachine; }

// Sends `signo` to everyone but this process. Whether there was anybody. Processes that may not be signalled are left out, not
// an error. kDescendants reads /proc/PID/task/TID/children and signals what it finds; who is forked meanwhile is found at the next call.
// Without a /proc of this PID namespace nobody is found.
// Allocates nothing.
bool SignalEveryone(Scope scope, int signo);

// Calls `visit` for everyone but this process. False where they cannot be seen: as PID 1 that takes this PID namespace's procfs on /proc, as a
// subreaper any procfs that shows them. Allocates nothing.
using Visit = void (*)(void* context, pid_t pid);
bool VisitEveryone(Scope scope, Visit visit, void* context);

// Whether `pid` is this process or among everyone. For kDescendants its ancestors are looked for in /proc: somebody who has gone is nobody's descendant any
// more, and without a /proc of this PID namespace nobody is.
bool IsAmong(Scope scope, pid_t pid);

// Whether anybody is there. `childless` is what waitid(2) just said: for PID 1 it is not the whole truth, for a process that was injected
// (setns and fork by an outsider) has its parent outside.
bool AnyoneLeft(Scope scope, bool childless);

}  // namespace foster

#endif  // FOSTER_INIT_EVERYONE_H_
