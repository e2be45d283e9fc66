// SPDX-License-Identifier: Apache-2.0
// User namespaces around a PID namespace: who may do what, and the ways that a rootless container goes.
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/file_descriptor.h"
#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/kernel/steps.h"
#include "tests/util/kernel.h"
#include "tests/util/proc.h"
#include "tests/util/signals.h"
#include "tests/util/spawn.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

// Tests that need a user namespace begin with this: where the machine forbids them that is the reason to skip.
Actor StartUser(Facts seen, unsigned long flags) {
  Actor actor = Actor::TryStart(CLONE_NEWUSER | flags);
  if (!actor.valid()) seen.Skip("clone(CLONE_NEWUSER): " + ErrnoName(actor.error()));
  return actor;
}

std::string Of(const Actor& actor, const char* file) { return "/proc/" + std::to_string(actor.pid()) + "/" + file; }

// Maps the whole range, or root to one id, by a process outside that may.
void MapIds(const Actor& actor, const std::string& map) {
  NEED_SYS(WriteFile(Of(actor, "uid_map"), map));
  NEED_SYS(WriteFile(Of(actor, "gid_map"), map));
}
constexpr char kRootOnly[] = "0 0 1";

std::string Stat(const char* path) {
  struct stat status;
  return Said(Checked(::stat(path, &status)));
}
long Tmpfs(const char* target) { return Checked(::mount("tmpfs", target, "tmpfs", 0, nullptr)); }

BEHAVIOUR(UserNamespaces, MayMountTheirOwnProc, "USER-01", "The init of new user, PID and mount namespaces may mount a procfs of its own and take it away again; the inherited one stays (EINVAL).", "user_namespaces(7); mount_namespaces(7)", "3.12",
          {{"mount", "0"}, {"self", "1"}, {"umount of its own", "0"}, {"umount of the inherited", "EINVAL"}}) {
  Folder("inner");
  Actor init = StartUser(seen, CLONE_NEWPID | CLONE_NEWNS);
  MapIds(init, kRootOnly);
  init.Call([seen] {
    seen.Put("mount", Said(MountProc("inner")));
    seen.Put("self", ReadLink("inner/self"));
    seen.Put("umount of its own", Said(Checked(::umount("inner"))));
    seen.Put("umount of the inherited", Said(Checked(::umount("/proc"))));
  });
}

// mount_too_revealing() compares with every procfs of the mount namespace: one that is wholly visible is enough.
BEHAVIOUR(UserNamespaces, MayMountProcWhileOneIsFullyVisible, "USER-02", "Having covered /proc/sys itself it may still mount a procfs: what it could uncover is not hidden from it.", "fs/namespace.c mount_too_revealing()", "4.2",
          {{"cover", "0"}, {"mount", "0"}, {"mount with subset=pid", "0"}}) {
  for (const char* name : {"inner", "second"}) Folder(name);
  Actor init = StartUser(seen, CLONE_NEWPID | CLONE_NEWNS);
  MapIds(init, kRootOnly);
  init.Call([seen] {
    NEED_SYS(MountProc("inner"));
    seen.Put("cover", Said(Tmpfs("/proc/sys")));
    seen.Put("mount", Said(MountProc("second")));
    seen.Put("mount with subset=pid", Said(MountProc("second", KernelAtLeast(5, 8) ? "subset=pid" : nullptr)));
  });
}

BEHAVIOUR(UserNamespaces, OwnTheNumbersOfTheirLevelOnly, "USER-03", "In a PID namespace that belongs to its own user namespace an init may set ns_last_pid (and pid_max from 6.14 on) and choose numbers at its level, but not at the level of the parent's (EPERM); reboot(2)'s other commands stay refused (EINVAL).",
          "clone(2), The set_tid array; kernel/pid.c alloc_pid(); kernel/pid_namespace.c", "5.9",
          {{"write ns_last_pid", "0"}, {"next number", 501}, {"write pid_max", Since(6, 14, "0", "(not tried)")}, {"set_tid at its level", 700}, {"set_tid at the parent's too", "EPERM"}, {"reboot(CAD_OFF)", "EINVAL"}}) {
  Actor init = StartUser(seen, CLONE_NEWPID);
  MapIds(init, kRootOnly);
  init.Call([seen] {
    const auto clone_with = [](const pid_t* tids, uint64_t count) {
      CloneArgs args;
      args.exit_signal = SIGCHLD;
      args.set_tid = reinterpret_cast<uint64_t>(tids);
      args.set_tid_size = count;
      return Clone3AndExit(args);
    };
    const long written = WriteFile("/proc/sys/kernel/ns_last_pid", "500");
    if (written == -ENOENT) seen.Skip("no ns_last_pid in /proc/sys/kernel (CONFIG_CHECKPOINT_RESTORE)");
    seen.Put("write ns_last_pid", Said(written));
    seen.Put("next number", CloneAndExit(0));
    seen.Put("write pid_max", KernelAtLeast(6, 14) ? Said(WriteFile("/proc/sys/kernel/pid_max", "40000")) : "(not tried)");
    const pid_t tids[] = {700, 4000};
    seen.Put("set_tid at its level", Said(clone_with(tids, 1)));
    const pid_t both[] = {701, 4001};
    seen.Put("set_tid at the parent's too", Said(clone_with(both, 2)));
    seen.Put("reboot(CAD_OFF)", Said(Sys(SYS_reboot, 0xfee1dead, 672274793, 0, nullptr)));
  });
}

BEHAVIOUR(UserNamespaces, CannotLookBehindAMaskedProc, "USER-04",
          "Where the parent's /proc is masked, as container engines do it, a new user namespace may mount no procfs (EPERM) and not take the mask away (EINVAL); with subset=pid it may from Linux 7.2 on.",
          "fs/namespace.c mount_too_revealing(); fs/proc/root.c", "5.8",
          {{"mount", "EPERM"}, {"mount with subset=pid", Since(7, 2, "0", "EPERM")}, {"umount of the mask", "EINVAL"}}) {
  Folder("inner");
  NEED_SYS(Tmpfs("/proc/sys"));
  Actor init = StartUser(seen, CLONE_NEWPID | CLONE_NEWNS);
  MapIds(init, kRootOnly);
  init.Call([seen] {
    seen.Put("mount", Said(MountProc("inner")));
    seen.Put("mount with subset=pid", Said(MountProc("inner", "subset=pid")));
    seen.Put("umount of the mask", Said(Checked(::umount("/proc/sys"))));
  });
}

BEHAVIOUR(UserNamespaces, SubsetStaysASubset, "U-17", "A procfs with subset=pid cannot be turned into a full one by a remount: what was left out stays out, whether the kernel refuses the remount or takes it.", "fs/proc/root.c proc_reconfigure()", "5.8",
          {{"mount", "0"}, {"meminfo after the remount", "ENOENT"}}) {
  seen.Put("mount", Said(MountProc("subset", "subset=pid")));
  seen.Put("remount", Said(Checked(::mount(nullptr, "subset", nullptr, MS_REMOUNT, nullptr))));
  seen.Put("meminfo after the remount", Stat("subset/meminfo"));
}

BEHAVIOUR(UserNamespaces, AreTheReasonNotTheMask, "USER-05", "Without a new user namespace the same mask does not keep root from mounting a procfs.", "fs/namespace.c mount_too_revealing()", "4.2", {{"mount", "0"}}) {
  Folder("inner");
  NEED_SYS(Tmpfs("/proc/sys"));
  Actor init = Actor::Start(CLONE_NEWPID | CLONE_NEWNS);
  seen.Put("mount", Said(init.Call([] { return MountProc("inner"); })));
}

BEHAVIOUR(UserNamespaces, AreOpenToRootOutside, "USER-06", "Root outside may signal the init of a user namespace whose root is another user outside; a process of yet another user may not (EPERM).", "kill(2); user_namespaces(7)", "3.8",
          {{"kill by root", "0"}, {"handled", 1}, {"si_uid inside", 65534}, {"kill by user 1000", "EPERM"}}) {
  Actor init = StartUser(seen, CLONE_NEWPID);
  const long mapped = WriteFile(Of(init, "uid_map"), "0 100000 1000");
  if (mapped == -EPERM) seen.Skip("needs to map other users than its own: uid_map says EPERM");
  NEED_SYS(mapped);
  init.Call([] {
    NEED_SYS(Sys(SYS_setresuid, 0, 0, 0));
    RecordSignal(SIGTERM);
  });
  Actor user = Actor::Start();
  user.Call([] { BecomeUser(1000); });
  seen.Put("kill by root", Said(init.Kill(SIGTERM)));
  init.Call([seen] {
    seen.Put("handled", Recorded(SIGTERM).count);
    seen.Put("si_uid inside", Recorded(SIGTERM).uid);
  });
  seen.Put("kill by user 1000", Said(user.Call([pid = init.pid()] { return Sys(SYS_kill, pid, SIGTERM); })));
}

BEHAVIOUR(UserNamespaces, HaveNoWayBack, "USER-07",
          "unshare(CLONE_NEWUSER) leaves an unmapped caller as user 65534; it may map its own group only after it has given up setgroups(2) (EPERM), and can enter neither its own user namespace (EINVAL) nor its parent's (EPERM).", "user_namespaces(7); setns(2), ERRORS", "3.19",
          {{"setns to its own, before", "EINVAL"}, {"unshare", "0"}, {"user, unmapped", 65534}, {"gid_map at first", "EPERM"}, {"setgroups", "0"}, {"gid_map then", "0"}, {"uid_map", "0"}, {"user, mapped", 0}, {"setgroups(2)", "EPERM"}, {"setns back", "EPERM"}}) {
  const int parent = static_cast<int>(NEED_SYS(OpenNamespace(0, "user")));
  Actor user = Actor::Start();
  user.Call([] { BecomeUser(1000); });
  user.Call([=] {
    // After a change of user /proc/self belongs to root until it is dumpable again.
    NEED_SYS(Sys(SYS_prctl, PR_SET_DUMPABLE, 1));
    seen.Put("setns to its own, before", Said(EnterNamespace(0, "user", CLONE_NEWUSER)));
    const long unshared = Sys(SYS_unshare, CLONE_NEWUSER);
    if (unshared < 0) seen.Skip("unshare(CLONE_NEWUSER) as an ordinary user: " + Said(unshared));
    seen.Put("unshare", Said(unshared));
    seen.Put("user, unmapped", Sys(SYS_getuid));
    seen.Put("gid_map at first", Said(WriteFile("/proc/self/gid_map", "0 1000 1")));
    seen.Put("setgroups", Said(WriteFile("/proc/self/setgroups", "deny")));
    seen.Put("gid_map then", Said(WriteFile("/proc/self/gid_map", "0 1000 1")));
    seen.Put("uid_map", Said(WriteFile("/proc/self/uid_map", "0 1000 1")));
    seen.Put("user, mapped", Sys(SYS_getuid));
    seen.Put("setgroups(2)", Said(Sys(SYS_setgroups, 0, nullptr)));
    seen.Put("setns back", Said(Sys(SYS_setns, parent, CLONE_NEWUSER)));
  });
}

BEHAVIOUR(UserNamespaces, AreNotMadeInAChroot, "USER-08", "An init of unmapped user and PID namespaces is number 1 and user 65534. In a chroot a new user namespace is refused (EPERM), a new PID namespace not.", "user_namespaces(7); unshare(2), ERRORS", "3.9",
          {{"number", 1}, {"user", 65534}, {"in a chroot: user namespace", "EPERM"}, {"in a chroot: PID namespace", "0"}}) {
  Actor init = StartUser(seen, CLONE_NEWPID);
  seen.Put("number", init.own_pid());
  seen.Put("user", init.Call([] { return Sys(SYS_getuid); }));
  Folder("jail");
  Actor jailed = Actor::Start();
  jailed.Call([seen] {
    NEED_SYS(Checked(::chroot("jail")));
    seen.Put("in a chroot: user namespace", Said(Sys(SYS_unshare, CLONE_NEWUSER)));
    seen.Put("in a chroot: PID namespace", Said(Sys(SYS_unshare, CLONE_NEWPID)));
  });
}

BEHAVIOUR(UserNamespaces, GiveAnOrdinaryUserAContainer, "USER-09", "An ordinary user makes user, PID, mount and UTS namespaces, maps itself to root, and its child is an init that mounts /proc, sets the host's name and makes its mounts private.", "user_namespaces(7)", "3.8",
          {{"unshare", "0"}, {"map", "0"}, {"child's number", 1}, {"child's user", 0}, {"private mounts", "0"}, {"mount of proc", "0"}, {"self", "1"}, {"sethostname", "0"}}) {
  Folder("inner");
  NEED_SYS(Checked(::chmod("inner", 0777)));
  Actor user = Actor::Start();
  user.Call([] { BecomeUser(1000); });
  user.Call([seen] {
    NEED_SYS(Sys(SYS_prctl, PR_SET_DUMPABLE, 1));
    const long unshared = Sys(SYS_unshare, CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS);
    if (unshared < 0) seen.Skip("unshare(CLONE_NEWUSER) as an ordinary user: " + Said(unshared));
    seen.Put("unshare", Said(unshared));
    seen.Put("map", Said(WriteFile("/proc/self/uid_map", "0 1000 1")));
  });
  Actor init = user.Fork();
  init.Call([seen] {
    seen.Put("child's number", Sys(SYS_getpid));
    seen.Put("child's user", Sys(SYS_getuid));
    seen.Put("private mounts", Said(Checked(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr))));
    seen.Put("mount of proc", Said(MountProc("inner")));
    seen.Put("self", ReadLink("inner/self"));
    seen.Put("sethostname", Said(Sys(SYS_sethostname, "inner", 5)));
  });
}

BEHAVIOUR(UserNamespaces, NestOnlySoDeep, "USER-10", "User namespaces nest 32 deep below the initial one; the next says EUSERS up to Linux 4.8, ENOSPC since.", "user_namespaces(7), Nested namespaces", "4.9", {{"levels", AtMost(33)}, {"most of them are ours", true}, {"then", "ENOSPC"}}) {
  Actor first = StartUser(seen, 0);
  MapIds(first, kRootOnly);
  first.Call([seen] {
    long levels = 1, result = 0;
    // Who has no number in it cannot make the next one.
    while (levels < 100 && (result = Sys(SYS_unshare, CLONE_NEWUSER)) == 0) {
      ++levels;
      NEED_SYS(WriteFile("/proc/self/setgroups", "deny"));
      NEED_SYS(WriteFile("/proc/self/uid_map", kRootOnly));
      NEED_SYS(WriteFile("/proc/self/gid_map", kRootOnly));
    }
    seen.Put("levels", levels);
    seen.Put("most of them are ours", levels >= 16);
    seen.Put("then", Said(result));
  });
}

BEHAVIOUR(UserNamespaces, OwnWhatIsMadeWithThem, "USER-11", "Namespaces that are made together with a user namespace belong to it: the init has every capability over them, and none over the parent's.", "user_namespaces(7), Interaction of user namespaces and other types of namespaces", "3.8",
          {{"sethostname in its own UTS namespace", "0"}, {"sethostname in the parent's", "EPERM"}, {"effective capabilities are all", true}}) {
  Actor own = StartUser(seen, CLONE_NEWUTS);
  Actor parents = StartUser(seen, 0);
  const auto set = [] { return Sys(SYS_sethostname, "inner", 5); };
  seen.Put("sethostname in its own UTS namespace", Said(own.Call(set)));
  seen.Put("sethostname in the parent's", Said(parents.Call(set)));
  seen.Put("effective capabilities are all", own.Call([] { return HaveCapability(CAP_SYS_ADMIN) && HaveCapability(CAP_SYS_BOOT) && HaveCapability(CAP_SYS_RESOURCE); }) == 1);
}

}  // namespace
}  // namespace foster
