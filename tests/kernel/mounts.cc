// SPDX-License-Identifier: Apache-2.0
// Mount namespaces as an init uses them: propagation, a new root, and what is locked in a user namespace.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/file_descriptor.h"
#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/kernel/steps.h"
#include "tests/util/kernel.h"
#include "tests/util/proc.h"
#include "tests/util/sandbox.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

long Tmpfs(const std::string& target) { return Checked(::mount("tmpfs", target.c_str(), "tmpfs", 0, nullptr)); }
long Propagation(const std::string& target, unsigned long flags) { return Checked(::mount(nullptr, target.c_str(), nullptr, flags, nullptr)); }

// Whether something is mounted on the folder: it is on another device than the folder around it.
bool Mounted(const std::string& folder) {
  struct stat inner, outer;
  NEED(::stat(folder.c_str(), &inner) == 0 && ::stat((folder + "/..").c_str(), &outer) == 0);
  return inner.st_dev != outer.st_dev;
}

// A mount with `propagation` and two folders in it.
void MakeTree(unsigned long propagation) {
  Folder("tree");
  NEED_SYS(Tmpfs("tree"));
  NEED_SYS(Propagation("tree", propagation));
  for (const char* name : {"tree/up", "tree/down"}) NEED_SYS(Checked(::mkdir(name, 0755)));
}

BEHAVIOUR(Mounts, SharedOnesReachTheParent, "MNT-01", "What an init mounts below a shared mount, in a mount namespace of its own, is mounted outside as well: a copy of a shared mount is its peer.", "mount_namespaces(7), Shared subtrees", "2.6.15",
          {{"mount inside", "0"}, {"mounted outside", true}}) {
  MakeTree(MS_SHARED);
  Actor init = Actor::Start(CLONE_NEWPID | CLONE_NEWNS);
  seen.Put("mount inside", Said(init.Call([] { return Tmpfs("tree/up"); })));
  seen.Put("mounted outside", Mounted("tree/up"));
}

BEHAVIOUR(Mounts, SlavesHearAndDoNotSpeak, "MNT-02", "When the init has made them slaves (MS_REC | MS_SLAVE) its mounts stay inside, and the parent's later ones still come in.", "mount_namespaces(7), Shared subtrees", "2.6.15",
          {{"mounted outside", false}, {"mounted inside", true}}) {
  MakeTree(MS_SHARED);
  Actor init = Actor::Start(CLONE_NEWPID | CLONE_NEWNS);
  init.Call([] {
    NEED_SYS(Propagation("/", MS_REC | MS_SLAVE));
    NEED_SYS(Tmpfs("tree/up"));
  });
  seen.Put("mounted outside", Mounted("tree/up"));
  NEED_SYS(Tmpfs("tree/down"));
  seen.Put("mounted inside", init.Call([] { return Mounted("tree/down"); }) == 1);
}

BEHAVIOUR(Mounts, PrivateOnesDoNeither, "MNT-02b", "When they are private nothing goes either way.", "mount_namespaces(7), Shared subtrees", "2.6.15", {{"mounted outside", false}, {"mounted inside", false}}) {
  MakeTree(MS_SHARED);
  Actor init = Actor::Start(CLONE_NEWPID | CLONE_NEWNS);
  init.Call([] {
    NEED_SYS(Propagation("/", MS_REC | MS_PRIVATE));
    NEED_SYS(Tmpfs("tree/up"));
  });
  seen.Put("mounted outside", Mounted("tree/up"));
  NEED_SYS(Tmpfs("tree/down"));
  seen.Put("mounted inside", init.Call([] { return Mounted("tree/down"); }) == 1);
}

BEHAVIOUR(Mounts, PivotRootNeedsNoSecondFolder, "MNT-03", "pivot_root(\".\", \".\") puts the old root on top of the new one, and one umount2(\".\", MNT_DETACH) takes it away. Propagation is a mount's affair (EINVAL for a folder), and the new root must be one (EBUSY).", "pivot_root(2), pivot_root(\".\", \".\")", "all",
          {{"MS_PRIVATE of a folder", "EINVAL"}, {"pivot_root to a folder", AnyOf({"EBUSY", "EINVAL"})}, {"pivot_root", AnyOf({"0", "EINVAL (the root is an initramfs)"})}, {"umount2", "0"}, {"the old root", "ENOENT"}}) {
  Folder("plain");
  Folder("root");
  Actor init = Actor::Start(CLONE_NEWPID | CLONE_NEWNS);
  init.Call([seen] {
    NEED_SYS(Propagation("/", MS_REC | MS_PRIVATE));
    seen.Put("MS_PRIVATE of a folder", Said(Propagation("plain", MS_PRIVATE)));
    seen.Put("pivot_root to a folder", Said(Sys(SYS_pivot_root, "plain", "plain")));
    NEED_SYS(Tmpfs("root"));
    const std::string old = SandboxFolder() + "/plain";
    NEED_SYS(Checked(::chdir("root")));
    const long result = Sys(SYS_pivot_root, ".", ".");
    if (result == -EINVAL) {
      // The root file system that the kernel unpacked itself cannot be pivoted away (pivot_root(2), NOTES): make one that can.
      seen.Put("pivot_root", "EINVAL (the root is an initramfs)");
      NEED_SYS(Checked(::mount(".", "/", nullptr, MS_MOVE, nullptr)));
      NEED_SYS(Checked(::chroot(".")));
      seen.Put("umount2", "0");
    } else {
      seen.Put("pivot_root", Said(result));
      seen.Put("umount2", Said(Checked(::umount2(".", MNT_DETACH))));
    }
    struct stat gone;
    seen.Put("the old root", Said(Checked(::stat(old.c_str(), &gone))));
  });
}

BEHAVIOUR(Mounts, InheritedOnesAreLockedInAUserNamespace, "MNT-04", "In a new user and mount namespace inherited mounts cannot be taken away one by one (EINVAL); a tmpfs may be mounted, devices may not be made (EPERM), nor block devices mounted (EPERM).", "mount_namespaces(7), Restrictions on mount namespaces; user_namespaces(7)", "3.12",
          {{"umount of /proc", "EINVAL"}, {"tmpfs", "0"}, {"umount of that", "0"}, {"mknod", "EPERM"}, {"ext4", AnyOf({"EPERM", "ENODEV"})}}) {
  Actor init = Actor::TryStart(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID);
  if (!init.valid()) seen.Skip("clone(CLONE_NEWUSER): " + ErrnoName(init.error()));
  Folder("own");
  NEED_SYS(Checked(::chmod("own", 0777)));
  const std::string map = "0 0 1";
  NEED_SYS(WriteFile("/proc/" + std::to_string(init.pid()) + "/uid_map", map));
  NEED_SYS(WriteFile("/proc/" + std::to_string(init.pid()) + "/gid_map", map));
  init.Call([seen] {
    seen.Put("umount of /proc", Said(Checked(::umount("/proc"))));
    seen.Put("tmpfs", Said(Tmpfs("own")));
    seen.Put("umount of that", Said(Checked(::umount("own"))));
    seen.Put("mknod", Said(Checked(::mknod("own/null", S_IFCHR | 0666, 0x103))));
    seen.Put("ext4", Said(Checked(::mount("/dev/none", "own", "ext4", 0, nullptr))));
  });
}

BEHAVIOUR(Mounts, GoWithTheirLastProcess, "MNT-05", "When the last process of a mount namespace has ended its mounts are taken away: a file system that only it had is free again.", "mount_namespaces(7)", "2.4.19", {{"writer refused while it is mounted", "EBUSY"}, {"afterwards", "0"}}) {
  // A superblock that both namespaces know: the inner one's bind mount of a folder keeps the outer one from being made read-only while it has a writer.
  Folder("shared");
  NEED_SYS(Tmpfs("shared"));
  Actor init = Actor::Start(CLONE_NEWPID | CLONE_NEWNS);
  init.Call([] {
    NEED_SYS(Propagation("/", MS_REC | MS_PRIVATE));
    return NEED_SYS(Checked(::open("shared/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600)));
  });
  const auto read_only = [] { return Said(Checked(::mount(nullptr, "shared", nullptr, MS_REMOUNT | MS_RDONLY, nullptr))); };
  seen.Put("writer refused while it is mounted", read_only());
  init.Exit(0);
  init.Reap();
  seen.Put("afterwards", read_only());
}

// Linux 7.x; the numbers are of include/uapi/linux/sched.h there.
constexpr uint64_t kCloneEmptyMntns = 1ULL << 37;

BEHAVIOUR(Mounts, CanStartWithNone, "U-16", "From Linux 7.1 on clone3(2) can make a mount namespace with nothing in it but an empty root (CLONE_EMPTY_MNTNS); before, the flag is refused (EINVAL).", "include/uapi/linux/sched.h", "5.3",
          {{"clone3", Since(7, 1, "0", "EINVAL")}, {"child found /proc", Since(7, 1, "ENOENT", "(no child)")}}) {
  CloneArgs args;
  args.flags = CLONE_NEWPID | CLONE_NEWNS | kCloneEmptyMntns;
  args.exit_signal = SIGCHLD;
  seen.Put("child found /proc", "(no child)");
  const long pid = Clone3(args);
  if (pid == 0) {
    struct stat there;
    seen.Put("child found /proc", Said(Checked(::stat("/proc", &there))));
    ::_exit(0);
  }
  seen.Put("clone3", pid < 0 ? Said(pid) : "0");
  if (pid > 0) Wait(static_cast<pid_t>(pid));
}

}  // namespace
}  // namespace foster
