// SPDX-License-Identifier: Apache-2.0
// What is in a procfs about processes of several PID namespaces.
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/kernel/steps.h"
#include "tests/util/proc.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

BEHAVIOUR(ProcContents, NspidHasANumberForEachLevel, "PROC-01", "NSpid lists a process's numbers from the namespace of the procfs down to its own.", "proc_pid_status(5), NSpid", "4.1", {{"first is the outside number", true}, {"the others", "4 3 2 1"}}) {
  Actor first = Actor::Start(CLONE_NEWPID);
  Actor second = first.Fork(CLONE_NEWPID);
  Actor third = second.Fork(CLONE_NEWPID);
  Actor fourth = third.Fork(CLONE_NEWPID);
  const std::string numbers = StatusField(fourth.pid(), "NSpid");
  seen.Put("first is the outside number", atoi(numbers.c_str()) == fourth.pid());
  seen.Put("the others", WithoutFirst(numbers));
}

BEHAVIOUR(ProcContents, GroupsFromAboveHaveNumberZero, "PROC-06", "Seen from the namespace above, an init in a process group and session of further up has 0 for both in NSpgid and NSsid, at every level that is shown; NStgid and NSpid have its numbers, PPid its parent's.",
          "proc_pid_status(5); fs/proc/array.c task_state()", "4.1",
          {{"NStgid", "2 1"}, {"NSpid", "2 1"}, {"NSpgid", "0 0"}, {"NSsid", "0 0"}, {"PPid", 1}}) {
  Actor outer = Actor::Start(CLONE_NEWPID);
  outer.Call([] { NEED_SYS(MountProc("outer")); });
  Actor inner = outer.Fork(CLONE_NEWPID);
  for (const char* name : {"NStgid", "NSpid", "NSpgid", "NSsid", "PPid"}) seen.Put(name, Blanks(FieldOf("outer/2/status", name)));
}

BEHAVIOUR(ProcContents, InsideAnInitHasNoParentAndNoGroup, "PROC-07",
          "Seen from inside an init that was made by clone has parent, group and session 0; a member that called setsid has its own number for both, and one that came by setns has parent 0 like the init.",
          "proc_pid_status(5); fs/proc/array.c", "4.1",
          {{"init: PPid", 0}, {"init: NSpgid", 0}, {"init: NSsid", 0}, {"member: NSpgid", 2}, {"member: NSsid", 2}, {"injected: NSpid", 3}, {"injected: PPid", 0}}) {
  Namespace ns;
  ns.init.Call([] { NEED_SYS(MountProc("inner")); });
  ns.member.Call([] { NEED_SYS(Sys(SYS_setsid)); });
  Actor outsider = Actor::Start();
  outsider.Call([pid = ns.init.pid()] { NEED_SYS(EnterNamespace(pid, "pid", CLONE_NEWPID)); });
  Actor injected = outsider.Fork();
  seen.Put("init: PPid", FieldOf("inner/1/status", "PPid"));
  seen.Put("init: NSpgid", FieldOf("inner/1/status", "NSpgid"));
  seen.Put("init: NSsid", FieldOf("inner/1/status", "NSsid"));
  seen.Put("member: NSpgid", FieldOf("inner/2/status", "NSpgid"));
  seen.Put("member: NSsid", FieldOf("inner/2/status", "NSsid"));
  seen.Put("injected: NSpid", FieldOf("inner/3/status", "NSpid"));
  seen.Put("injected: PPid", FieldOf("inner/3/status", "PPid"));
}

BEHAVIOUR(ProcContents, RootIsOfProcfs, "PROC-17", "A procfs of a namespace is one like any other: its magic number, inode 1 for its root, thread-self for the init as 1/task/1; nothing can be made in it (ENOENT), what is not there is not there.",
          "proc(5); fs/proc/root.c, fs/proc/thread_self.c", "3.17",
          {{"magic", static_cast<long>(kProcMagic)}, {"inode of the root", 1}, {"thread-self", "1/task/1"}, {"absent number", "ENOENT"}, {"symlink in it", "ENOENT"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Call([seen] {
    NEED_SYS(MountProc("inner"));
    struct statfs system;
    struct stat root;
    NEED(::statfs("inner", &system) == 0 && ::stat("inner", &root) == 0);
    seen.Put("magic", static_cast<long>(system.f_type));
    seen.Put("inode of the root", static_cast<long>(root.st_ino));
    seen.Put("thread-self", ReadLink("inner/thread-self"));
    struct stat none;
    seen.Put("absent number", Said(Checked(::stat("inner/99999", &none))));
    seen.Put("symlink in it", Said(Checked(::symlink("a", "inner/b"))));
  });
}

BEHAVIOUR(ProcContents, ChildrenAreListed, "PROC-18", "task/TID/children of a namespace's procfs lists an init's children by their inner numbers, zombies too.", "proc_tid_children(5)", "4.2", {{"children", "2 3 "}, {"state of the ended one", "Z (zombie)"}}) {
  Namespace ns;
  Actor second = ns.init.Fork();
  second.Exit(0);
  ns.init.Call([seen] {
    NEED_SYS(MountProc("inner"));
    NEED_SYS(Sys(SYS_waitid, P_PID, 3, nullptr, WEXITED | WNOWAIT, nullptr));
    long error = 0;
    const std::string children = ReadFile("inner/1/task/1/children", &error);
    if (error == -ENOENT) seen.Skip("no task/TID/children in /proc (CONFIG_PROC_CHILDREN)");
    seen.Put("children", children);
    seen.Put("state of the ended one", FieldOf("inner/3/status", "State"));
  });
}

// proc_sched_show_task() takes the number of the procfs, not of the reader.
BEHAVIOUR(ProcContents, SchedNamesTheInnerNumber, "PROC-17b", "/proc/PID/sched names a process by its number in the namespace of the procfs.", "kernel/sched/debug.c proc_sched_show_task()", "4.14", {{"init inside", "(1, #threads: 1)"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Call([seen] {
    NEED_SYS(MountProc("inner"));
    const std::string text = ReadFile("inner/1/sched");
    if (text.empty()) seen.Skip("no sched in /proc/PID (CONFIG_SCHED_DEBUG)");
    const size_t begin = text.find('(');
    seen.Put("init inside", text.substr(begin, text.find(')') + 1 - begin));
  });
}

// What is not about processes is not changed by a PID namespace: the reason why containers hide it.
BEHAVIOUR(ProcContents, TheMachineShowsThrough, "LEAK-02", "A namespace's procfs tells of the machine what any other does: load, memory, boot id and uptime are not the namespace's.", "proc(5)", "all",
          {{"boot_id", true}, {"MemTotal", true}, {"btime", true}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Call([] { NEED_SYS(MountProc("inner")); });
  seen.Put("boot_id", init.Call([] { return ReadFile("inner/sys/kernel/random/boot_id") == ReadFile("/proc/sys/kernel/random/boot_id"); }) == 1);
  seen.Put("MemTotal", init.Call([] { return FieldOf("inner/meminfo", "MemTotal") == FieldOf("/proc/meminfo", "MemTotal"); }) == 1);
  seen.Put("btime", init.Call([] {
    const auto boot = [](const std::string& text) { return text.substr(text.find("btime"), 16); };
    return boot(ReadFile("inner/stat")) == boot(ReadFile("/proc/stat"));
  }) == 1);
}

}  // namespace
}  // namespace foster
