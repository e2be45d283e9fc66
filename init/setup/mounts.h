// SPDX-License-Identifier: Apache-2.0
// The mounts that the workload finds: what is wanted, as a list of steps that can be told (--explain) and done.
#ifndef FOSTER_INIT_SETUP_MOUNTS_H_
#define FOSTER_INIT_SETUP_MOUNTS_H_

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "init/setup/problems.h"
#include "os/file_descriptor.h"

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

// What was mounted, and which mount points were made for it, so that all of it can be taken back as long as there is no workload. In a mount namespace
// of foster's own the mounts would go with it, but what was made in a folder that outlives it would not.
class MountsMade {
 public:
  enum Kind : uint8_t { kMount, kFolder, kFile };

  void Add(Kind kind, std::string path) { made_.push_back({kind, std::move(path)}); }
  // After pivot_root(2): what was mounted before went with the old root, and nothing was made there but what was mounted on.
  void Forget() { made_.clear(); }
  // The last first. What somebody else uses by now stays.
  void TakeBack();

 private:
  struct One {
    Kind kind;
    std::string path;
  };
  std::vector<One> made_;
};

// A path as it will be after some steps, seen from before the first.
struct Foreseen {
  enum Is : uint8_t { kUnknown, kMissing, kThere } is = kUnknown;
  int error = 0;      // kMissing: ENOENT or ENOTDIR
  FileDescriptor at;  // kThere: open; or not valid, for the top of a file system that is to be mounted
  mode_t mode = 0;    // S_IF…, or 0 where it is not known
  bool IsFolder() const { return S_ISDIR(mode); }
  bool IsOther() const { return mode != 0 && !S_ISDIR(mode); }
};

// `path` after the first `steps` steps; opened with `flags` (O_PATH, O_RDONLY). Unknown wherever it is not certain.
Foreseen Foresee(const std::vector<MountStep>& plan, size_t steps, const std::string& path, int flags);

// Adds what of `plan` cannot be done. `made`: the namespaces (CLONE_NEW…) that will have been made for it.
void ForeseeMounts(const std::vector<MountStep>& plan, unsigned long made, Problems* problems);

// Does the steps. *made grows with each of them, on failure too; taking back is the caller's affair.
absl::Status ApplyMounts(const std::vector<MountStep>& plan, MountsMade* made);

// Plans and applies.
absl::Status MakeMounts(const MountSpec& spec, bool own_namespace, MountsMade* made);

}  // namespace foster

#endif  // FOSTER_INIT_SETUP_MOUNTS_H_
