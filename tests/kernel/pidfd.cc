// SPDX-License-Identifier: Apache-2.0
// pidfds across PID namespaces: what they tell, and what can be done with one.
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "os/file_descriptor.h"
#include "os/pidfd.h"
#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/kernel/steps.h"
#include "tests/util/gate.h"
#include "tests/util/kernel.h"
#include "tests/util/proc.h"
#include "tests/util/signals.h"
#include "tests/util/spawn.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

constexpr int kByPidfd = 3;  // P_PIDFD, which C libraries are slow to have

long Open(pid_t pid, unsigned flags = 0) { return Sys(kPidfdOpen, pid, flags); }
long Send(int pidfd, int signo, const siginfo_t* info = nullptr, unsigned flags = 0) { return Sys(kPidfdSendSignal, pidfd, signo, info, flags); }

// "IN", "IN HUP", "nothing": what poll(2) says now.
std::string Polled(int pidfd) {
  struct pollfd one = {pidfd, POLLIN, 0};
  ::poll(&one, 1, 0);
  if (one.revents == 0) return "nothing";
  return std::string((one.revents & POLLIN) != 0 ? "IN" : "") + ((one.revents & POLLHUP) != 0 ? " HUP" : "");
}

// PIDFD_GET_INFO asking for `mask`.
long GetInfo(int pidfd, uint64_t mask, PidfdInfo* info) {
  *info = {};
  info->mask = mask;
  return Checked(::ioctl(pidfd, kPidfdGetInfo, info));
}

// How the process ended, as its pidfd has it: "exited(7)", "not told", or the errno.
std::string ExitOf(int pidfd) {
  PidfdInfo info;
  const long result = GetInfo(pidfd, kPidfdInfoExit, &info);
  if (result < 0) return Said(result);
  return (info.mask & kPidfdInfoExit) != 0 ? DescribeStatus(info.exit_code) : "not told";
}

void WaitForZombie(const Actor& actor) { NEED_SYS(Sys(SYS_waitid, P_PID, actor.pid(), nullptr, WEXITED | WNOWAIT, nullptr)); }

BEHAVIOUR(Pidfd, ComesWithTheChild, "PFD-01", "CLONE_PIDFD gives the parent a descriptor of the new init, close-on-exec; its fdinfo has the process's numbers from the namespace of the procfs down.", "clone(2), CLONE_PIDFD; proc_pid_fdinfo(5)", "5.4",
          {{"Pid is the child's", true}, {"NSpid without the first", "1"}, {"close-on-exec", true}}) {
  const Gate hold;
  int pidfd = -1;
  CloneArgs args;
  args.flags = kClonePidfd | CLONE_NEWPID;
  args.exit_signal = SIGCHLD;
  args.pidfd = reinterpret_cast<uint64_t>(&pidfd);
  const long pid = NEED_SYS(Clone3(args));
  if (pid == 0) {
    hold.Wait();
    ::_exit(0);
  }
  const std::string fdinfo = "/proc/self/fdinfo/" + std::to_string(pidfd);
  seen.Put("Pid is the child's", FieldOf(fdinfo, "Pid") == std::to_string(pid));
  seen.Put("NSpid without the first", WithoutFirst(FieldOf(fdinfo, "NSpid")));
  seen.Put("close-on-exec", (::fcntl(pidfd, F_GETFD) & FD_CLOEXEC) != 0);
  hold.Open();
}

BEHAVIOUR(Pidfd, GetInfoTellsTheReadersNumbers, "PFD-02", "PIDFD_GET_INFO tells a live process's number, thread group and parent as the caller's namespace has them.", "include/uapi/linux/pidfd.h; fs/pidfs.c", "6.13",
          {{"call", "0"}, {"pid", true}, {"tgid", true}, {"ppid", true}, {"pid was given", true}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  PidfdInfo info;
  seen.Put("call", Said(GetInfo(init.pidfd(), kPidfdInfoPid, &info)));
  seen.Put("pid", static_cast<pid_t>(info.pid) == init.pid());
  seen.Put("tgid", static_cast<pid_t>(info.tgid) == init.pid());
  seen.Put("ppid", static_cast<long>(info.ppid) == Sys(SYS_getpid));
  seen.Put("pid was given", (info.mask & kPidfdInfoPid) != 0);
}

BEHAVIOUR(Pidfd, PollTellsEndAndReaping, "PFD-03", "A pidfd is readable when its process has ended, and from Linux 6.9 on hung up as well when it has been reaped; waitid(2) takes it.", "pidfd_open(2); fs/pidfs.c pidfd_poll()", "5.4",
          {{"alive", "nothing"}, {"zombie", "IN"}, {"waitid", "0"}, {"si_pid is the child's", true}, {"si_status", 7}, {"reaped", Since(6, 9, "IN HUP", "IN")}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  seen.Put("alive", Polled(init.pidfd()));
  init.Exit(7);
  WaitForZombie(init);
  seen.Put("zombie", Polled(init.pidfd()));
  siginfo_t info = {};
  seen.Put("waitid", Said(Sys(SYS_waitid, kByPidfd, init.pidfd(), &info, WEXITED, nullptr)));
  seen.Put("si_pid is the child's", info.si_pid == init.pid());
  seen.Put("si_status", info.si_status);
  seen.Put("reaped", Polled(init.pidfd()));
}

// What PIDFD_GET_INFO says on a kernel before 6.13, which has no such ioctl. 6.11 has others, and takes this one for a wrong use of them.
Want NoSuchIoctl() { return Since(6, 11, "EINVAL", "ENOTTY"); }

// Gate: 6.15. Before 6.13 there is no such ioctl, between them it is for living processes only.
BEHAVIOUR(Pidfd, TellsTheExitAfterTheReaping, "PFD-04", "From Linux 6.15 on a pidfd tells how its process ended, after it was reaped and not before; whoever does not ask for that, or sends a signal, is told ESRCH.", "include/uapi/linux/pidfd.h, PIDFD_INFO_EXIT; fs/pidfs.c", "5.4",
          {{"zombie", Since(6, 13, "not told", NoSuchIoctl())},
           {"reaped", Since(6, 15, "exited(7)", Since(6, 13, "ESRCH", NoSuchIoctl()))},
           {"reaped, not asked for the exit", Since(6, 13, "ESRCH", NoSuchIoctl())},
           {"signal to the reaped", "ESRCH"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Exit(7);
  WaitForZombie(init);
  seen.Put("zombie", ExitOf(init.pidfd()));
  init.Reap();
  seen.Put("reaped", ExitOf(init.pidfd()));
  PidfdInfo info;
  seen.Put("reaped, not asked for the exit", Said(GetInfo(init.pidfd(), kPidfdInfoPid, &info)));
  seen.Put("signal to the reaped", Said(Send(init.pidfd(), 0)));
}

Want InfoOfAStranger() {
  if (KernelAtLeast(6, 18)) return "EREMOTE";
  return KernelAtLeast(6, 13) ? AnyOf({"EREMOTE", "ESRCH"}) : NoSuchIoctl();
}

// Only signalling asks whether the target is in the caller's namespace or below (access_pidfd_pidns()).
BEHAVIOUR(Pidfd, OfAnAncestorsProcessIsGoodForMoreThanItShould, "PFD-05",
          "With an inherited pidfd of a process outside, a namespace's init cannot signal that process (EINVAL), nor wait for it, nor enter its PID namespace; but it can take its descriptors (pidfd_getfd) and enter its UTS namespace.",
          "kernel/signal.c access_pidfd_pidns(); pidfd_getfd(2); otherwise than pid_namespaces(7) has it (no access to ancestors)", "5.8",
          {{"signal 0", "EINVAL"}, {"SIGUSR1", "EINVAL"}, {"fdinfo inside: Pid", 0}, {"PIDFD_GET_INFO", InfoOfAStranger()}, {"waitid", "ECHILD"}, {"setns to its PID namespace", "EINVAL"}, {"pidfd_getfd", "0"}, {"setns to its UTS namespace", "0"}}) {
  const int outside = static_cast<int>(NEED_SYS(Open(static_cast<pid_t>(Sys(SYS_getpid)))));
  Actor init = Actor::Start(CLONE_NEWPID | CLONE_NEWUTS);
  init.Call([=] {
    NEED_SYS(MountProc("inner"));
    seen.Put("signal 0", Said(Send(outside, 0)));
    seen.Put("SIGUSR1", Said(Send(outside, SIGUSR1)));
    seen.Put("fdinfo inside: Pid", FieldOf("inner/self/fdinfo/" + std::to_string(outside), "Pid"));
    PidfdInfo info;
    seen.Put("PIDFD_GET_INFO", Said(GetInfo(outside, kPidfdInfoPid, &info)));
    seen.Put("waitid", Said(Sys(SYS_waitid, kByPidfd, outside, nullptr, WEXITED, nullptr)));
    seen.Put("setns to its PID namespace", Said(Sys(SYS_setns, outside, CLONE_NEWPID)));
    const long taken = Sys(kPidfdGetfd, outside, 0, 0);
    seen.Put("pidfd_getfd", taken < 0 ? Said(taken) : "0");
    seen.Put("setns to its UTS namespace", Said(Sys(SYS_setns, outside, CLONE_NEWUTS)));
  });
}

BEHAVIOUR(Pidfd, SelfNeedsNoDescriptor, "PFD-06", "From Linux 6.15 on pidfd_send_signal(2) takes PIDFD_SELF (-10000) for the caller; neither ioctl(2) nor setns(2) does (EBADF).", "include/uapi/linux/pidfd.h; tools/testing/selftests/pidfd", "5.8",
          {{"signal to the thread", Since(6, 15, "0", "EBADF")}, {"signal to the process, by either number", Since(6, 15, "0", "EBADF")}, {"ioctl", "EBADF"}, {"setns", "EBADF"}}) {
  seen.Put("signal to the thread", Said(Send(kPidfdSelfThread, 0)));
  const long by_the_new = Send(kPidfdSelfThreadGroup, 0);
  seen.Put("by -10001", Said(by_the_new));
  seen.Put("signal to the process, by either number", Said(by_the_new == 0 ? 0 : Send(kPidfdSelfThreadGroupAtFirst, 0)));
  PidfdInfo info;
  seen.Put("ioctl", Said(GetInfo(kPidfdSelfThread, kPidfdInfoPid, &info)));
  seen.Put("setns", Said(Sys(SYS_setns, kPidfdSelfThread, CLONE_NEWUTS)));
}

// As rt_sigqueueinfo(2) does it: to itself a process may say anything, and SI_KERNEL is the kernel's own word.
BEHAVIOUR(Pidfd, InitKillsItselfInTheKernelsNameByItToo, "PFD-07", "An init's SIGKILL to itself by pidfd is dropped; with si_code SI_KERNEL it works.", "kernel/signal.c pidfd_send_signal(), send_signal_locked()", "5.4",
          {{"plain", "0"}, {"after that", "alive"}, {"as SI_KERNEL", "gone"}, {"status", "killed(SIGKILL)"}}) {
  Namespace ns;
  const int self = static_cast<int>(NEED_SYS(ns.init.Call([] { return Open(1); })));
  seen.Put("plain", Said(ns.init.Call([=] { return Send(self, SIGKILL); })));
  seen.Put("after that", ns.init.Condition());
  seen.Put("as SI_KERNEL", Said(ns.init.Call([=] {
    siginfo_t info = {};
    info.si_signo = SIGKILL;
    info.si_code = SI_KERNEL;
    return Send(self, SIGKILL, &info);
  })));
  seen.Put("status", ns.init.Reap());
}

// A thread that says its number and ends when told to.
struct Threaded {
  Gate end;
  volatile long tid = 0;
  Gate started;
};
void* BeThread(void* argument) {
  auto* threaded = static_cast<Threaded*>(argument);
  threaded->tid = Sys(SYS_gettid);
  threaded->started.Open();
  threaded->end.Wait();
  return nullptr;
}

BEHAVIOUR(Pidfd, OfAThreadNeedsToBeAskedFor, "PFD-08",
          "pidfd_open(2) of a thread that is not its process's first says ENOENT from Linux 6.15 on (EINVAL before); with PIDFD_THREAD, from 6.9 on, it works, and tells of the thread's end. Numbers below 1 and unknown flags are refused (EINVAL), unused numbers too (ESRCH).",
          "kernel/fork.c pidfd_prepare(); otherwise than pidfd_open(2) has it (EINVAL)", "5.3",
          {{"thread", Since(6, 15, "ENOENT", "EINVAL")}, {"with PIDFD_THREAD", Since(6, 9, "0", "EINVAL")}, {"poll while it runs", Since(6, 9, "nothing", "(none)")}, {"poll when it has ended", Since(6, 9, "IN HUP", "(none)")},
           {"0", "EINVAL"}, {"-1", "EINVAL"}, {"unknown flag", "EINVAL"}, {"unused", "ESRCH"}}) {
  Threaded threaded;
  pthread_t thread;
  NEED(::pthread_create(&thread, nullptr, BeThread, &threaded) == 0);
  threaded.started.Wait();
  const auto tid = static_cast<pid_t>(threaded.tid);
  seen.Put("thread", Said(Open(tid)));
  const long pidfd = Open(tid, kPidfdThread);
  seen.Put("with PIDFD_THREAD", pidfd < 0 ? Said(pidfd) : "0");
  seen.Put("poll while it runs", pidfd < 0 ? "(none)" : Polled(static_cast<int>(pidfd)));
  threaded.end.Open();
  ::pthread_join(thread, nullptr);
  // A joined thread may still be on its last steps in the kernel.
  if (pidfd >= 0) Eventually([=] { return Polled(static_cast<int>(pidfd)) == "IN HUP"; });
  seen.Put("poll when it has ended", pidfd < 0 ? "(none)" : Polled(static_cast<int>(pidfd)));
  seen.Put("0", Said(Open(0)));
  seen.Put("-1", Said(Open(-1)));
  seen.Put("unknown flag", Said(Open(static_cast<pid_t>(Sys(SYS_getpid)), 1u << 20)));
  seen.Put("unused", Said(Open(4194303)));
}

BEHAVIOUR(Pidfd, OpensEveryNamespace, "PFD-09", "Ioctls of a pidfd open each of its process's namespaces (Linux 6.11); the PID namespace's file is the one of /proc/PID/ns.", "include/uapi/linux/pidfd.h, PIDFD_GET_…_NAMESPACE", "6.11",
          {{"opened", "cgroup ipc mnt net pid pid_for_children time time_for_children user uts"}, {"PID namespace is the init's", true}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  const struct {
    const char* name;
    int number;
  } kinds[] = {{"cgroup", kPidfdCgroupNamespace}, {"ipc", kPidfdIpcNamespace}, {"mnt", kPidfdMntNamespace}, {"net", kPidfdNetNamespace}, {"pid", kPidfdPidNamespace},
               {"pid_for_children", kPidfdPidForChildrenNamespace}, {"time", kPidfdTimeNamespace}, {"time_for_children", kPidfdTimeForChildrenNamespace}, {"user", kPidfdUserNamespace}, {"uts", kPidfdUtsNamespace}};
  std::string opened;
  for (const auto& kind : kinds) {
    const FileDescriptor file(::ioctl(init.pidfd(), PidfdGetNamespace(kind.number)));
    if (!file.valid()) continue;
    opened += (opened.empty() ? "" : " ") + std::string(kind.name);
    if (kind.number == kPidfdPidNamespace) seen.Put("PID namespace is the init's", ReadLink("/proc/self/fd/" + std::to_string(file.get())) == NamespaceLink(init.pid(), "pid"));
  }
  seen.Put("opened", opened);
}

BEHAVIOUR(Pidfd, IsAFileOfItsOwnFileSystem, "PFD-10", "From Linux 6.9 on pidfds are files of pidfs, and those of one process have one inode.", "fs/pidfs.c", "5.3", {{"file system", Since(6, 9, "pidfs", "another")}, {"same inode", true}, {"another process's inode", Since(6, 9, "different", "the same")}}) {
  Namespace ns;
  const FileDescriptor again(static_cast<int>(NEED_SYS(Open(ns.init.pid()))));
  struct statfs system;
  struct stat first, second, other;
  NEED(::fstatfs(again.get(), &system) == 0 && ::fstat(ns.init.pidfd(), &first) == 0 && ::fstat(again.get(), &second) == 0 && ::fstat(ns.member.pidfd(), &other) == 0);
  seen.Put("file system", static_cast<unsigned long>(system.f_type) == kPidfsMagic ? "pidfs" : "another");
  seen.Put("same inode", first.st_ino == second.st_ino);
  seen.Put("another process's inode", first.st_ino == other.st_ino ? "the same" : "different");
}

long HandleOf(int file, FileHandle* handle) {
  *handle = FileHandle();
  int mount = 0;
  return Sys(SYS_name_to_handle_at, file, "", handle, &mount, 0x1000 /* AT_EMPTY_PATH */);
}
std::string Opened(long result) { return result < 0 ? Said(result) : "0"; }

BEHAVIOUR(Pidfd, HasAHandle, "PFD-10b", "From Linux 6.14 on a pidfd has a file handle, which opens the process again without its number; from 6.17 on no descriptor is needed for that (FD_PIDFS_ROOT). Of a reaped process it is stale.", "fs/pidfs.c; open_by_handle_at(2)", "6.14",
          {{"name_to_handle_at", "0"}, {"open_by_handle_at", "0"}, {"by FD_PIDFS_ROOT", Since(6, 17, "0", "EBADF")}, {"when reaped", "ESTALE"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  FileHandle handle;
  seen.Put("name_to_handle_at", Said(HandleOf(init.pidfd(), &handle)));
  seen.Put("open_by_handle_at", Opened(Sys(SYS_open_by_handle_at, init.pidfd(), &handle, 0)));
  seen.Put("by FD_PIDFS_ROOT", Opened(Sys(SYS_open_by_handle_at, kFdPidfsRoot, &handle, 0)));
  init.Exit(0);
  init.Reap();
  const FileDescriptor other(static_cast<int>(NEED_SYS(Open(static_cast<pid_t>(Sys(SYS_getpid))))));
  seen.Put("when reaped", Opened(Sys(SYS_open_by_handle_at, other.get(), &handle, 0)));
}

BEHAVIOUR(Pidfd, TakesTrustedAttributes, "PFD-10c", "From Linux 6.17 on a process can be labelled by extended attributes of its pidfd, those named trusted. and no others (EOPNOTSUPP); another pidfd of it shows them.", "fs/pidfs.c pidfs_xattr_handlers", "6.17",
          {{"trusted.label", "0"}, {"read by another pidfd", "5"}, {"user.label", "EOPNOTSUPP"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  const FileDescriptor again(static_cast<int>(NEED_SYS(Open(init.pid()))));
  const long labelled = Checked(::fsetxattr(init.pidfd(), "trusted.label", "inner", 5, 0));
  if (labelled == -EPERM) seen.Skip("trusted attributes: EPERM (they need CAP_SYS_ADMIN in the initial user namespace)");
  seen.Put("trusted.label", Said(labelled));
  char value[16];
  seen.Put("read by another pidfd", Said(Checked(::fgetxattr(again.get(), "trusted.label", value, sizeof value))));
  seen.Put("user.label", Said(Checked(::fsetxattr(init.pidfd(), "user.label", "inner", 5, 0))));
}

BEHAVIOUR(Pidfd, HasNoNamespacesWhenReaped, "PFD-11", "A pidfd of a reaped process opens no namespaces any more (ESRCH).", "fs/pidfs.c", "6.11", {{"alive", "0"}, {"reaped", "ESRCH"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  const unsigned long request = PidfdGetNamespace(kPidfdPidNamespace);
  seen.Put("alive", Opened(Checked(::ioctl(init.pidfd(), request))));
  init.Exit(0);
  init.Reap();
  seen.Put("reaped", Opened(Checked(::ioctl(init.pidfd(), request))));
}

BEHAVIOUR(Pidfd, NonblockDoesNotWait, "PFD-12", "waitid(2) on a live child's pidfd with PIDFD_NONBLOCK says EAGAIN.", "pidfd_open(2), PIDFD_NONBLOCK", "5.10", {{"waitid", "EAGAIN"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  const FileDescriptor pidfd(static_cast<int>(NEED_SYS(Open(init.pid(), kPidfdNonblock))));
  seen.Put("waitid", Said(Sys(SYS_waitid, kByPidfd, pidfd.get(), nullptr, WEXITED, nullptr)));
}

BEHAVIOUR(Pidfd, WaitsForOwnChildrenOnly, "PFD-13", "waitid(2) with the pidfd of a reaped child, or of somebody who is no child, says ECHILD.", "waitid(2), ERRORS", "5.4", {{"reaped", "ECHILD"}, {"itself", "ECHILD"}, {"grandchild", "ECHILD"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  Actor member = init.Fork();
  const auto wait = [](int pidfd) { return Said(Sys(SYS_waitid, kByPidfd, pidfd, nullptr, WEXITED | WNOHANG, nullptr)); };
  const FileDescriptor self(static_cast<int>(NEED_SYS(Open(static_cast<pid_t>(Sys(SYS_getpid))))));
  seen.Put("grandchild", wait(member.pidfd()));
  init.Exit(0);
  init.Reap();
  seen.Put("reaped", wait(init.pidfd()));
  seen.Put("itself", wait(self.get()));
}

BEHAVIOUR(Pidfd, SignalsAProcessGroup, "PFD-14", "With PIDFD_SIGNAL_PROCESS_GROUP (Linux 6.9) an outsider signals the group of a process inside by its pidfd; the init, which is in another, is spared.", "pidfd_send_signal(2)", "6.9",
          {{"call", "0"}, {"leader", "killed(SIGTERM)"}, {"other in the group", "killed(SIGTERM)"}, {"init", "alive"}}) {
  Namespace ns;
  Actor other = ns.init.Fork();
  ns.init.Call([leader = ns.member.own_pid(), second = other.own_pid()] {
    NEED_SYS(Sys(SYS_setpgid, leader, leader));
    NEED_SYS(Sys(SYS_setpgid, second, leader));
  });
  seen.Put("call", Said(Send(ns.member.pidfd(), SIGTERM, nullptr, kPidfdSignalProcessGroup)));
  ns.init.Call([seen] {
    seen.Put("leader", Wait(2));
    seen.Put("other in the group", Wait(3));
  });
  seen.Put("init", ns.init.Condition());
}

BEHAVIOUR(Pidfd, FromInsideIsAsWeakAsKill, "PFD-15", "A member's SIGKILL to the init by pidfd is accepted and dropped, as with kill(2).", "kernel/signal.c sig_task_ignored()", "5.3", {{"call", "0"}, {"init", "alive"}}) {
  Namespace ns;
  seen.Put("call", Said(ns.member.Call([] { return Send(static_cast<int>(NEED_SYS(Open(1))), SIGKILL); })));
  seen.Put("init", ns.init.Condition());
}

BEHAVIOUR(Pidfd, FromAnAncestorIsAsStrongAsKill, "PFD-16", "An ancestor's SIGTERM by pidfd is dropped by an init without a handler, its SIGKILL is not.", "kernel/signal.c send_signal_locked()", "5.3", {{"after SIGTERM", "alive"}, {"after SIGKILL", "killed(SIGKILL)"}}) {
  Namespace ns;
  NEED_SYS(Send(ns.init.pidfd(), SIGTERM));
  seen.Put("after SIGTERM", ns.init.Condition());
  NEED_SYS(Send(ns.init.pidfd(), SIGKILL));
  seen.Put("after SIGKILL", ns.init.Reap());
}

// Seen on 6.19.14 and 7.0.13, and on 7.1.13, 7.2 and 7.3.4: the member moved when coredump_code was put before it.
BEHAVIOUR(Pidfd, TellsWhatItCanTell, "U-15",
          "From Linux 6.19 on PIDFD_GET_INFO tells which parts it knows of (PIDFD_INFO_SUPPORTED_MASK), the exit and the core dump among them. The answer is at offset 72, from 7.1 on at offset 80.",
          "include/uapi/linux/pidfd.h", "6.13",
          {{"call", "0"}, {"supported mask", Since(6, 19, "with exit and core dump", "not told")}, {"at offset", Since(7, 1, "80", Since(6, 19, "72", "none"))}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  PidfdInfoLong info = {};
  info.first.mask = kPidfdInfoSupportedMask;
  const uint64_t both = kPidfdInfoExit | kPidfdInfoCoredump;
  seen.Put("call", Said(Checked(::ioctl(init.pidfd(), kPidfdGetInfoLong, &info))));
  const bool told = (info.first.mask & kPidfdInfoSupportedMask) != 0;
  const uint64_t supported = info.at_72 != 0 ? info.at_72 : info.at_80;
  seen.Put("supported mask", !told ? "not told" : (supported & both) == both ? "with exit and core dump" : std::to_string(supported));
  seen.Put("at offset", !told ? "none" : info.at_72 != 0 ? "72" : "80");
}

}  // namespace
}  // namespace foster
