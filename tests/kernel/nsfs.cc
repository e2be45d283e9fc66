// SPDX-License-Identifier: Apache-2.0
// Namespaces as files: what can be asked of one, and how long it keeps its namespace.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "os/file_descriptor.h"
#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/kernel/steps.h"
#include "tests/util/kernel.h"
#include "tests/util/proc.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

FileDescriptor PidnsOf(pid_t pid) { return FileDescriptor(static_cast<int>(NEED_SYS(OpenNamespace(pid, "pid")))); }
long Ask(int file, unsigned long request, unsigned long argument = 0) { return Checked(::ioctl(file, request, argument)); }
ino_t InodeOf(int file) {
  struct stat status;
  NEED(::fstat(file, &status) == 0);
  return status.st_ino;
}
std::string Opened(long result) { return result < 0 ? Said(result) : "0"; }

BEHAVIOUR(Nsfs, KnowsItsParentTypeAndOwner, "NSFS-01", "A PID namespace's file tells its type, opens its parent and its owner; a parent that is not the caller's own namespace or below is refused (EPERM).", "ioctl_nsfs(2)", "4.11",
          {{"type", static_cast<long>(CLONE_NEWPID)}, {"parent is the driver's", true}, {"owner", "0"}, {"parent of the driver's own", "EPERM"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  const FileDescriptor pidns = PidnsOf(init.pid());
  const FileDescriptor own = PidnsOf(0);
  seen.Put("type", Ask(pidns.get(), kNsGetNstype));
  const FileDescriptor parent(static_cast<int>(NEED_SYS(Ask(pidns.get(), kNsGetParent))));
  seen.Put("parent is the driver's", InodeOf(parent.get()) == InodeOf(own.get()));
  seen.Put("owner", Opened(Ask(pidns.get(), kNsGetUserns)));
  seen.Put("parent of the driver's own", Opened(Ask(own.get(), kNsGetParent)));
}

BEHAVIOUR(Nsfs, TranslatesNumbers, "NSFS-02", "From Linux 6.11 on the file of a PID namespace translates numbers between it and the caller's; for a process that is not in it there is none (ESRCH).", "include/uapi/linux/nsfs.h; fs/nsfs.c ns_ioctl()", "6.11",
          {{"1 from inside", true}, {"thread group of 1 from inside", true}, {"init's number inside", 1}, {"its thread group inside", 1}, {"the driver's number inside", "ESRCH"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  const FileDescriptor pidns = PidnsOf(init.pid());
  const auto pid = static_cast<unsigned long>(init.pid());
  seen.Put("1 from inside", Ask(pidns.get(), kNsGetPidFromPidns, 1) == init.pid());
  seen.Put("thread group of 1 from inside", Ask(pidns.get(), kNsGetTgidFromPidns, 1) == init.pid());
  seen.Put("init's number inside", Said(Ask(pidns.get(), kNsGetPidInPidns, pid)));
  seen.Put("its thread group inside", Said(Ask(pidns.get(), kNsGetTgidInPidns, pid)));
  seen.Put("the driver's number inside", Said(Ask(pidns.get(), kNsGetPidInPidns, static_cast<unsigned long>(Sys(SYS_getpid)))));
}

// 6.16.12, 6.17.13, 6.18.15 and 6.19.14 take the request for none at all; 6.12.117 and 6.18.44 do not.
BEHAVIOUR(Nsfs, TranslationEndsWithTheNamespace, "NSFS-07", "When the init has ended there is nothing to translate (ESRCH; ENOTTY on some kernels before 7.0).", "fs/nsfs.c ns_ioctl()", "6.11",
          {{"1 from inside", Since(7, 0, "ESRCH", AnyOf({"ESRCH", "ENOTTY"}))}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  const FileDescriptor pidns = PidnsOf(init.pid());
  init.Exit(0);
  init.Reap();
  seen.Put("1 from inside", Said(Ask(pidns.get(), kNsGetPidFromPidns, 1)));
}

long IdOf(int file, uint64_t* id, unsigned long request = kNsGetId) { return Checked(::ioctl(file, request, id)); }

BEHAVIOUR(Nsfs, HasAnIdOfItsOwn, "NSFS-03", "NS_GET_ID (Linux 6.18) gives a number that only this namespace has; NS_GET_MNTNS_ID (6.12) is for mount namespaces only.", "include/uapi/linux/nsfs.h", "4.11",
          {{"NS_GET_ID", Since(6, 18, "0", "ENOTTY")}, {"it is above 0", Since(6, 18, true, false)}, {"NS_GET_MNTNS_ID of a PID namespace", Since(6, 12, "EINVAL", "ENOTTY")}, {"of a mount namespace", Since(6, 12, "0", "ENOTTY")}}) {
  const FileDescriptor pidns = PidnsOf(0);
  const FileDescriptor mntns(static_cast<int>(NEED_SYS(OpenNamespace(0, "mnt"))));
  uint64_t id = 0, mount_id = 0;
  seen.Put("NS_GET_ID", Said(IdOf(pidns.get(), &id)));
  seen.Put("it is above 0", id > 0);
  seen.Put("NS_GET_MNTNS_ID of a PID namespace", Said(IdOf(pidns.get(), &mount_id, kNsGetMntnsId)));
  seen.Put("of a mount namespace", Said(IdOf(mntns.get(), &mount_id, kNsGetMntnsId)));
}

// The driver of a sandbox is in a PID namespace.
Want InsideANamespace() { return Since(6, 19, "ESTALE", Since(6, 18, "0", "(no handle)")); }

BEHAVIOUR(Nsfs, HasAHandle, "NSFS-04", "From Linux 6.18 on a namespace file has a file handle, which opens the namespace again, without any descriptor (FD_NSFS_ROOT); from 6.19 on only for who is in the first PID namespace, others are told ESTALE.", "fs/nsfs.c", "6.5",
          {{"file system", "nsfs"}, {"name_to_handle_at", Since(6, 18, "0", "EOPNOTSUPP")}, {"open_by_handle_at", InsideANamespace()}, {"by FD_NSFS_ROOT", InsideANamespace()}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  const FileDescriptor pidns = PidnsOf(init.pid());
  struct statfs system;
  NEED(::fstatfs(pidns.get(), &system) == 0);
  seen.Put("file system", static_cast<unsigned long>(system.f_type) == kNsfsMagic ? "nsfs" : "another");
  FileHandle handle;
  int mount = 0;
  const long made = Sys(SYS_name_to_handle_at, pidns.get(), "", &handle, &mount, 0x1000 /* AT_EMPTY_PATH */);
  seen.Put("name_to_handle_at", Said(made));
  seen.Put("open_by_handle_at", made < 0 ? "(no handle)" : Opened(Sys(SYS_open_by_handle_at, pidns.get(), &handle, 0)));
  seen.Put("by FD_NSFS_ROOT", made < 0 ? "(no handle)" : Opened(Sys(SYS_open_by_handle_at, kFdNsfsRoot, &handle, 0)));
}

// struct ns_id_req of include/uapi/linux/nsfs.h.
struct NamespaceQuery {
  uint32_t size = 32;
  uint32_t spare = 0;
  uint64_t ns_id = 0;
  uint32_t ns_type = CLONE_NEWPID;
  uint32_t spare2 = 0;
  uint64_t user_ns_id = 0;
};

BEHAVIOUR(Nsfs, CanBeListed, "NSFS-05", "From Linux 6.19 on listns(2) lists the ids of namespaces, of a type that is asked for; from inside of a PID namespace a new one below is not in the list. Before there is no such call (ENOSYS).", "include/uapi/linux/nsfs.h; kernel/nstree.c", "4.11",
          {{"call", Since(6, 19, "0", "ENOSYS")}, {"the new PID namespace is in it", false}, {"some are", Since(6, 19, true, false)}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  const FileDescriptor pidns = PidnsOf(init.pid());
  uint64_t id = 0;
  IdOf(pidns.get(), &id);
  NamespaceQuery query;
  uint64_t ids[64];
  bool found = false, any = false;
  long count = 0;
  do {
    count = Sys(kListns, &query, ids, 64, 0);
    for (long i = 0; i < count; ++i) found = found || ids[i] == id;
    any = any || count > 0;
    if (count > 0) query.ns_id = ids[count - 1];
  } while (count == 64);
  seen.Put("call", count < 0 ? Said(count) : "0");
  seen.Put("the new PID namespace is in it", found);
  seen.Put("some are", any);
}

BEHAVIOUR(Nsfs, ABindMountKeepsTheNamespace, "NSFS-06", "A namespace whose file is bind-mounted outlives its init: it can be opened and entered, and nobody can be born in it (ENOMEM).", "namespaces(7), Namespace lifetime", "3.8",
          {{"mount", "0"}, {"setns", "0"}, {"fork", "ENOMEM"}}) {
  MakeFile("kept");
  Actor init = Actor::Start(CLONE_NEWPID);
  const std::string link = "/proc/" + std::to_string(init.pid()) + "/ns/pid";
  seen.Put("mount", Said(Checked(::mount(link.c_str(), "kept", nullptr, MS_BIND, nullptr))));
  init.Exit(0);
  init.Reap();
  Actor caller = Actor::Start();
  caller.Call([seen] {
    const FileDescriptor file(static_cast<int>(NEED_SYS(Checked(::open("kept", O_RDONLY | O_CLOEXEC)))));
    seen.Put("setns", Said(Sys(SYS_setns, file.get(), CLONE_NEWPID)));
    seen.Put("fork", Said(CloneAndExit(0)));
  });
}

// The next one made gets the freed number, mostly; how often is nobody's promise.
BEHAVIOUR(Nsfs, InodeNumbersAreUsedAgain, "NSFS-08", "The inode number of a PID namespace that is gone is given to a later one: it names a namespace only as long as something keeps it.", "namespaces(7) has it as an identity; fs/proc/generic.c proc_alloc_inum()", "3.8", {{"a number came again", true}}) {
  std::string numbers;
  bool again = false;
  for (int i = 0; i < 200 && !again; ++i) {
    Actor init = Actor::Start(CLONE_NEWPID);
    const std::string number = NamespaceLink(init.pid(), "pid");
    again = numbers.find(number) != std::string::npos;
    numbers += number;
    init.Exit(0);
    init.Reap();
  }
  seen.Put("a number came again", again);
}

// Each processor hands out numbers of a stretch of its own (include/linux/cookie.h): a later one may be smaller, as was seen with two processors.
BEHAVIOUR(Nsfs, IdsAreNeverUsedAgain, "NSFS-09", "Ids are unique: a namespace does not get the one of a namespace that is gone.", "kernel/nstree.c; include/linux/cookie.h", "6.18", {{"second is another", true}}) {
  uint64_t ids[2] = {};
  for (uint64_t& id : ids) {
    Actor init = Actor::Start(CLONE_NEWPID);
    NEED_SYS(IdOf(PidnsOf(init.pid()).get(), &id));
    init.Exit(0);
    init.Reap();
  }
  seen.Put("second is another", ids[1] != ids[0]);
}

BEHAVIOUR(Nsfs, ADeadOneKnowsItsParent, "NSFS-10", "A namespace that has lost its init and is kept by a file still tells its parent.", "ioctl_nsfs(2)", "4.9", {{"parent is the driver's", true}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  const FileDescriptor pidns = PidnsOf(init.pid());
  init.Exit(0);
  init.Reap();
  const FileDescriptor parent(static_cast<int>(NEED_SYS(Ask(pidns.get(), kNsGetParent))));
  seen.Put("parent is the driver's", InodeOf(parent.get()) == InodeOf(PidnsOf(0).get()));
}

}  // namespace
}  // namespace foster
