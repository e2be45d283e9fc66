// SPDX-License-Identifier: Apache-2.0
// Sessions and process groups of a namespace's init, and what becomes of stopped jobs when it is the one who adopts.
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/util/proc.h"
#include "tests/util/signals.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

BEHAVIOUR(Sessions, AFreshInitIsInNoneOfItsNamespace, "SES-01", "An init is born into its parent's session and group, which have no numbers inside: getpgid(0) and getsid(0) are 0, until setsid(2), which works once.", "getsid(2); kernel/pid.c pid_vnr()",
          "2.6.24", {{"getpgid(0)", 0}, {"getsid(0)", 0}, {"setsid()", "1"}, {"getpgid(0) then", 1}, {"getsid(0) then", 1}, {"setsid() again", "EPERM"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Call([seen] {
    seen.Put("getpgid(0)", Sys(SYS_getpgid, 0));
    seen.Put("getsid(0)", Sys(SYS_getsid, 0));
    seen.Put("setsid()", Said(Sys(SYS_setsid)));
    seen.Put("getpgid(0) then", Sys(SYS_getpgid, 0));
    seen.Put("getsid(0) then", Sys(SYS_getsid, 0));
    seen.Put("setsid() again", Said(Sys(SYS_setsid)));
  });
}

BEHAVIOUR(Sessions, AGroupOfItsOwnForbidsASession, "SES-02", "After setpgid(0, 0) an init leads group 1 and cannot make a session any more; its children can join the group.", "setsid(2); setpgid(2)", "2.6.24",
          {{"setpgid(0, 0)", "0"}, {"getpgid(0)", 1}, {"setsid()", "EPERM"}, {"child's getsid(1)", 0}, {"child's setpgid(0, 1)", "0"}}) {
  Namespace ns;
  ns.init.Call([seen] {
    seen.Put("setpgid(0, 0)", Said(Sys(SYS_setpgid, 0, 0)));
    seen.Put("getpgid(0)", Sys(SYS_getpgid, 0));
    seen.Put("setsid()", Said(Sys(SYS_setsid)));
  });
  ns.member.Call([seen] {
    seen.Put("child's getsid(1)", Sys(SYS_getsid, 1));
    seen.Put("child's setpgid(0, 1)", Said(Sys(SYS_setpgid, 0, 1)));
  });
}

// A shell (2), its job's leader (3), and the leader's child (4), stopped, in the job's group. The leader ends; init adopts the child.
void StoppedJobLosesItsLeader(Facts seen, bool shell_has_own_session) {
  Namespace ns;
  if (shell_has_own_session) {
    NEED_SYS(ns.member.Call([] { return Sys(SYS_setsid); }));
  } else {
    NEED_SYS(ns.init.Call([] { return Sys(SYS_setsid); }));
    ns.member = ns.init.Fork();  // of init's new session
  }
  Actor leader = ns.member.Fork();
  NEED_SYS(leader.Call([] { return Sys(SYS_setpgid, 0, 0); }));
  Actor child = leader.Fork();
  child.Call([] {
    RecordSignal(SIGHUP);
    RecordSignal(SIGCONT);
  });
  child.Kill(SIGSTOP);
  leader.Call([pid = child.own_pid()] { Wait(pid, WUNTRACED); });
  leader.Exit(0);
  ns.member.Call([pid = leader.own_pid()] { Wait(pid); });
  seen.Put("state", StateOf(child.pid()) == "T" ? "stopped" : "running");
  seen.Put("parent", StatusField(child.pid(), "PPid") == std::to_string(ns.init.pid()) ? "init" : "another");
  child.Kill(SIGCONT);  // so that it can tell
  seen.Put("SIGHUP", child.Call([] { return Recorded(SIGHUP).count; }));
}

BEHAVIOUR(Sessions, AStoppedOrphanIsWokenByInitOfAnother, "SES-03", "A stopped job whose leader ends gets SIGHUP and SIGCONT when the init that adopts it is in another session.", "setpgid(2); kernel/exit.c kill_orphaned_pgrp()", "2.6.24",
          {{"state", "running"}, {"parent", "init"}, {"SIGHUP", 1}}) {
  StoppedJobLosesItsLeader(seen, true);
}

// will_become_orphaned_pgrp() leaves only the global init out of account.
BEHAVIOUR(Sessions, AStoppedOrphanIsForgottenByInitOfTheSame, "SES-04", "It gets neither, and stays stopped, when the init that adopts it is in the same session.",
          "kernel/exit.c will_become_orphaned_pgrp(); otherwise than setpgid(2) and POSIX have it", "2.6.24", {{"state", "stopped"}, {"parent", "init"}, {"SIGHUP", 0}}) {
  StoppedJobLosesItsLeader(seen, false);
}

}  // namespace
}  // namespace foster
