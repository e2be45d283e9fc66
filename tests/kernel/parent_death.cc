// SPDX-License-Identifier: Apache-2.0
// The parent-death signal, PR_SET_PDEATHSIG, in and across PID namespaces.
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/util/signals.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

void Ask(int signo) { NEED_SYS(Checked(::prctl(PR_SET_PDEATHSIG, signo))); }

long Asked() {
  int signo = -1;
  ::prctl(PR_GET_PDEATHSIG, &signo);
  return signo;
}

BEHAVIOUR(ParentDeathSignal, NamesTheDyingParent, "PD-01", "The parent-death signal looks as if the dying parent had sent it: its number, SI_USER.", "PR_SET_PDEATHSIG(2const); kernel/exit.c forget_original_parent()", "2.6.24",
          {{"count", 1}, {"si_pid", 2}, {"si_code", SI_USER}, {"getppid() then", 1}}) {
  Namespace ns;
  Actor child = ns.member.Fork();
  child.Call([] {
    RecordSignal(SIGUSR1);
    Ask(SIGUSR1);
  });
  ns.member.Exit(0);
  ns.init.Call([] { Wait(2); });
  child.Call([seen] {
    seen.Put("count", Recorded(SIGUSR1).count);
    seen.Put("si_pid", Recorded(SIGUSR1).pid);
    seen.Put("si_code", Recorded(SIGUSR1).code);
    seen.Put("getppid() then", Sys(SYS_getppid));
  });
}

BEHAVIOUR(ParentDeathSignal, OfAnInitNamesNobody, "PD-02", "An init that has asked for it is told of its outer parent's end with si_pid 0.",
          "kernel/signal.c send_signal_locked(); otherwise than PR_SET_PDEATHSIG(2const) has it (the number of the parent)", "2.6.30", {{"count", 1}, {"si_pid", 0}, {"getppid()", 0}}) {
  Actor parent = Actor::Start();
  Actor init = parent.Fork(CLONE_NEWPID);
  init.Call([] {
    RecordSignal(SIGUSR1);
    Ask(SIGUSR1);
  });
  parent.Exit(0);
  parent.Reap();
  init.Call([seen] {
    seen.Put("count", Recorded(SIGUSR1).count);
    seen.Put("si_pid", Recorded(SIGUSR1).pid);
    seen.Put("getppid()", Sys(SYS_getppid));
  });
}

// An init without handlers that has asked for `signo`, after the end of its outer parent; the driver has become its parent.
Actor InitAfterParentsDeath(int signo) {
  NEED_SYS(Checked(::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)));
  Actor parent = Actor::Start();
  Actor init = parent.Fork(CLONE_NEWPID);
  init.Call([signo] { Ask(signo); });
  parent.Exit(0);
  parent.Reap();
  return init;
}

BEHAVIOUR(ParentDeathSignal, KillsAnInit, "PD-03", "SIGKILL as the parent-death signal ends an init with its outer parent, and its namespace with it: what unshare --kill-child is made of.", "kernel/signal.c send_signal_locked(); unshare(1)", "2.6.30",
          {{"status", "killed(SIGKILL)"}}) {
  seen.Put("status", InitAfterParentsDeath(SIGKILL).Reap());
}

BEHAVIOUR(ParentDeathSignal, TermDoesNothingToAnInit, "PD-03b", "SIGTERM as the parent-death signal does nothing to an init without a handler for it.", "kernel/signal.c sig_task_ignored()", "2.6.30", {{"init", "alive"}}) {
  seen.Put("init", InitAfterParentsDeath(SIGTERM).Condition());
}

BEHAVIOUR(ParentDeathSignal, StopStopsAnInit, "PD-03c", "SIGSTOP as the parent-death signal stops an init.", "kernel/signal.c send_signal_locked()", "2.6.30", {{"wait", "stopped(SIGSTOP)"}}) {
  const Actor init = InitAfterParentsDeath(SIGSTOP);
  seen.Put("wait", Wait(init.pid(), WUNTRACED));
}

BEHAVIOUR(ParentDeathSignal, IsNotSentLate, "PD-05", "Asked for after the parent's end it never comes: ask, then look whether the parent is still there.", "PR_SET_PDEATHSIG(2const), CAVEATS", "2.6.24", {{"getppid() then", 1}, {"count", 0}}) {
  Namespace ns;
  Actor child = ns.member.Fork();
  ns.member.Exit(0);
  ns.init.Call([] { Wait(2); });
  child.Call([seen] {
    seen.Put("getppid() then", Sys(SYS_getppid));
    RecordSignal(SIGUSR1);
    Ask(SIGUSR1);
  });
  seen.Put("count", child.Call([] { return Recorded(SIGUSR1).count; }));
}

BEHAVIOUR(ParentDeathSignal, IsForgottenByForkAndByNewCredentials, "PD-06", "fork(2) does not hand it on, and a change of the user id clears it.", "PR_SET_PDEATHSIG(2const)", "2.6.24",
          {{"asked", SIGUSR1}, {"in a child", 0}, {"after setresuid", 0}}) {
  Namespace ns;
  ns.member.Call([] { Ask(SIGUSR1); });
  seen.Put("asked", ns.member.Call([] { return Asked(); }));
  Actor child = ns.member.Fork();
  seen.Put("in a child", child.Call([] { return Asked(); }));
  const long changed = ns.member.Call([] { return Sys(SYS_setresuid, 1000, 1000, 1000); });
  if (changed == -EINVAL) seen.Skip("the user namespace has no user 1000");
  NEED_SYS(changed);
  seen.Put("after setresuid", ns.member.Call([] { return Asked(); }));
}

BEHAVIOUR(ParentDeathSignal, ComesAgainWithTheNextParent, "PD-07", "It comes again when the subreaper ends that has become the parent.", "PR_SET_PDEATHSIG(2const)", "3.4", {{"after the parent's end", 1}, {"after the subreaper's", 2}}) {
  Namespace ns;
  ns.member.Call([] { NEED_SYS(Checked(::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))); });
  Actor parent = ns.member.Fork();
  Actor child = parent.Fork();
  child.Call([] {
    RecordSignal(SIGUSR1);
    Ask(SIGUSR1);
  });
  parent.Exit(0);
  ns.member.Call([] { Wait(3); });
  seen.Put("after the parent's end", child.Call([] { return Recorded(SIGUSR1).count; }));
  ns.member.Exit(0);
  ns.init.Call([] { Wait(2); });
  seen.Put("after the subreaper's", child.Call([] { return Recorded(SIGUSR1).count; }));
}

}  // namespace
}  // namespace foster
