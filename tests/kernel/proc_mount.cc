// SPDX-License-Identifier: Apache-2.0
// Procfs mounts: whose processes they show, to whom, and which options they take.
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

// stat(2): "0" or the errno.
std::string Stat(const std::string& path) {
  struct stat status;
  return Said(Checked(::stat(path.c_str(), &status)));
}

BEHAVIOUR(ProcMount, ShowsTheNamespaceOfItsMounter, "PROC-02", "A procfs that was mounted inside shows the inner processes by their inner numbers to whoever looks; to an outsider its self leads nowhere (ENOENT).", "pid_namespaces(7), /proc and PID namespaces", "4.1",
          {{"mount", "0"}, {"processes", "1 2"}, {"self", "ENOENT"}, {"self/status", "ENOENT"}, {"1's Pid", 1}, {"1's NSpid", 1}}) {
  Namespace ns;
  seen.Put("mount", Said(ns.init.Call([] { return MountProc("inner"); })));
  const std::string inner = Folder("inner");
  seen.Put("processes", PidsIn(inner));
  seen.Put("self", ReadLink(inner + "/self"));
  seen.Put("self/status", Stat(inner + "/self/status"));
  seen.Put("1's Pid", FieldOf(inner + "/1/status", "Pid"));
  seen.Put("1's NSpid", FieldOf(inner + "/1/status", "NSpid"));
}

BEHAVIOUR(ProcMount, OutlivesItsNamespace, "PROC-03", "When the namespace has ended its procfs is still mounted and still has what is not about processes; their folders are gone (ENOENT), and one that is open says ESRCH.", "fs/proc/base.c; proc(5)", "3.8",
          {{"folder of 1", "ENOENT"}, {"file in the open folder", "ESRCH"}, {"uptime", "0"}, {"umount while the folder is open", "EBUSY"}, {"umount", "0"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Call([] { NEED_SYS(MountProc("inner")); });
  const std::string inner = Folder("inner");
  FileDescriptor folder(static_cast<int>(NEED_SYS(Checked(::open((inner + "/1").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)))));
  init.Exit(0);
  init.Reap();
  seen.Put("folder of 1", Stat(inner + "/1"));
  seen.Put("file in the open folder", Said(Checked(::openat(folder.get(), "status", O_RDONLY | O_CLOEXEC))));
  seen.Put("uptime", Stat(inner + "/uptime"));
  seen.Put("umount while the folder is open", Said(Checked(::umount(inner.c_str()))));
  folder.Reset(-1);
  seen.Put("umount", Said(Checked(::umount(inner.c_str()))));
}

BEHAVIOUR(ProcMount, AfterUnshareAloneShowsTheOldNamespace, "PROC-04", "A procfs that is mounted by the caller of unshare(CLONE_NEWPID), before it has forked, is of the old namespace.", "fs/proc/root.c proc_init_fs_context()", "3.8",
          {{"mount", "0"}, {"self is the caller's old number", true}, {"the suite's own processes are in it", true}}) {
  Actor caller = Actor::Start();
  seen.Put("mount", Said(caller.Call([] {
    NEED_SYS(Sys(SYS_unshare, CLONE_NEWPID));
    return MountProc("early");
  })));
  seen.Put("self is the caller's old number", caller.Call([pid = caller.pid()] { return ReadLink("early/self") == std::to_string(pid); }) == 1);
  seen.Put("the suite's own processes are in it", Stat(Folder("early") + "/1/status") == "0");
}

BEHAVIOUR(ProcMount, OldOneKeepsShowingOutsideNumbers, "PROC-05", "An init with the old /proc sees itself there by its outside number; one that it mounts itself has it as 1, and nobody from outside.", "pid_namespaces(7), /proc and PID namespaces", "4.1",
          {{"old self is the outside number", true}, {"old NSpid ends with", "1"}, {"new self", "1"}, {"new one's processes", "1"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  seen.Put("old self is the outside number", init.Call([pid = init.pid()] { return ReadLink("/proc/self") == std::to_string(pid); }) == 1);
  init.Call([seen] {
    seen.Put("old NSpid ends with", WithoutFirst(FieldOf("/proc/self/status", "NSpid")));
    NEED_SYS(MountProc("inner"));
    seen.Put("new self", ReadLink("inner/self"));
    seen.Put("new one's processes", PidsIn("inner"));
  });
}

BEHAVIOUR(ProcMount, HidepidIsTheMountsOwn, "PROC-08", "hidepid= is an option of one mount: another procfs of the same namespace goes on showing what the first one hides. Before Linux 5.8 it was the namespace's, for all its mounts.", "proc(5), Mount options; fs/proc/root.c", "5.8",
          {{"mount", "0"}, {"a root process, hidden", "ENOENT"}, {"own, there", "0"}, {"a root process by the other mount", "0"}, {"same device", false}}) {
  const pid_t root_process = static_cast<pid_t>(Sys(SYS_getpid));
  seen.Put("mount", Said(MountProc("hidden", "hidepid=2")));
  Actor other = Actor::Start();
  other.Call([] { BecomeUser(1000); });
  other.Call([=] {
    seen.Put("a root process, hidden", Stat("hidden/" + std::to_string(root_process)));
    seen.Put("own, there", Stat("hidden/self/status"));
    seen.Put("a root process by the other mount", Stat("/proc/" + std::to_string(root_process)));
  });
  struct stat hidden, plain;
  NEED(::stat("hidden", &hidden) == 0 && ::stat("/proc", &plain) == 0);
  seen.Put("same device", hidden.st_dev == plain.st_dev);
}

BEHAVIOUR(ProcMount, SubsetPidHasNothingButProcesses, "PROC-09", "With subset=pid a procfs has processes only; hidepid= may be given by name.", "proc(5), Mount options", "5.8",
          {{"mount", "0"}, {"meminfo", "ENOENT"}, {"sys", "ENOENT"}, {"mounts", "ENOENT"}, {"self/status", "0"}}) {
  seen.Put("mount", Said(MountProc("subset", "hidepid=invisible,subset=pid")));
  for (const char* name : {"meminfo", "sys", "mounts", "self/status"}) seen.Put(name, Stat(std::string("subset/") + name));
}

BEHAVIOUR(ProcMount, HidepidFourNeedsPtrace, "PROC-10", "hidepid=ptraceable (4) shows what the reader may trace; 3 is nothing (EINVAL).", "proc(5), Mount options", "5.8", {{"ptraceable", "0"}, {"3", "EINVAL"}, {"a root process as user 1000", "ENOENT"}, {"own", "0"}}) {
  seen.Put("ptraceable", Said(MountProc("traceable", "hidepid=ptraceable")));
  seen.Put("3", Said(MountProc("three", "hidepid=3")));
  const pid_t root_process = static_cast<pid_t>(Sys(SYS_getpid));
  Actor other = Actor::Start();
  other.Call([] { BecomeUser(1000); });
  other.Call([=] {
    seen.Put("a root process as user 1000", Stat("traceable/" + std::to_string(root_process)));
    seen.Put("own", Stat("traceable/self/status"));
  });
}

// A new superblock each time, since 5.8: options of one are not those of another.
BEHAVIOUR(ProcMount, SelfIsNobodysForStrangers, "PROC-19", "self and thread-self of a procfs lead nowhere (ENOENT) for a process that has no number in its namespace; 1/exe of a member is there to be read.", "fs/proc/self.c proc_self_get_link()", "3.17",
          {{"self", "ENOENT"}, {"thread-self", "ENOENT"}, {"self/exe", "ENOENT"}, {"1/exe is there", true}}) {
  Namespace ns;
  ns.init.Call([] { NEED_SYS(MountProc("inner")); });
  for (const char* name : {"self", "thread-self", "self/exe"}) seen.Put(name, ReadLink(std::string("inner/") + name));
  seen.Put("1/exe is there", ReadLink("inner/1/exe")[0] == '/');
}

// The pidns= option: Linux 6.18. Before, no option names the namespace, and unknown ones are refused.
std::string PidnsOption(pid_t pid) { return "pidns=/proc/" + std::to_string(pid) + "/ns/pid"; }

BEHAVIOUR(ProcMount, CanBeMadeFromOutside, "PROC-11", "From Linux 6.18 on mount option pidns= names the namespace: a procfs of a container can be mounted without entering it. Before, the option is refused (EINVAL).", "fs/proc/root.c; Documentation/filesystems/proc.rst", "3.8",
          {{"mount", Since(6, 18, "0", "EINVAL")}, {"processes", Since(6, 18, "1 2", "")}, {"self", "ENOENT"}}) {
  Namespace ns;
  seen.Put("mount", Said(MountProc("outside", PidnsOption(ns.init.pid()).c_str())));
  seen.Put("processes", PidsIn("outside"));
  seen.Put("self", ReadLink("outside/self"));
}

// A procfs of `pidns` by the calls of the newer interface, attached to Folder(name). What each said is a fact where it was not 0.
struct Context {
  FileDescriptor file{static_cast<int>(NEED_SYS(Sys(kFsopen, "proc", 1 /* FSOPEN_CLOEXEC */)))};
  long SetPidns(int pidns) const { return Sys(kFsconfig, file.get(), kFsconfigSetFd, "pidns", nullptr, pidns); }
  long Create() const { return Sys(kFsconfig, file.get(), kFsconfigCmdCreate, nullptr, nullptr, 0); }
  FileDescriptor Mount() const { return FileDescriptor(static_cast<int>(NEED_SYS(Sys(kFsmount, file.get(), 1 /* FSMOUNT_CLOEXEC */, 0)))); }
  // What the kernel has to say about the last failure.
  std::string Message() const {
    char text[200] = {};
    const ssize_t count = ::read(file.get(), text, sizeof text - 1);
    return count < 0 ? ErrnoName(errno) : std::string(text, static_cast<size_t>(count));
  }
};
std::string PidsAt(const FileDescriptor& mount) { return PidsIn("/proc/self/fd/" + std::to_string(mount.get())); }

BEHAVIOUR(ProcMount, CanBeMadeFromOutsideByDescriptor, "PROC-12", "fsopen(2) and fsconfig(2) take a descriptor of the PID namespace for the same: no path, no fork, no setns.", "tools/testing/selftests/proc/proc-pidns.c", "6.18",
          {{"pidns", "0"}, {"create", "0"}, {"processes", "1 2"}}) {
  Namespace ns;
  const FileDescriptor pidns(static_cast<int>(NEED_SYS(OpenNamespace(ns.init.pid(), "pid"))));
  const Context context;
  seen.Put("pidns", Said(context.SetPidns(pidns.get())));
  seen.Put("create", Said(context.Create()));
  seen.Put("processes", PidsAt(context.Mount()));
}

BEHAVIOUR(ProcMount, WantsAPidNamespace, "PROC-13", "A file of another sort of namespace is refused (EINVAL), and the context says why.", "fs/proc/root.c proc_parse_pidns_param()", "6.18",
          {{"UTS namespace", "EINVAL"}, {"the message names the option", true}, {"unknown option", "EINVAL"}}) {
  const FileDescriptor uts(static_cast<int>(NEED_SYS(OpenNamespace(0, "uts"))));
  const Context context;
  seen.Put("UTS namespace", Said(context.SetPidns(uts.get())));
  const std::string message = context.Message();
  seen.Put("message", message);
  seen.Put("the message names the option", message.find("pidns") != std::string::npos);
  seen.Put("unknown option", Said(Sys(kFsconfig, context.file.get(), kFsconfigSetString, "bogus", "1", 0)));
}

BEHAVIOUR(ProcMount, KeepsItsNamespace, "PROC-14", "The namespace of a procfs cannot be changed by a remount (EBUSY).", "fs/proc/root.c", "6.18", {{"remount", "EBUSY"}}) {
  Namespace ns;
  NEED_SYS(MountProc("own"));
  seen.Put("remount", Said(Checked(::mount(nullptr, "own", nullptr, MS_REMOUNT, PidnsOption(ns.init.pid()).c_str()))));
}

BEHAVIOUR(ProcMount, NeverLooksUp, "PROC-15", "The procfs of an ancestor namespace cannot be had from inside by its descriptor (EINVAL).", "fs/proc/root.c; kernel/pid_namespace.c pidns_is_ancestor()", "6.18", {{"ancestor's", "EINVAL"}}) {
  const int outside = static_cast<int>(NEED_SYS(OpenNamespace(0, "pid")));
  Namespace ns;
  seen.Put("ancestor's", Said(ns.init.Call([=] { return Context().SetPidns(outside); })));
}

BEHAVIOUR(ProcMount, OfADeadNamespaceIsEmpty, "PROC-16", "A procfs of a namespace whose init has ended can be made, and has no processes.", "fs/proc/root.c", "6.18", {{"pidns", "0"}, {"create", "0"}, {"processes", ""}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  const FileDescriptor pidns(static_cast<int>(NEED_SYS(OpenNamespace(init.pid(), "pid"))));
  init.Exit(0);
  init.Reap();
  const Context context;
  seen.Put("pidns", Said(context.SetPidns(pidns.get())));
  seen.Put("create", Said(context.Create()));
  seen.Put("processes", PidsAt(context.Mount()));
}

}  // namespace
}  // namespace foster
