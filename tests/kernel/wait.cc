// SPDX-License-Identifier: Apache-2.0
// Waiting for children, as an init does it.
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/kernel/helpers.h"
#include "tests/util/gate.h"
#include "tests/util/proc.h"
#include "tests/util/signals.h"
#include "tests/util/spawn.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

void Handle(int signo, void (*handler)(int), unsigned long flags = 0) {
  KernelAction action;
  action.handler = handler;
  action.flags = flags;
  SetAction(signo, action);
}

// Waits until a child is a zombie, and leaves it one.
void WaitUntilEnded(pid_t child) { NEED_SYS(Sys(SYS_waitid, P_PID, child, nullptr, WEXITED | WNOWAIT | __WALL, nullptr)); }

// Until `actor` sleeps in wait4(2), as /proc/PID/syscall tells.
void WaitUntilWaiting(const Actor& actor) {
  const std::string path = "/proc/" + std::to_string(actor.pid()) + "/syscall";
  const std::string wait4 = std::to_string(SYS_wait4) + " ";
  NEED(Eventually([&] { return ReadFile(path).rfind(wait4, 0) == 0; }));
}

BEHAVIOUR(Waiting, IgnoredChildrenLeaveNoZombies, "REAP-01", "With SIGCHLD ignored the kernel reaps an init's children and orphans itself; wait(2) says ECHILD when the last is gone.", "sigaction(2), SA_NOCLDWAIT; wait(2)", "2.6",
          {{"wait", "ECHILD"}, {"orphan", "gone"}}) {
  Namespace ns;
  Actor orphan = ns.member.Fork();
  ns.init.Call([] { Handle(SIGCHLD, SIG_IGN); });
  ns.member.Exit(0);
  orphan.Exit(0);
  ns.init.Call([seen] { seen.Put("wait", Wait(-1)); });
  // Not a child any more, it may still be on its last steps; a zombie it never is.
  seen.Put("orphan", Eventually([&] { return StateOf(orphan.pid()) == "gone"; }) ? "gone" : StateOf(orphan.pid()));
}

BEHAVIOUR(Waiting, NoChildWaitTellsAndKeepsNothing, "REAP-02", "With SA_NOCLDWAIT and a handler an init is told of each end by SIGCHLD, and has nothing to wait for.", "sigaction(2), SA_NOCLDWAIT", "2.6",
          {{"wait", "ECHILD"}, {"SIGCHLD", 1}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  Actor child = init.Fork();
  init.Call([] { RecordSignal(SIGCHLD, SA_RESTART | SA_NOCLDWAIT); });
  child.Exit(0);
  init.Call([seen] { seen.Put("wait", Wait(-1)); });
  seen.Put("SIGCHLD", init.Call([] { return Recorded(SIGCHLD).count; }));
}

BEHAVIOUR(Waiting, OldZombiesStayWhenIgnored, "REAP-03", "A zombie that is there when SIGCHLD becomes ignored stays one, and can be waited for.", "kernel/exit.c exit_notify()", "2.6", {{"wait", "exited(3)"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  Actor child = init.Fork();
  child.Exit(3);
  init.Call([seen] {
    WaitUntilEnded(2);
    Handle(SIGCHLD, SIG_IGN);
    seen.Put("wait", Wait(-1, WNOHANG));
  });
}

BEHAVIOUR(Waiting, BlocksUntilTheLastIgnoredChildIsGone, "REAP-04", "A blocking wait(2) with SIGCHLD ignored sleeps until the last child is gone, then says ECHILD.", "wait(2), Notes", "2.6",
          {{"returned before", false}, {"wait", "ECHILD"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  Actor first = init.Fork();
  Actor last = init.Fork();
  init.Call([] { Handle(SIGCHLD, SIG_IGN); });
  init.Begin([] { return WaitFor(-1, 0, nullptr); });
  WaitUntilWaiting(init);
  first.Exit(0);
  NEED(Eventually([&] { return StateOf(first.pid()) == "gone"; }));
  WaitUntilWaiting(init);
  seen.Put("returned before", init.Answered());
  last.Exit(0);
  seen.Put("wait", Said(init.End()));
}

BEHAVIOUR(Waiting, IgnoringIsInherited, "REAP-05", "An ignored SIGCHLD is inherited across clone(2) and execve(2): an init that ignores it hands that to its workload.", "execve(2); signal(7)", "all",
          {{"in a child", SetOf(SIGCHLD)}, {"after execve", SetOf(SIGCHLD)}}) {
  const Gate ask, said;
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Call([] { Handle(SIGCHLD, SIG_IGN); });
  Actor child = init.Fork();
  seen.Put("in a child", SignalField(child.pid(), "SigIgn"));
  child.Begin([=] { return ExecAnswerer(ask, said); });
  said.Wait();
  seen.Put("after execve", SignalField(child.pid(), "SigIgn"));
}

BEHAVIOUR(Waiting, FiveEndsAreOneSignal, "REAP-06", "SIGCHLD of several children coalesces while it is blocked: it is no count of who has ended.", "signal(7), Queueing and delivery semantics for standard signals", "all",
          {{"SIGCHLD", 1}, {"reaped", 5}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  seen.Put("reaped", init.Call([] {
    SetSignalMask(SetOf(SIGCHLD));
    RecordSignal(SIGCHLD);
    for (int i = 0; i < 5; ++i) WaitUntilEnded(Spawn([] { return 0; }));
    SetSignalMask(0);
    long reaped = 0;
    while (WaitFor(-1, WNOHANG, nullptr) > 0) ++reaped;
    return reaped;
  }));
  seen.Put("SIGCHLD", init.Call([] { return Recorded(SIGCHLD).count; }));
}

BEHAVIOUR(Waiting, ChildrenAreNamedByInitsNumbers, "REAP-07", "SIGCHLD tells an init its child's number in its own namespace.", "sigaction(2), si_pid", "2.6.24", {{"si_pid", 2}, {"si_code", CLD_EXITED}, {"si_status", 6}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Call([] { RecordSignal(SIGCHLD); });
  Actor child = init.Fork();
  child.Exit(6);
  init.Call([seen] {
    WaitUntilEnded(2);
    seen.Put("si_pid", Recorded(SIGCHLD).pid);
    seen.Put("si_code", Recorded(SIGCHLD).code);
    seen.Put("si_status", Recorded(SIGCHLD).status);
  });
}

BEHAVIOUR(Waiting, InitIsNamedByItsParentsNumbers, "REAP-08", "SIGCHLD of an init tells its outer parent the outer number.", "kernel/signal.c do_notify_parent()", "2.6.24", {{"si_pid is the outer number", true}, {"si_code", CLD_EXITED}}) {
  RecordSignal(SIGCHLD);
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Exit(0);
  WaitUntilEnded(init.pid());
  seen.Put("si_pid is the outer number", Recorded(SIGCHLD).pid == init.pid() && init.pid() != 1);
  seen.Put("si_code", Recorded(SIGCHLD).code);
}

BEHAVIOUR(Waiting, ZombiesAreStillThere, "REAP-09", "A zombie can be signalled and looked at (WNOWAIT) before it is reaped, and is gone afterwards; waitid(2) with nothing to tell leaves si_pid 0.", "wait(2); kill(2)", "2.6.9",
          {{"kill", "0"}, {"peek", 2}, {"peek's status", 3}, {"then wait", "exited(3)"}, {"kill afterwards", "ESRCH"}, {"no children", "ECHILD"}, {"none ended", "0"}, {"its si_pid", 0}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  Actor child = init.Fork();
  child.Exit(3);
  init.Call([seen] {
    WaitUntilEnded(2);
    seen.Put("kill", Said(Sys(SYS_kill, 2, SIGTERM)));
    siginfo_t info = {};
    NEED_SYS(Sys(SYS_waitid, P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT, nullptr));
    seen.Put("peek", info.si_pid);
    seen.Put("peek's status", info.si_status);
    seen.Put("then wait", Wait(2));
    seen.Put("kill afterwards", Said(Sys(SYS_kill, 2, SIGTERM)));
    seen.Put("no children", Wait(-1));
  });
  Actor living = init.Fork();
  init.Call([seen] {
    siginfo_t info = {};
    info.si_pid = 4711;
    seen.Put("none ended", Said(Sys(SYS_waitid, P_ALL, 0, &info, WEXITED | WNOHANG, nullptr)));
    seen.Put("its si_pid", info.si_pid);
  });
}

BEHAVIOUR(Waiting, TellsStopsAndContinues, "REAP-11", "An init's wait(2) tells of stops and continues where asked; of an exit status it keeps eight bits; a process group without children is ECHILD.", "wait(2)", "2.6.10",
          {{"stop", "stopped(SIGSTOP)"}, {"continue", "continued"}, {"exit(300)", "exited(44)"}, {"no such group", "ECHILD"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  Actor child = init.Fork();
  init.Call([seen] {
    Sys(SYS_kill, 2, SIGSTOP);
    seen.Put("stop", Wait(2, WUNTRACED));
    Sys(SYS_kill, 2, SIGCONT);
    seen.Put("continue", Wait(2, WCONTINUED));
    seen.Put("no such group", Wait(-4711));
  });
  child.Exit(300);
  init.Call([seen] { seen.Put("exit(300)", Wait(2)); });
}

BEHAVIOUR(Waiting, IsInterruptedByHandledSignalsOnly, "REAP-12", "A handled signal interrupts an init's wait(2) with EINTR (without SA_RESTART); one that is dropped because it is init does not.", "signal(7), Interruption of system calls", "2.6.28",
          {{"handled", "EINTR"}, {"dropped", 2}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  Actor child = init.Fork();
  init.Call([] { RecordSignal(SIGUSR1, 0); });
  const auto wait = [] { return Sys(SYS_wait4, -1, nullptr, 0, nullptr); };
  init.Begin(wait);
  WaitUntilWaiting(init);
  init.Kill(SIGUSR1);
  seen.Put("handled", Said(init.End()));
  init.Begin(wait);
  WaitUntilWaiting(init);
  init.Kill(SIGUSR2);
  child.Exit(0);
  seen.Put("dropped", Said(init.End()));
}

BEHAVIOUR(Waiting, DoesNotSeeAZombieThatIsTraced, "REAP-13", "An init cannot reap a zombie that another process traces until the tracer lets go of it.", "ptrace(2); kernel/exit.c wait_consider_task()", "2.6.26",
          {{"while traced", "nothing yet"}, {"afterwards", "exited(5)"}}) {
  Namespace ns;
  Actor child = ns.init.Fork();
  const long seize = ns.member.Call([] { return Sys(SYS_ptrace, PTRACE_SEIZE, 3, 0, 0); });
  if (seize == -EPERM) seen.Skip("a security module forbids to trace a sibling");
  NEED_SYS(seize);
  child.Exit(5);
  NEED(Eventually([&] { return StateOf(child.pid()) == "Z"; }));
  ns.init.Call([seen] { seen.Put("while traced", Wait(3, WNOHANG)); });
  ns.member.Exit(0);
  ns.init.Call([seen] { seen.Put("afterwards", Wait(3)); });
}

long ChildrensMilliseconds() {
  struct rusage usage = {};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

BEHAVIOUR(Waiting, AddsOrphansToChildrensUsage, "REAP-14", "What an orphan has used is added to RUSAGE_CHILDREN of the init that reaps it.", "getrusage(2), RUSAGE_CHILDREN", "all", {{"milliseconds of CPU added", AtLeast(99)}}) {
  Namespace ns;
  Actor orphan = ns.member.Fork();
  ns.member.Exit(0);
  ns.init.Call([] { Wait(2); });
  const long before = ns.init.Call([] { return ChildrensMilliseconds(); });
  orphan.Begin([] {
    struct timespec used = {};
    while (used.tv_sec == 0 && used.tv_nsec < 150000000) ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    ::_exit(0);
  });
  ns.init.Call([] { Wait(3); });
  seen.Put("milliseconds of CPU added", ns.init.Call([before] { return ChildrensMilliseconds() - before; }));
}

bool TellsOf(int code) {
  // wait(2) may return a moment before the signal of a stop or continue is sent; the signal of the end is always there by then.
  return Eventually([code] { return Recorded(SIGCHLD).code == code; });
}

BEHAVIOUR(Waiting, SigchldTellsOfStops, "REAP-15", "SIGCHLD tells of a child's stop, of its going on and of its end, with si_code.", "sigaction(2), si_code", "2.6.9",
          {{"CLD_STOPPED", true}, {"CLD_CONTINUED", true}, {"CLD_KILLED", true}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  Actor child = init.Fork();
  init.Call([seen] {
    RecordSignal(SIGCHLD);
    Sys(SYS_kill, 2, SIGSTOP);
    seen.Put("CLD_STOPPED", TellsOf(CLD_STOPPED));
    Sys(SYS_kill, 2, SIGCONT);
    seen.Put("CLD_CONTINUED", TellsOf(CLD_CONTINUED));
    Sys(SYS_kill, 2, SIGKILL);
    seen.Put("CLD_KILLED", TellsOf(CLD_KILLED));
  });
}

BEHAVIOUR(Waiting, NoChildStopTellsOfEndsOnly, "REAP-15b", "With SA_NOCLDSTOP it tells of the end alone; wait(2) still tells of the others.", "sigaction(2), SA_NOCLDSTOP", "2.6.10",
          {{"stop", "stopped(SIGSTOP)"}, {"continue", "continued"}, {"end", "killed(SIGKILL)"}, {"SIGCHLD", 1}, {"si_code", CLD_KILLED}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  Actor child = init.Fork();
  init.Call([seen] {
    RecordSignal(SIGCHLD, SA_RESTART | SA_NOCLDSTOP);
    Sys(SYS_kill, 2, SIGSTOP);
    seen.Put("stop", Wait(2, WUNTRACED));
    Sys(SYS_kill, 2, SIGCONT);
    seen.Put("continue", Wait(2, WCONTINUED));
    Sys(SYS_kill, 2, SIGKILL);
    seen.Put("end", Wait(2));
    seen.Put("SIGCHLD", Recorded(SIGCHLD).count);
    seen.Put("si_code", Recorded(SIGCHLD).code);
  });
}

BEHAVIOUR(Waiting, AWorkloadsBackgroundChildFollows, "REAP-16", "When a workload exits that has left a child in the background, an init reaps first the one and later the other.", "pid_namespaces(7)", "2.6.24",
          {{"first", "exited(4)"}, {"the child's parent", 1}, {"second", "exited(0)"}, {"then", "ECHILD"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  Actor workload = init.Fork();
  Actor background = workload.Fork();
  workload.Exit(4);
  init.Call([seen] { seen.Put("first", Wait(-1)); });
  seen.Put("the child's parent", background.Call([] { return Sys(SYS_getppid); }));
  background.Exit(0);
  init.Call([seen] {
    seen.Put("second", Wait(-1));
    seen.Put("then", Wait(-1));
  });
}

BEHAVIOUR(Waiting, ASilentChildNeedsWall, "REAP-17", "A child whose end sends no signal (exit_signal 0) is seen by wait(2) only with __WALL; as an orphan a plain wait sees it.", "wait(2), __WCLONE; kernel/exit.c reparent_leader()", "2.6.24",
          {{"plain wait", "ECHILD"}, {"with __WALL", "exited(1)"}, {"orphan by plain wait", "exited(2)"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  Actor child = init.Fork(0, 0);
  child.Exit(1);
  init.Call([seen] {
    WaitUntilEnded(2);
    seen.Put("plain wait", Wait(-1));
    seen.Put("with __WALL", Wait(-1, __WALL));
  });
  Actor parent = init.Fork();
  Actor orphan = parent.Fork(0, 0);
  parent.Exit(0);
  init.Call([] { Wait(3); });
  orphan.Exit(2);
  init.Call([seen] { seen.Put("orphan by plain wait", Wait(-1)); });
}

}  // namespace
}  // namespace foster
