// SPDX-License-Identifier: Apache-2.0
// The one loop that does a list of mount steps.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "init/setup/mount_table.h"
#include "init/setup/mounts.h"
#include "os/credentials.h"
#include "os/file_descriptor.h"
#include "os/mount_calls.h"
#include "os/read_file.h"
#include "os/status_from_errno.h"

namespace foster {
namespace {

using absl::string_view;

constexpr char kMountTable[] = "/proc/self/mountinfo";
constexpr char kTooOld[] = "needs Linux 5.2";

__attribute__((noinline)) absl::Status Failed(const MountStep& step, string_view call, int error, string_view object, string_view hint = "") {
  return StatusFromErrno(error, absl::StrCat(step.option, ": ", call), object, hint);
}

bool MayMount() {
  Capabilities now;
  return GetCapabilities(&now) == 0 && (now.effective & CapabilityBit(CAP_SYS_ADMIN)) != 0;
}

// What the loop carries from step to step.
class Mounter {
 public:
  explicit Mounter(MountsMade* made) : made_(made) {}

  absl::Status DoAll(const std::vector<MountStep>& plan) {
    absl::Status status = Prepare(plan);
    // Modes are meant as they are written; and foster's own mask is the workload's.
    const mode_t mask = umask(0);
    for (size_t i = 0; i < plan.size() && status.ok(); ++i) status = Do(plan[i], i);
    if (status.ok()) status = GoBack();
    umask(mask);
    return status;
  }

 private:
  // What must be held before the first step covers it: the sources of bind mounts, /dev, the folder that we are in.
  absl::Status Prepare(const std::vector<MountStep>& plan) {
    trees_.resize(plan.size());
    char folder[PATH_MAX];
    for (size_t i = 0; i < plan.size(); ++i) {
      const MountStep& step = plan[i];
      if (step.act == MountAct::kEnterRoot) new_root_ = true;
      if (step.act == MountAct::kNode && !old_dev_.valid()) old_dev_ = AboveStdio(FileDescriptor(open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC)));
      if (step.act == MountAct::kMask) trees_[i] = CloneMount(AT_FDCWD, "/dev/null", false);
      if (step.act != MountAct::kBind) continue;
      trees_[i] = CloneMount(AT_FDCWD, step.source.c_str(), step.recursive);
      if (!trees_[i].valid()) return Failed(step, "open_tree", errno, step.source, BindHint(errno));
    }
    if (new_root_) ReadFile(kMountTable, &mount_table_);
    if (!new_root_ && plan.size() > 1 && getcwd(folder, sizeof folder) != nullptr) folder_ = folder;
    return absl::OkStatus();
  }

  // The working directory was looked up before all this: what now covers it is meant to be seen.
  absl::Status GoBack() {
    if (!new_root_ && !folder_.empty() && chdir(folder_.c_str()) != 0 && chdir("/") != 0) return StatusFromErrno(errno, "chdir", "/");
    return absl::OkStatus();
  }

  absl::Status Do(const MountStep& step, size_t index) {
    switch (step.act) {
      case MountAct::kPropagate:
        if (mount(nullptr, "/", nullptr, MS_REC | step.flags, nullptr) == 0) return absl::OkStatus();
        return Failed(step, "mount", errno, "/", PlainHint(errno));
      case MountAct::kFileSystem:
        return MountFileSystem(step);
      case MountAct::kBind:
        return Bind(step, trees_[index].get());
      case MountAct::kEnterRoot:
        return EnterRoot(step);
      case MountAct::kLeaveRoot:
        if (pivoted_ && umount2(".", MNT_DETACH) != 0) return Failed(step, "umount2 (old root)", errno, "", "");
        if (chdir("/") != 0) return Failed(step, "chdir", errno, "/");
        return absl::OkStatus();
      case MountAct::kNode:
        return MakeNode(step);
      case MountAct::kLink:
        if (symlink(step.source.c_str(), step.target.c_str()) == 0) return absl::OkStatus();
        return Failed(step, "symlink", errno, step.target);
      case MountAct::kReadOnly:
        return MakeReadOnly(step);
      case MountAct::kMask:
        return Mask(step, trees_[index].get());
    }
    return absl::OkStatus();
  }

  absl::Status Made(const MountStep& step) {
    made_->Add(MountsMade::kMount, step.target);
    return absl::OkStatus();
  }

  absl::Status MountFileSystem(const MountStep& step) {
    if (step.may_create) MakeFolders(step.target);
    const auto attempt = [&step](unsigned long flags, const std::string& data) {
      return mount(step.source.c_str(), step.target.c_str(), step.type.c_str(), flags, data.empty() ? nullptr : data.c_str()) == 0;
    };
    if (attempt(step.flags, step.data)) return Made(step);
    int error = errno;
    // Terminals belong to group 5 by custom; a user namespace may have no such group.
    const size_t group = step.data.find(",gid=5");
    if (error == EINVAL && step.type == "devpts" && group != std::string::npos) {
      if (attempt(step.flags, step.data.substr(0, group))) return Made(step);
      error = errno;
    }
    // A kernel file system that may only be seen read-only outside is given read-only (mount_too_revealing()).
    if (error == EPERM && step.type == "sysfs" && attempt(step.flags | MS_RDONLY, step.data)) return Made(step);
    return Failed(step, absl::StrCat("mount ", step.type), error, step.target, FileSystemHint(step, error));
  }

  absl::Status Bind(const MountStep& step, int tree) {
    const unsigned long restriction = step.flags & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
    bool restricted = restriction == 0;
    if (!restricted) {
      const int error = RestrictMount(tree, "", restriction, step.recursive);
      if (error != 0 && error != ENOSYS) return Failed(step, "mount_setattr", error, step.source);
      restricted = error == 0;
    }
    if (step.may_create) MakeTargetFor(tree, step.target);
    const int error = AttachMount(tree, step.target.c_str());
    if (error != 0) return Failed(step, "move_mount", error, step.target, TargetHint(step, error));
    Made(step).IgnoreError();
    return restricted ? absl::OkStatus() : RestrictByRemount(step, restriction, step.recursive);
  }

  absl::Status EnterRoot(const MountStep& step) {
    const char* root = step.target.c_str();
    if (mount(root, root, nullptr, MS_BIND | MS_REC, nullptr) != 0) return Failed(step, "mount (bind)", errno, root, PlainHint(errno));
    Made(step).IgnoreError();
    if (chdir(root) != 0) return Failed(step, "chdir", errno, root);
    const int error = PivotHere();
    if (error == 0) {
      pivoted_ = true;
      made_->Forget();
      return absl::OkStatus();
    }
    // The root of an initramfs cannot be exchanged, only covered.
    if (error == EINVAL && mount(".", "/", nullptr, MS_MOVE, nullptr) == 0 && chroot(".") == 0) return absl::OkStatus();
    return Failed(step, "pivot_root", error, root, error == EINVAL ? "mounts around the old root are shared; try --new=mount" : PlainHint(error));
  }

  absl::Status MakeNode(const MountStep& step) {
    if (mknod(step.target.c_str(), S_IFCHR | 0666, step.device) == 0) return absl::OkStatus();
    if (errno == EEXIST) return absl::OkStatus();
    int error = errno;
    // A user namespace makes no devices (user_namespaces(7)); those outside can be bound.
    const FileDescriptor tree = CloneMount(old_dev_.get(), step.target.c_str() + sizeof "/dev/" - 1, false);
    if (tree.valid()) {
      FileDescriptor(open(step.target.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC | O_NOCTTY, 0666)).Reset(-1);
      error = AttachMount(tree.get(), step.target.c_str());
    }
    if (error == 0) return absl::OkStatus();
    return Failed(step, "mknod", error, step.target, "needs CAP_MKNOD, or the device in the outer /dev");
  }

  absl::Status MakeReadOnly(const MountStep& step) {
    const char* path = step.target.c_str();
    int error = RestrictMount(AT_FDCWD, path, MS_RDONLY, true);
    if (error == 0) return absl::OkStatus();
    if (error == EINVAL || error == ENOSYS) {
      // Not a mount point yet: it becomes one.
      const bool is_mount_point = IsMountPoint(path);
      FileDescriptor tree = is_mount_point ? FileDescriptor() : CloneMount(AT_FDCWD, path, true);
      // Before Linux 5.12 nobody else would notice that there is no such path.
      if (error == ENOSYS && !is_mount_point && !tree.valid()) return Failed(step, "open_tree", errno, path, PlainHint(errno));
      if (tree.valid()) {
        error = AttachMount(tree.get(), path);
        if (error != 0) return Failed(step, "move_mount", error, path);
        Made(step).IgnoreError();
        tree.Reset(-1);
        error = RestrictMount(AT_FDCWD, path, MS_RDONLY, true);
      }
      if (error == 0) return absl::OkStatus();
      if (error == ENOSYS) return RestrictByRemount(step, MS_RDONLY, true);
    }
    return Failed(step, "mount_setattr", error, path, PlainHint(error));
  }

  static bool IsMountPoint(const char* path) {
    std::string table;
    char real[PATH_MAX];
    if (ReadFile(kMountTable, &table) != 0 || realpath(path, real) == nullptr) return false;
    for (const MountEntry& entry : ReadMountTable(table)) {
      if (entry.point == real) return true;
    }
    return false;
  }

  // Before Linux 5.12: each mount by itself. What is locked (nosuid and the like, in a user namespace) must be said again.
  absl::Status RestrictByRemount(const MountStep& step, unsigned long restriction, bool recursive) {
    std::string table;
    int error = ReadFile(kMountTable, &table);
    if (error != 0) return Failed(step, "read", error, kMountTable, "before Linux 5.12 this needs a procfs on /proc");
    char real[PATH_MAX];
    const std::string top = realpath(step.target.c_str(), real) == nullptr ? step.target : real;
    bool found = false;
    for (const MountEntry& entry : ReadMountTable(table)) {
      if (entry.point == top) found = true;
      const bool below = top == "/" || (entry.point.size() > top.size() && entry.point.compare(0, top.size(), top) == 0 && entry.point[top.size()] == '/');
      if (entry.point != top && !(recursive && below)) continue;
      if (mount(nullptr, entry.point.c_str(), nullptr, MS_REMOUNT | MS_BIND | entry.flags | restriction, nullptr) == 0) continue;
      // What is covered by something else, or gone, cannot be reached for writing either.
      if (errno == ENOENT || errno == EINVAL || errno == ENOTDIR || errno == EACCES) continue;
      return Failed(step, "mount (remount)", errno, entry.point, PlainHint(errno));
    }
    // Never say that something is protected which was not found.
    if (!found) return Failed(step, "mount (remount)", EINVAL, top, "it is not among the mounts of /proc/self/mountinfo");
    return absl::OkStatus();
  }

  absl::Status Mask(const MountStep& step, int null) {
    struct stat found;
    if (stat(step.target.c_str(), &found) != 0) {
      // What is not there is hidden already.
      if (errno == ENOENT || errno == ENOTDIR) return absl::OkStatus();
      return Failed(step, "stat", errno, step.target);
    }
    int error = 0;
    if (S_ISDIR(found.st_mode)) {
      if (mount("tmpfs", step.target.c_str(), "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=555,size=4k") != 0) error = errno;
    } else if (null < 0) {
      return Failed(step, "open_tree", ENOENT, "/dev/null", "a file is hidden by it");
    } else {
      error = AttachMount(null, step.target.c_str());
    }
    return error == 0 ? Made(step) : Failed(step, "mount", error, step.target, PlainHint(error));
  }

  void MakeFolders(const std::string& path) {
    for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
      std::string folder = path.substr(0, slash);
      if (mkdir(folder.c_str(), 0755) == 0) made_->Add(MountsMade::kFolder, std::move(folder));
      if (slash == std::string::npos) return;
    }
  }

  void MakeTargetFor(int tree, const std::string& path) {
    struct stat source;
    if (fstat(tree, &source) == 0 && S_ISDIR(source.st_mode)) return MakeFolders(path);
    const size_t slash = path.rfind('/');
    if (slash != 0) MakeFolders(path.substr(0, slash));
    if (FileDescriptor(open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOCTTY, 0644)).valid()) made_->Add(MountsMade::kFile, path);
  }

  static string_view PlainHint(int error) {
    return error == EPERM && !MayMount() ? "needs CAP_SYS_ADMIN; try --new=user,mount" : error == ENOSYS ? kTooOld : "";
  }

  static string_view BindHint(int error) {
    if (error == EINVAL) return "what is mounted below it is locked in a user namespace, so it can only be bound together with that: use rbind";
    return PlainHint(error);
  }

  static string_view TargetHint(const MountStep& step, int error) {
    if (error == ENOENT && !step.may_create) return "foster makes missing mount points only in a new root and on what it mounted itself";
    if (error == ENOENT || error == EINVAL) return "the mount point cannot be made here, or is of the other kind (folder, file)";
    return PlainHint(error);
  }

  std::string FileSystemHint(const MountStep& step, int error) {
    if (error == ENOENT) return std::string(TargetHint(step, error));
    if (error == ENODEV) return "this kernel does not know this file system";
    if (error == EINVAL) return absl::StrCat("this kernel's ", step.type, " does not know these options: ", step.data);
    if (error == EBUSY) return "the same is mounted there already, or the source is in use";
    if (error != EPERM) return std::string(PlainHint(error));
    if (!MayMount()) return "needs CAP_SYS_ADMIN; try --new=user,mount";
    if (step.type == "proc" || step.type == "sysfs") {
      if (mount_table_.empty()) ReadFile(kMountTable, &mount_table_);
      if (step.type == "proc") return TellMasked(mount_table_, "proc");
      return absl::StrCat("a user namespace may mount the sysfs of its own network namespace only: add --new=net; if it has one: ", TellMasked(mount_table_, "sysfs"));
    }
    if (step.type == "mqueue") return "a user namespace may mount the queues of its own IPC namespace only: add --new=ipc";
    if (step.type == "cgroup2" || step.type == "cgroup") return "a user namespace may mount the cgroups of its own cgroup namespace only: add --new=cgroup";
    return "a user namespace may not mount this file system; it takes the machine's root";
  }

  MountsMade* const made_;
  bool new_root_ = false;
  bool pivoted_ = false;
  std::string folder_;
  std::string mount_table_;
  FileDescriptor old_dev_;
  std::vector<FileDescriptor> trees_;
};

}  // namespace

MountSurroundings LookAround(const MountSpec& spec, bool own_namespace) {
  MountSurroundings surroundings;
  surroundings.own_namespace = own_namespace;
  for (const MountWish& wish : spec.wishes) {
    if (wish.kind != MountWish::kDev || isatty(STDIN_FILENO) == 0) continue;
    char path[64];
    const ssize_t size = readlink("/proc/self/fd/0", path, sizeof path - 1);
    struct stat named, opened;
    if (size <= 0) continue;
    path[size] = '\0';
    // A terminal of another devpts cannot be reached by its name; there is then no console.
    if (stat(path, &named) == 0 && fstat(STDIN_FILENO, &opened) == 0 && named.st_rdev == opened.st_rdev && named.st_ino == opened.st_ino) surroundings.terminal = path;
  }
  return surroundings;
}

void MountsMade::TakeBack() {
  for (; !made_.empty(); made_.pop_back()) {
    const char* path = made_.back().path.c_str();
    switch (made_.back().kind) {
      case kMount:
        umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
        break;
      case kFolder:
        rmdir(path);
        break;
      case kFile:
        unlink(path);
        break;
    }
  }
}

absl::Status ApplyMounts(const std::vector<MountStep>& plan, MountsMade* made) { return Mounter(made).DoAll(plan); }

}  // namespace foster
