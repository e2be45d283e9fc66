// SPDX-License-Identifier: Apache-2.0
// Who becomes the parent of an orphan, in and across PID namespaces.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/util/proc.h"
#include "tests/util/signals.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

long ParentOf(Actor& actor) {
  return actor.Call([] { return Sys(SYS_getppid); });
}

void BecomeSubreaper() { NEED_SYS(Checked(::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))); }

// A process inside of init's namespace whose parent is the outsider.
Actor Inject(Actor& outsider, pid_t init) {
  NEED_SYS(outsider.Call([init] {
    const long held = Sys(SYS_openat, AT_FDCWD, ("/proc/" + std::to_string(init) + "/ns/pid").c_str(), O_RDONLY | O_CLOEXEC);
    return held < 0 ? held : Sys(SYS_setns, held, CLONE_NEWPID);
  }));
  return outsider.Fork();
}

BEHAVIOUR(Orphans, GoToInit, "RP-02", "When its parent ends a process becomes a child of its namespace's init, which gets SIGCHLD for it with its number there and reaps it.", "pid_namespaces(7), The namespace init process", "2.6.24",
          {{"parent before", 2}, {"parent afterwards", 1}, {"si_pid", 3}, {"wait", "exited(4)"}}) {
  Namespace ns;
  Actor orphan = ns.member.Fork();
  seen.Put("parent before", ParentOf(orphan));
  ns.member.Exit(0);
  ns.init.Call([] {
    Wait(2);
    RecordSignal(SIGCHLD);
  });
  seen.Put("parent afterwards", ParentOf(orphan));
  orphan.Exit(4);
  ns.init.Call([seen] {
    seen.Put("wait", Wait(3));
    seen.Put("si_pid", Recorded(SIGCHLD).pid);
  });
}

BEHAVIOUR(Orphans, GoToASubreaperThenToInit, "RP-03", "A subreaper inside gets the orphans below it; when it ends they go on to init. Its children do not inherit the attribute.", "PR_SET_CHILD_SUBREAPER(2const)", "3.4",
          {{"attribute of its child", 0}, {"first parent", 2}, {"second parent", 1}}) {
  Namespace ns;
  ns.member.Call([] { BecomeSubreaper(); });
  Actor middle = ns.member.Fork();
  Actor orphan = middle.Fork();
  seen.Put("attribute of its child", middle.Call([] {
    int attribute = -1;
    ::prctl(PR_GET_CHILD_SUBREAPER, &attribute, 0, 0, 0);
    return attribute;
  }));
  middle.Exit(0);
  ns.member.Call([] { Wait(3); });
  seen.Put("first parent", ParentOf(orphan));
  ns.member.Exit(0);
  ns.init.Call([] { Wait(2); });
  seen.Put("second parent", ParentOf(orphan));
}

// find_new_reaper() climbs only as long as the level of the PID namespace stays the same.
BEHAVIOUR(Orphans, DoNotLeaveForASubreaperOutside, "RP-04", "A subreaper outside of the namespace, be it the parent of its init, gets no orphans from inside.",
          "kernel/exit.c find_new_reaper(); PR_SET_CHILD_SUBREAPER(2const) does not say", "3.4", {{"parent", 1}, {"init's wait", "exited(4)"}, {"subreaper's wait", "nothing yet"}}) {
  BecomeSubreaper();
  Namespace ns;
  Actor orphan = ns.member.Fork();
  ns.member.Exit(0);
  ns.init.Call([] { Wait(2); });
  seen.Put("parent", ParentOf(orphan));
  orphan.Exit(4);
  ns.init.Call([seen] { seen.Put("init's wait", Wait(3)); });
  seen.Put("subreaper's wait", Wait(-1, WNOHANG));
}

BEHAVIOUR(Orphans, OfInjectedProcessesGoToInit, "RP-05", "A process that was put inside (setns(2) and fork(2)) has parent 0; the orphans that it leaves go to init.", "pid_namespaces(7)", "3.8",
          {{"its parent", 0}, {"its orphan's parent", 1}, {"init's wait", "exited(4)"}}) {
  Namespace ns;
  Actor outsider = Actor::Start();
  Actor injected = Inject(outsider, ns.init.pid());
  seen.Put("its parent", ParentOf(injected));
  Actor orphan = injected.Fork();
  injected.Exit(0);
  outsider.Call([pid = injected.pid()] { Wait(pid); });
  seen.Put("its orphan's parent", ParentOf(orphan));
  orphan.Exit(4);
  ns.init.Call([seen, pid = orphan.own_pid()] { seen.Put("init's wait", Wait(pid)); });
}

BEHAVIOUR(Orphans, InjectedOnesStayOutside, "RP-06", "When the outside parent of a process that was put inside ends, it goes to a reaper outside, not to the namespace's init.", "pid_namespaces(7); kernel/exit.c find_new_reaper()", "3.8",
          {{"parent inside", 0}, {"parent outside is the subreaper", true}, {"init's wait", "ECHILD"}, {"subreaper's wait", "exited(4)"}}) {
  BecomeSubreaper();
  Actor init = Actor::Start(CLONE_NEWPID);
  Actor outsider = Actor::Start();
  Actor injected = Inject(outsider, init.pid());
  outsider.Exit(0);
  outsider.Reap();
  seen.Put("parent inside", ParentOf(injected));
  seen.Put("parent outside is the subreaper", StatusField(injected.pid(), "PPid") == std::to_string(Sys(SYS_getpid)));
  init.Call([seen] { seen.Put("init's wait", Wait(-1, WNOHANG)); });
  injected.Exit(4);
  seen.Put("subreaper's wait", injected.Reap());
}

// propagate_has_child_subreaper(), commit 749860ce2427.
BEHAVIOUR(Orphans, GoToASubreaperThatCameLate, "RP-07", "A process that becomes a subreaper also gets the orphans of descendants that were there before.", "kernel/sys.c propagate_has_child_subreaper(); PR_SET_CHILD_SUBREAPER(2const) does not say",
          "4.11", {{"parent", 2}}) {
  Namespace ns;
  Actor middle = ns.member.Fork();
  Actor orphan = middle.Fork();
  ns.member.Call([] { BecomeSubreaper(); });
  middle.Exit(0);
  ns.member.Call([] { Wait(3); });
  seen.Put("parent", ParentOf(orphan));
}

}  // namespace
}  // namespace foster
