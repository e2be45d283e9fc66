// SPDX-License-Identifier: Apache-2.0
// The mounts that the workload finds: what is wanted, as a list of steps that can be told (--explain) and done.
#ifndef FOSTER_INIT_SETUP_MOUNTS_H_
#define FOSTER_INIT_SETUP_MOUNTS_H_

#include <stdint.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace foster {

enum class Propagation : uint8_t { kPrivate, kSlave, kShared };

// One option, in the order of the command line, which is the order in which they are done.
struct MountWish {
  enum Kind : uint8_t { kProc, kDev, kMount, kReadOnly, kMask } kind;
  const char* value;
};

struct MountSpec {
  std::vector<MountWish> wishes;
  const char* root = nullptr;
  Propagation propagation = Propagation::kPrivate;

  bool wanted() const { return !wishes.empty() || root != nullptr; }
};

// What one step does.
enum class MountAct : uint8_t {
  kPropagate,   // flags: MS_PRIVATE, MS_SLAVE, MS_SHARED, for everything below /
  kFileSystem,  // mount `type` on target
  kBind,        // attach what was at `source` before the first step to target
  kEnterRoot,   // target becomes /, the old root is still there underneath
  kLeaveRoot,   // the old root goes
  kNode,        // make the device `device`, or bind the old /dev's
  kLink,        // make a symbolic link to `source`
  kReadOnly,    // target and all below
  kMask,        // cover target
};

struct MountStep {
  MountAct act = MountAct::kFileSystem;
  const char* option = "";  // "--proc"
  std::string type;
  std::string source;
  std::string target;       // absolute; of the new root, once that is entered
  std::string data;         // the file system's own options
  unsigned long flags = 0;  // MS_…
  dev_t device = 0;
  bool recursive = false;   // kBind
  bool may_create = false;  // a missing target is made
};

// What the plan depends on and a command line does not say.
struct MountSurroundings {
  bool own_namespace = false;  // it was just made for this process
  std::string terminal;        // the terminal on stdin, "/dev/pts/3", or ""
};

// Checks one value of --mount by itself, and of the options that take a path.
absl::Status CheckMount(absl::string_view value);
absl::Status CheckMountPath(absl::string_view path);

// All steps, in order. Pure. `spec` holds values that were checked.
std::vector<MountStep> PlanMounts(const MountSpec& spec, const MountSurroundings& surroundings);

// One step in words, for --explain.
std::string TellMountStep(const MountStep& step);

// Looks at stdin.
MountSurroundings LookAround(const MountSpec& spec, bool own_namespace);

// Does the steps. On failure takes back what it mounted where the mount namespace is not its own (one of its own goes with the process).
absl::Status ApplyMounts(const std::vector<MountStep>& plan, bool own_namespace);

// Plans and applies.
absl::Status MakeMounts(const MountSpec& spec, bool own_namespace);

}  // namespace foster

#endif  // FOSTER_INIT_SETUP_MOUNTS_H_
