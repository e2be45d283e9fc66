// SPDX-License-Identifier: Apache-2.0
// setns(2) into PID namespaces: where it may go, what it changes, and what becomes of a namespace that has lost its init.
#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/file_descriptor.h"
#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/kernel/steps.h"
#include "tests/util/proc.h"
#include "tests/util/spawn.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

BEHAVIOUR(Setns, MovesChildrenOnly, "NS-08", "setns(2) to a PID namespace leaves the caller's number alone; its children are members there, without a parent. A file of another type is refused (EINVAL).", "setns(2); pid_namespaces(7)", "3.8",
          {{"as a UTS namespace", "EINVAL"}, {"as what it is", "0"}, {"same number", true}, {"child's number", 3}, {"child's getppid()", 0}}) {
  Namespace ns;
  Actor outsider = Actor::Start();
  seen.Put("as a UTS namespace", Said(outsider.Call([pid = ns.init.pid()] { return EnterNamespace(pid, "pid", CLONE_NEWUTS); })));
  seen.Put("as what it is", Said(outsider.Call([pid = ns.init.pid()] { return EnterNamespace(pid, "pid", CLONE_NEWPID); })));
  seen.Put("same number", outsider.Call([] { return Sys(SYS_getpid); }) == outsider.pid());
  Actor child = outsider.Fork();
  seen.Put("child's number", child.own_pid());
  seen.Put("child's getppid()", child.Call([] { return Sys(SYS_getppid); }));
}

BEHAVIOUR(Setns, NeverGoesUp, "NS-09", "setns(2) to an ancestor of one's own PID namespace is refused (EINVAL); to one's own it is allowed.", "setns(2), ERRORS; pid_namespaces(7)", "3.8",
          {{"to the parent", "EINVAL"}, {"to the parent, any type", "EINVAL"}, {"to its own", "0"}}) {
  const int outside = static_cast<int>(NEED_SYS(OpenNamespace(0, "pid")));
  Namespace ns;
  seen.Put("to the parent", Said(ns.member.Call([=] { return Sys(SYS_setns, outside, CLONE_NEWPID); })));
  seen.Put("to the parent, any type", Said(ns.member.Call([=] { return Sys(SYS_setns, outside, 0); })));
  seen.Put("to its own", Said(ns.member.Call([] { return EnterNamespace(0, "pid", CLONE_NEWPID); })));
}

BEHAVIOUR(Setns, NeverGoesAside, "NS-11", "setns(2) to a sibling of one's own PID namespace is refused (EINVAL).", "kernel/pid_namespace.c pidns_install()", "3.8", {{"setns", "EINVAL"}}) {
  Namespace ns, sibling;
  seen.Put("setns", Said(ns.member.Call([pid = sibling.init.pid()] { return EnterNamespace(pid, "pid", CLONE_NEWPID); })));
}

BEHAVIOUR(Setns, TakesAPidfdAndSeveralTypes, "NS-12", "setns(2) with a pidfd enters the namespaces that its flags name, all or none; without a flag it is refused (EINVAL).", "setns(2), Details for specific namespace types", "5.8",
          {{"no flag", "EINVAL"}, {"PID, UTS, mount and IPC", "0"}, {"child's number", 3}, {"UTS namespace is the init's", true}}) {
  Actor init = Actor::Start(CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWNS | CLONE_NEWIPC);
  Actor member = init.Fork();
  Actor outsider = Actor::Start();
  const int pidfd = static_cast<int>(NEED_SYS(outsider.Call([pid = init.pid()] { return Sys(kPidfdOpen, pid, 0); })));
  seen.Put("no flag", Said(outsider.Call([=] { return Sys(SYS_setns, pidfd, 0); })));
  seen.Put("PID, UTS, mount and IPC", Said(outsider.Call([=] { return Sys(SYS_setns, pidfd, CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWNS | CLONE_NEWIPC); })));
  seen.Put("child's number", outsider.Fork().own_pid());
  seen.Put("UTS namespace is the init's", NamespaceLink(outsider.pid(), "uts") == NamespaceLink(init.pid(), "uts"));
}

BEHAVIOUR(Setns, NeedsALiveProcessForAPidfd, "NS-13", "setns(2) with the pidfd of a zombie, or of a process that has been reaped, says ESRCH.", "setns(2), ERRORS; kernel/nsproxy.c validate_nsset()", "5.8",
          {{"zombie", "ESRCH"}, {"reaped", "ESRCH"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Exit(0);
  NEED_SYS(Sys(SYS_waitid, P_PID, init.pid(), nullptr, WEXITED | WNOWAIT, nullptr));
  seen.Put("zombie", Said(Sys(SYS_setns, init.pidfd(), CLONE_NEWPID)));
  init.Reap();
  seen.Put("reaped", Said(Sys(SYS_setns, init.pidfd(), CLONE_NEWPID)));
}

BEHAVIOUR(Setns, EntersADeadNamespaceWhereNobodyCanLive, "NS-14", "A PID namespace whose init has ended, and that an open file keeps, can be entered; fork then says ENOMEM.", "pid_namespaces(7), The namespace init process", "3.8",
          {{"setns", "0"}, {"fork", "ENOMEM"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  const int file = static_cast<int>(NEED_SYS(OpenNamespace(init.pid(), "pid")));
  init.Exit(0);
  init.Reap();
  Actor outsider = Actor::Start();
  seen.Put("setns", Said(outsider.Call([=] { return Sys(SYS_setns, file, CLONE_NEWPID); })));
  seen.Put("fork", Said(outsider.Call([] { return CloneAndExit(0); })));
}

// How deep namespaces go: each child makes the next one, the last one tells why there is none.
struct Depth {
  int namespaces = 0;
  int error = 0;
};

void DescendFrom(Depth depth, bool by_unshare, int told) {
  const long refused = by_unshare ? Sys(SYS_unshare, CLONE_NEWPID) : 0;
  const long pid = refused < 0 ? refused : CloneProcess(by_unshare ? 0 : CLONE_NEWPID);
  if (pid == 0) {
    ++depth.namespaces;
    DescendFrom(depth, by_unshare, told);
    ::_exit(0);
  }
  if (pid > 0) {
    Wait(static_cast<pid_t>(pid));
    return;
  }
  depth.error = static_cast<int>(-pid);
  NEED_SYS(Checked(::write(told, &depth, sizeof depth)));
}

Depth Descend(bool by_unshare) {
  int ends[2];
  NEED_SYS(Checked(::pipe(ends)));
  Actor first = Actor::Start();
  first.Call([by_unshare, told = ends[1]] { DescendFrom(Depth(), by_unshare, told); });
  Depth depth;
  NEED(::read(ends[0], &depth, sizeof depth) == sizeof depth);
  return depth;
}

// The sandbox is a level itself, and what the suite runs in may be deeper than the initial one.
BEHAVIOUR(Setns, ThirtyTwoLevelsIsTheDeepest, "NS-15", "PID namespaces nest 32 deep; the next clone(CLONE_NEWPID) says ENOSPC.", "pid_namespaces(7), Nesting PID namespaces; kernel/pid_namespace.c MAX_PID_NS_LEVEL", "4.9",
          {{"levels below the sandbox's", AtMost(31)}, {"most of them are ours", true}, {"then", "ENOSPC"}}) {
  const Depth depth = Descend(false);
  seen.Put("levels below the sandbox's", depth.namespaces);
  seen.Put("most of them are ours", depth.namespaces >= 16);
  seen.Put("then", ErrnoName(depth.error));
}

BEHAVIOUR(Setns, ThirtyTwoLevelsIsTheDeepestByUnshareToo, "NS-16", "unshare(CLONE_NEWPID) stops at the same depth as clone(2), and says the same.", "pid_namespaces(7), Nesting PID namespaces", "4.9",
          {{"then", "ENOSPC"}, {"as deep as by clone", true}}) {
  const Depth depth = Descend(true);
  seen.Put("then", ErrnoName(depth.error));
  seen.Put("as deep as by clone", depth.namespaces == Descend(false).namespaces);
}

// The count is given back by a work item, some time after the last member has been reaped.
BEHAVIOUR(Setns, AUserNamespaceMayHaveSoManyOnly, "NS-17", "user.max_pid_namespaces of a user namespace bounds its PID namespaces: one more says ENOSPC, by clone and by unshare. When one has ended there is room again, though not at once.",
          "namespaces(7), The /proc/sys/user directory; kernel/ucount.c", "4.9",
          {{"write 2", "0"}, {"first and second", true}, {"third by clone", "ENOSPC"}, {"third by unshare", "ENOSPC"}, {"there is room again", true}}) {
  Actor owner = Actor::TryStart(CLONE_NEWUSER);
  if (!owner.valid()) seen.Skip("clone(CLONE_NEWUSER): " + ErrnoName(owner.error()));
  seen.Put("write 2", Said(owner.Call([] { return WriteFile("/proc/sys/user/max_pid_namespaces", "2"); })));
  Actor first = owner.TryFork(CLONE_NEWPID);
  Actor second = owner.TryFork(CLONE_NEWPID);
  seen.Put("first and second", first.valid() && second.valid());
  seen.Put("third by clone", Said(owner.Call([] { return CloneAndExit(CLONE_NEWPID); })));
  seen.Put("third by unshare", Said(owner.Call([] { return Sys(SYS_unshare, CLONE_NEWPID); })));
  {
    Actor gone = std::move(second);  // with this goes its pidfd, which would keep the namespace
    gone.Exit(0);
    owner.Call([] { Wait(-1); });
  }
  seen.Put("there is room again", owner.Call([] {
    return static_cast<long>(Eventually([] {
      const long pid = CloneAndExit(CLONE_NEWPID);
      if (pid > 0) Wait(static_cast<pid_t>(pid));
      return pid > 0;
    }));
  }) == 1);
}

BEHAVIOUR(Setns, FilesAreForWhoMayLookAtTheProcess, "NS-19", "The namespace files of another user's process can be neither read nor opened (EACCES); a pidfd of it can be had.", "proc_pid_ns(5); ptrace(2), Ptrace access mode checking", "5.3",
          // 5.10.262 says success and an empty name where 5.10.218 said EACCES: it went wrong within the stable series.
          {{"readlink", Since(5, 11, "EACCES", AnyOf({"EACCES", ""}))}, {"open", "EACCES"}, {"pidfd_open", true}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  Actor other = Actor::Start();
  other.Call([] { BecomeUser(1000); });
  other.Call([seen, pid = init.pid()] {
    seen.Put("readlink", NamespaceLink(pid, "pid"));
    seen.Put("open", Said(OpenNamespace(pid, "pid")));
    seen.Put("pidfd_open", Sys(kPidfdOpen, pid, 0) >= 0);
  });
}

}  // namespace
}  // namespace foster
