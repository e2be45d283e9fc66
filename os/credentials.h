// SPDX-License-Identifier: Apache-2.0
// Who a process is, by system calls with the kernel's own rules.
//
// The C library's setuid(2) family changes every thread of the process, by signals (nptl(7)). The child that is about to exec shares its parent's
// memory and has all signals blocked: there only the bare calls are right.
#ifndef FOSTER_OS_CREDENTIALS_H_
#define FOSTER_OS_CREDENTIALS_H_

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

namespace foster {

// Bit n for capability number n (<linux/capability.h>).
using CapabilitySet = uint64_t;
inline constexpr CapabilitySet CapabilityBit(int number) { return CapabilitySet{1} << number; }

struct Capabilities {
  CapabilitySet effective = 0;
  CapabilitySet permitted = 0;
  CapabilitySet inheritable = 0;
};

// Each: 0, or an errno.
int SetGroups(const gid_t* groups, size_t count);
int SetAllGids(gid_t gid);  // real, effective, saved
int SetAllUids(uid_t uid);
int GetCapabilities(Capabilities* now);
int SetCapabilities(const Capabilities& wanted);
int DropFromBoundingSet(int capability);
int RaiseAmbient(int capability);
int ClearAmbient();
int LowerAmbient(int capability);
// Permitted capabilities outlive the next change of user (PR_SET_KEEPCAPS); exec ends it.
int KeepCapabilities();
int ForbidNewPrivileges();
// Whether this memory may be dumped, and so read and traced by its user's other processes (PR_SET_DUMPABLE). exec makes a new one, which may.
int SetDumpable(bool dumpable);

// Whether the bounding set has it. False for numbers that this kernel does not know, which ends a loop over all of them.
bool InBoundingSet(int capability);
bool KernelKnowsCapability(int capability);

}  // namespace foster

#endif  // FOSTER_OS_CREDENTIALS_H_
