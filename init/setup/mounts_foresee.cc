// SPDX-License-Identifier: Apache-2.0
// What of a list of mount steps cannot be done, as far as that can be seen before the first of them. Whatever is not certain is left to the kernel.
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "init/cut.h"
#include "init/setup/mount_table.h"
#include "init/setup/mounts.h"
#include "os/open_strictly.h"
#include "os/read_file.h"

namespace foster {
namespace {

using absl::string_view;

// A path with "..", and in what is mounted anew one with links, leads elsewhere than it says.
bool GoesBack(string_view path) { return absl::StrContains(path, "/..") || absl::StartsWith(path, ".."); }

Foreseen OpenAs(const std::string& path, int flags, unsigned rules) {
  Foreseen seen;
  seen.at = OpenStrictly(path.c_str(), flags, rules);
  struct stat found;
  if (seen.at.valid()) {
    seen.is = Foreseen::kThere;
    if (fstat(seen.at.get(), &found) == 0) seen.mode = found.st_mode;
  } else if (errno == ENOENT || errno == ENOTDIR) {
    seen.is = Foreseen::kMissing;
    seen.error = errno;
  }
  return seen;
}

Foreseen Folder() {
  Foreseen seen;
  seen.is = Foreseen::kThere;
  seen.mode = S_IFDIR;
  return seen;
}

// Whether a file system that is not known yet might still be loaded as a module.
bool MayLoadModules() {
  std::string disabled;
  if (access("/proc/modules", F_OK) != 0) return access("/proc/filesystems", F_OK) != 0;
  return ReadFile("/proc/sys/kernel/modules_disabled", &disabled) != 0 || disabled != "1\n";
}

class Foresight {
 public:
  Foresight(const std::vector<MountStep>& plan, unsigned long made, Problems* problems) : plan_(plan), made_(made), problems_(problems) {}

  void All() {
    for (size_t i = 0; i < plan_.size(); ++i) {
      const MountStep& step = plan_[i];
      switch (step.act) {
        case MountAct::kFileSystem:
          Type(step, i);
          Target(step, i, true);
          if (step.type == "overlay") Layers(step, i);
          break;
        case MountAct::kBind: {
          const Foreseen source = Foresee(plan_, 0, step.source, O_PATH);
          if (source.is == Foreseen::kMissing) Tell(step, "source", source.error, step.source);
          if (source.mode != 0) Target(step, i, source.IsFolder());
          break;
        }
        case MountAct::kEnterRoot:
          Target(step, i, true);
          break;
        case MountAct::kReadOnly: {
          const Foreseen seen = Foresee(plan_, i, step.target, O_PATH);
          if (seen.is == Foreseen::kMissing) Tell(step, "path", seen.error, step.target);
          break;
        }
        default:
          break;
      }
    }
  }

 private:
  void Tell(const MountStep& step, string_view what, int error, string_view object, string_view hint = "") {
    problems_->Add(error, {step.option, ": ", what}, object, hint);
  }

  void Refuse(const MountStep& step, string_view why) { problems_->Add({step.option, ": ", step.type, " on \"", step.target, "\": ", why}); }

  void Target(const MountStep& step, size_t index, bool folder) {
    const Foreseen seen = Foresee(plan_, index, step.target, O_PATH);
    const string_view what = step.act == MountAct::kEnterRoot ? "folder" : "mount point";
    if (folder ? seen.IsOther() : seen.IsFolder()) {
      Tell(step, what, folder ? ENOTDIR : EISDIR, step.target, step.act == MountAct::kBind ? "a folder can be bound to a folder only, and a file to a file" : "");
    } else if (seen.is == Foreseen::kMissing && (!step.may_create || seen.error != ENOENT)) {
      const bool no_file = seen.error == ENOENT && step.act != MountAct::kEnterRoot;
      Tell(step, what, seen.error, step.target, no_file ? "foster makes missing mount points only in a new root and on what it mounted itself" : "");
    }
  }

  void Type(const MountStep& step, size_t index) {
    if (filesystems_.empty()) ReadFile("/proc/filesystems", &filesystems_);
    const string_view type = string_view(step.type).substr(0, step.type.find('.'));  // fuse.sshfs is fuse's
    bool known = false, needs_device = false;
    for (string_view rest = filesystems_; !rest.empty();) {
      string_view line = Cut(&rest, '\n');
      const bool no_device = absl::StartsWith(line, "nodev");
      Cut(&line, '\t');
      if (line != type) continue;
      known = true;
      needs_device = !no_device;
    }
    if (!known && !filesystems_.empty() && !MayLoadModules()) return Refuse(step, "this kernel does not know this file system, and loads no modules");
    // A source that names no file may be a label or another machine's folder.
    if (needs_device && absl::StartsWith(step.source, "/")) {
      const Foreseen source = Foresee(plan_, index, step.source, O_PATH);
      if (source.is == Foreseen::kMissing) Tell(step, "source", source.error, step.source);
    }
    if ((made_ & CLONE_NEWUSER) == 0) return;
    if (needs_device) return Refuse(step, "a user namespace may mount no file system that needs a device; it takes the machine's root");
    // Each shows, and rules, a namespace; whoever mounts it must own that.
    struct Shown {
      char type[8];
      unsigned long flag;
      const char* why;
    };
    constexpr Shown kShown[] = {{"proc", CLONE_NEWPID, "a user namespace may mount the procfs of its own PID namespace only: add --new=pid"},
                                {"sysfs", CLONE_NEWNET, "a user namespace may mount the sysfs of its own network namespace only: add --new=net"},
                                {"mqueue", CLONE_NEWIPC, "a user namespace may mount the queues of its own IPC namespace only: add --new=ipc"},
                                {"cgroup2", CLONE_NEWCGROUP, "a user namespace may mount the cgroups of its own cgroup namespace only: add --new=cgroup"},
                                {"cgroup", CLONE_NEWCGROUP, "a user namespace may mount the cgroups of its own cgroup namespace only: add --new=cgroup"}};
    for (const Shown& shown : kShown) {
      if (type == shown.type && (made_ & shown.flag) == 0) return Refuse(step, shown.why);
    }
    // sysfs is then given read-only (mounts_apply.cc).
    const bool proc = type == "proc";
    std::string table;
    if ((!proc && type != "sysfs") || ReadFile("/proc/self/mountinfo", &table) != 0) return;
    const std::string told = TooRevealing(table, type, !proc || (step.flags & MS_RDONLY) != 0);
    if (!told.empty()) Refuse(step, told);
  }

  // Their paths are looked up when the overlay is mounted. A backslash or an empty layer means more than it says.
  void Layers(const MountStep& step, size_t index) {
    bool upper = false, work = false;
    for (string_view rest = step.data; !rest.empty();) {
      string_view value = Cut(&rest, ',');
      const string_view name = Cut(&value, '=');
      upper = upper || name == "upperdir";
      work = work || name == "workdir";
      if ((name != "lowerdir" && name != "upperdir" && name != "workdir") || absl::StrContains(value, "\\") || absl::StrContains(value, "::")) continue;
      while (!value.empty()) {
        const std::string layer(name == "lowerdir" ? Cut(&value, ':') : value);
        if (name != "lowerdir") value = "";
        if (!absl::StartsWith(layer, "/")) continue;
        const Foreseen seen = Foresee(plan_, index, layer, O_PATH);
        if (seen.is == Foreseen::kMissing) Tell(step, name, seen.error, layer);
        if (seen.IsOther()) Tell(step, name, ENOTDIR, layer);
      }
    }
    if (upper && !work) Refuse(step, "an upperdir needs a workdir, on the same file system");
  }

  const std::vector<MountStep>& plan_;
  const unsigned long made_;
  Problems* const problems_;
  std::string filesystems_;
};

}  // namespace

Foreseen Foresee(const std::vector<MountStep>& plan, size_t steps, const std::string& path, int flags) {
  std::string here = path;
  bool moved = false;
  const auto below = [](string_view inner, string_view outer) {
    return outer == "/" || inner == outer || (absl::StartsWith(inner, outer) && inner[outer.size()] == '/');
  };
  for (size_t i = steps; i-- > 0;) {
    const MountStep& step = plan[i];
    if (step.act != MountAct::kFileSystem && step.act != MountAct::kBind && step.act != MountAct::kEnterRoot && step.act != MountAct::kMask) continue;
    moved = true;
    if (GoesBack(here)) return Foreseen();
    if (step.act == MountAct::kEnterRoot) {
      here = here == "/" ? step.target : step.target == "/" ? here : step.target + here;
    } else if (below(here, step.target)) {
      if (step.act == MountAct::kFileSystem) return here == step.target ? Folder() : Foreseen();
      if (step.act == MountAct::kMask) return Foreseen();
      // The source is what was there before all this.
      const bool itself = here.size() == step.target.size();
      const std::string rest = itself ? "" : here.substr(step.target == "/" ? 0 : step.target.size());
      return OpenAs(step.source + rest, flags, itself ? 0 : kNoLinks | (step.recursive ? 0 : kNoCrossing));
    } else if (below(step.target, here)) {
      return Foreseen();  // a mount point below it that may have been made, and this with it
    }
  }
  return OpenAs(here, flags, moved ? kNoLinks : 0);
}

void ForeseeMounts(const std::vector<MountStep>& plan, unsigned long made, Problems* problems) { Foresight(plan, made, problems).All(); }

}  // namespace foster
