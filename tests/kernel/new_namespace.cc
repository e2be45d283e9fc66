// SPDX-License-Identifier: Apache-2.0
// unshare(CLONE_NEWPID), and what the first and the next children of its caller are.
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>

#include "os/file_descriptor.h"
#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/kernel/steps.h"
#include "tests/util/proc.h"
#include "tests/util/spawn.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

long Unshare(unsigned long flags) { return Sys(SYS_unshare, flags); }

// A thread that the kernel must refuse. Should it be made, it runs on its maker's stack, and both crash.
long CloneThread() { return Sys(SYS_clone, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD, 0, 0, 0, 0); }

BEHAVIOUR(NewNamespace, ItsInitHasNoParent, "NS-01", "getppid(2) of a namespace's init is 0, before and after its parent outside has ended; outside it then has another parent.", "getpid(2); pid_namespaces(7)", "2.6.24",
          {{"getppid()", 0}, {"getppid() afterwards", 0}, {"parent seen from outside", 1}}) {
  Actor parent = Actor::Start();
  Actor init = parent.Fork(CLONE_NEWPID);
  seen.Put("getppid()", init.Call([] { return Sys(SYS_getppid); }));
  parent.Exit(0);
  parent.Reap();
  seen.Put("getppid() afterwards", init.Call([] { return Sys(SYS_getppid); }));
  seen.Put("parent seen from outside", StatusField(init.pid(), "PPid"));
}

// 7.1: the namespace exists from unshare on, and can be had by its file before it has an init.
BEHAVIOUR(NewNamespace, IsForChildrenOnly, "NS-02",
          "unshare(CLONE_NEWPID) leaves the caller where it is. Up to Linux 7.0 /proc/self/ns/pid_for_children is not there (ENOENT) until the first child; from 7.1 on it is.",
          "unshare(2); fs/proc/namespaces.c; otherwise than namespaces(7) has it (readlink(2) gives an empty string)", "4.12",
          {{"unshare", "0"}, {"same number", true}, {"same namespace", true}, {"readlink", Since(7, 1, "a link", "ENOENT")}, {"open", Since(7, 1, "0", "ENOENT")}}) {
  Actor caller = Actor::Start();
  caller.Call([seen] {
    const long before = Sys(SYS_getpid);
    const std::string namespace_before = NamespaceLink(0, "pid");
    seen.Put("unshare", Said(Unshare(CLONE_NEWPID)));
    seen.Put("same number", Sys(SYS_getpid) == before);
    seen.Put("same namespace", NamespaceLink(0, "pid") == namespace_before);
    const std::string link = NamespaceLink(0, "pid_for_children");
    seen.Put("readlink", link.rfind("pid:[", 0) == 0 ? "a link" : link);
    const long file = OpenNamespace(0, "pid_for_children");
    seen.Put("open", file < 0 ? Said(file) : "0");
  });
}

BEHAVIOUR(NewNamespace, ForbidsThreadsAndASecondOne, "NS-03", "After unshare(CLONE_NEWPID) the caller can make no thread, no second unshare and no clone with CLONE_NEWPID (EINVAL).", "clone(2), ERRORS; pid_namespaces(7)", "3.8",
          {{"unshare", "EINVAL"}, {"thread", "EINVAL"}, {"clone", "EINVAL"}}) {
  Actor caller = Actor::Start();
  caller.Call([] { return NEED_SYS(Unshare(CLONE_NEWPID)); });
  seen.Put("unshare", Said(caller.Call([] { return Unshare(CLONE_NEWPID); })));
  seen.Put("thread", Said(caller.Call([] { return CloneThread(); })));
  seen.Put("clone", Said(caller.Call([] { return CloneAndExit(CLONE_NEWPID); })));
}

BEHAVIOUR(NewNamespace, TheFirstChildIsItsInit, "NS-04", "The first child after unshare(CLONE_NEWPID) has number 1 and no parent, the second number 2; pid_for_children is now theirs.", "unshare(2); pid_namespaces(7)", "4.12",
          {{"first: getpid()", 1}, {"first: getppid()", 0}, {"second: getpid()", 2}, {"second: getppid()", 0}, {"pid_for_children is the first's", true}, {"it is the caller's own", false}}) {
  Actor caller = Actor::Start();
  caller.Call([] { return NEED_SYS(Unshare(CLONE_NEWPID)); });
  Actor first = caller.Fork();
  Actor second = caller.Fork();
  const auto parent = [] { return Sys(SYS_getppid); };
  seen.Put("first: getpid()", first.own_pid());
  seen.Put("first: getppid()", first.Call(parent));
  seen.Put("second: getpid()", second.own_pid());
  seen.Put("second: getppid()", second.Call(parent));
  const std::string for_children = NamespaceLink(caller.pid(), "pid_for_children");
  seen.Put("pid_for_children is the first's", for_children == NamespaceLink(first.pid(), "pid"));
  seen.Put("it is the caller's own", for_children == NamespaceLink(caller.pid(), "pid"));
}

BEHAVIOUR(NewNamespace, HasNoMoreChildrenWhenItsInitHasEnded, "NS-05", "When that first child has ended the caller cannot fork any more: ENOMEM each time.", "pid_namespaces(7), The namespace init process; kernel/pid.c alloc_pid()", "3.8",
          {{"init", "exited(0)"}, {"fork", "ENOMEM"}, {"again", "ENOMEM"}}) {
  Actor caller = Actor::Start();
  caller.Call([seen] {
    NEED_SYS(Unshare(CLONE_NEWPID));
    seen.Put("init", Wait(static_cast<pid_t>(NEED_SYS(CloneAndExit(0)))));
    seen.Put("fork", Said(CloneAndExit(0)));
    seen.Put("again", Said(CloneAndExit(0)));
  });
}

// copy_pid_ns() asks whether the caller's active namespace is the one for its children, not whether it has unshared before.
BEHAVIOUR(NewNamespace, SetnsToOnesOwnIsTheWayBack, "NS-06", "setns(2) to one's own PID namespace heals a caller that cannot fork any more, and then unshare(CLONE_NEWPID) works once more.",
          "kernel/pid_namespace.c copy_pid_ns(), pidns_install(); otherwise than unshare(2) and pid_namespaces(7) have it (only once)", "3.8",
          {{"fork before", "ENOMEM"}, {"setns", "0"}, {"fork after", "exited(0)"}, {"unshare again", "0"}, {"child's number", "exited(1)"}}) {
  Actor caller = Actor::Start();
  caller.Call([seen] {
    NEED_SYS(Unshare(CLONE_NEWPID));
    Wait(static_cast<pid_t>(NEED_SYS(CloneAndExit(0))));
    seen.Put("fork before", Said(CloneAndExit(0)));
    seen.Put("setns", Said(EnterNamespace(0, "pid", CLONE_NEWPID)));
    seen.Put("fork after", Wait(static_cast<pid_t>(CloneAndExit(0))));
    seen.Put("unshare again", Said(Unshare(CLONE_NEWPID)));
    const pid_t child = Spawn([] { return static_cast<int>(Sys(SYS_getpid)); });
    seen.Put("child's number", Wait(child));
  });
}

void* UnshareInAThread(void* facts) {
  const Facts seen = *static_cast<Facts*>(facts);
  seen.Put("CLONE_NEWUSER", Said(Unshare(CLONE_NEWUSER)));
  seen.Put("CLONE_NEWPID", Said(Unshare(CLONE_NEWPID)));
  seen.Put("CLONE_NEWNS", Said(Unshare(CLONE_NEWNS)));
  seen.Put("CLONE_NEWUTS", Said(Unshare(CLONE_NEWUTS)));
  const pid_t child = Spawn([] { return static_cast<int>(Sys(SYS_getpid)); });
  seen.Put("its child's number", Wait(child));
  seen.Put("its mounts are the leader's", NamespaceLink(0, "mnt") == NamespaceLink(static_cast<pid_t>(Sys(SYS_getpid)), "mnt"));
  return nullptr;
}

BEHAVIOUR(NewNamespace, IsAThreadsOwn, "NS-07",
          "A thread of a process with several may unshare PID, mount and UTS namespaces, for itself alone (CLONE_NEWUSER: EINVAL); another thread's children are where they were.",
          "kernel/fork.c ksys_unshare() since 3.13; otherwise than unshare(2) has it (CLONE_NEWPID implies CLONE_THREAD)", "3.13",
          {{"CLONE_NEWUSER", "EINVAL"}, {"CLONE_NEWPID", "0"}, {"CLONE_NEWNS", "0"}, {"CLONE_NEWUTS", "0"}, {"its child's number", "exited(1)"}, {"its mounts are the leader's", false}, {"the leader's child is in the leader's namespace", true}}) {
  Actor process = Actor::Start();
  process.Call([seen] {
    Facts facts = seen;
    pthread_t thread;
    NEED(::pthread_create(&thread, nullptr, UnshareInAThread, &facts) == 0);
    ::pthread_join(thread, nullptr);
  });
  Actor child = process.Fork();
  seen.Put("the leader's child is in the leader's namespace", child.own_pid() == child.pid());
}

// An init that unshares has children in another namespace than the orphans that it adopts; alloc_pid() looks at the former only.
BEHAVIOUR(NewNamespace, OfAnInitTakesItsForkAway, "NS-18",
          "A namespace's init may itself unshare(CLONE_NEWPID): its child is init of a nested namespace, and when that has ended the outer init can never fork again (ENOMEM), though its namespace lives on.",
          "kernel/pid_namespace.c copy_pid_ns(); kernel/pid.c alloc_pid()", "3.8",
          {{"unshare", "0"}, {"child's number inside", 1}, {"child's getppid()", 0}, {"fork afterwards", "ENOMEM"}, {"a member's fork", true}}) {
  Namespace ns;
  seen.Put("unshare", Said(ns.init.Call([] { return Unshare(CLONE_NEWPID); })));
  Actor nested = ns.init.Fork();
  seen.Put("child's number inside", nested.own_pid());
  seen.Put("child's getppid()", nested.Call([] { return Sys(SYS_getppid); }));
  nested.Exit(0);
  ns.init.Call([] { Wait(-1); });
  seen.Put("fork afterwards", Said(ns.init.Call([] { return CloneAndExit(0); })));
  seen.Put("a member's fork", ns.member.Call([] { return CloneAndExit(0); }) > 0);
}

// The namespace before its init, by its file: what Linux 7.1 made of it.
BEHAVIOUR(NewNamespace, CanBeEnteredBeforeItHasAnInit, "U-13",
          "From Linux 7.1 on another process may enter a PID namespace that has no init yet, by its maker's pid_for_children, and its child is then the init.",
          "tools/testing/selftests/pid_namespace/pidns_init_via_setns.c", "4.12", {{"setns", Since(7, 1, "0", "ENOENT")}, {"its child is init", Since(7, 1, true, false)}, {"maker's child", Since(7, 1, 2, 1)}}) {
  Actor maker = Actor::Start();
  Actor other = Actor::Start();
  maker.Call([] { return NEED_SYS(Unshare(CLONE_NEWPID)); });
  seen.Put("setns", Said(other.Call([pid = maker.pid()]() -> long {
    const long file = OpenNamespace(pid, "pid_for_children");
    return file < 0 ? file : Sys(SYS_setns, file, CLONE_NEWPID);
  })));
  Actor child = other.Fork();
  seen.Put("its child is init", child.own_pid() == 1);
  seen.Put("maker's child", maker.Fork().own_pid());
}

}  // namespace
}  // namespace foster
