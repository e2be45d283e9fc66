// SPDX-License-Identifier: Apache-2.0
#include "os/credentials.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace foster {
namespace {

int Outcome(long result) { return result == 0 ? 0 : errno; }

}  // namespace

int SetGroups(const gid_t* groups, size_t count) { return Outcome(syscall(SYS_setgroups, count, groups)); }

int SetAllGids(gid_t gid) { return Outcome(syscall(SYS_setresgid, gid, gid, gid)); }

int SetAllUids(uid_t uid) { return Outcome(syscall(SYS_setresuid, uid, uid, uid)); }

int GetCapabilities(Capabilities* now) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct halves[2] = {};
  if (syscall(SYS_capget, &header, halves) != 0) return errno;
  now->effective = halves[0].effective | CapabilitySet{halves[1].effective} << 32;
  now->permitted = halves[0].permitted | CapabilitySet{halves[1].permitted} << 32;
  now->inheritable = halves[0].inheritable | CapabilitySet{halves[1].inheritable} << 32;
  return 0;
}

int SetCapabilities(const Capabilities& wanted) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct halves[2];
  for (int half = 0; half < 2; ++half) {
    halves[half].effective = static_cast<uint32_t>(wanted.effective >> (32 * half));
    halves[half].permitted = static_cast<uint32_t>(wanted.permitted >> (32 * half));
    halves[half].inheritable = static_cast<uint32_t>(wanted.inheritable >> (32 * half));
  }
  return Outcome(syscall(SYS_capset, &header, halves));
}

int DropFromBoundingSet(int capability) { return Outcome(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)); }

int RaiseAmbient(int capability) { return Outcome(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0)); }

int LowerAmbient(int capability) { return Outcome(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, capability, 0, 0)); }

int ClearAmbient() { return Outcome(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)); }

int KeepCapabilities() { return Outcome(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)); }

int ForbidNewPrivileges() { return Outcome(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); }

int SetDumpable(bool dumpable) { return Outcome(prctl(PR_SET_DUMPABLE, dumpable ? 1 : 0, 0, 0, 0)); }

bool InBoundingSet(int capability) { return prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1; }

bool KernelKnowsCapability(int capability) { return prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; }

}  // namespace foster
