// SPDX-License-Identifier: Apache-2.0
// What signals do to the init of a PID namespace that has no handlers: pid_namespaces(7), "The namespace init process".
#include <stdlib.h>
#include <sys/wait.h>

#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/util/proc.h"
#include "tests/util/signals.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

// kernel/signal.c sig_task_ignored(): SIGNAL_UNKILLABLE and SIG_DFL, unless forced, is ignored when it is sent.
BEHAVIOUR(InitSignals, NoneFromInsideReachesAnInitWithoutHandlers, "SIG-01",
          "No signal of 1 to 64 from a member, SIGKILL and SIGSTOP included, does anything to an init without handlers; kill(2) says success all the same.",
          "pid_namespaces(7), The namespace init process; kernel/signal.c sig_task_ignored()", "2.6.28",
          {{"kill() errors", 0}, {"init", "alive"}}) {
  Namespace ns;
  seen.Put("kill() errors", ns.member.Call([] {
    long errors = 0;
    for (int signo = 1; signo <= 64; ++signo) errors += Sys(SYS_kill, 1, signo) != 0;
    return errors;
  }));
  seen.Put("init", ns.init.Condition());
}

// send_signal_locked(): SIGKILL and SIGSTOP from an ancestor namespace are forced.
BEHAVIOUR(InitSignals, KillFromAncestorAlwaysWorks, "SIG-01b", "SIGKILL from an ancestor namespace kills an init.",
          "pid_namespaces(7), The namespace init process; kernel/signal.c send_signal_locked()", "2.6.30",
          {{"kill", "0"}, {"status", "killed(SIGKILL)"}}) {
  Namespace ns;
  seen.Put("kill", Said(ns.init.Kill(SIGKILL)));
  seen.Put("status", ns.init.Reap());
}

BEHAVIOUR(InitSignals, AncestorCanOnlyKillAndStopAnInitWithoutHandlers, "SIG-02",
          "Every signal but SIGKILL and SIGSTOP from an ancestor is dropped by an init without handlers: SIGTERM does not end a container whose PID 1 knows nothing of it.",
          "pid_namespaces(7), The namespace init process", "2.6.30", {{"kill() errors", 0}, {"init", "alive"}}) {
  Namespace ns;
  int errors = 0;
  for (int signo = 1; signo <= 64; ++signo) {
    if (signo != SIGKILL && signo != SIGSTOP) errors += ns.init.Kill(signo) != 0;
  }
  seen.Put("kill() errors", errors);
  seen.Put("init", ns.init.Condition());
}

BEHAVIOUR(InitSignals, StopFromAncestorStopsIt, "SIG-03", "SIGSTOP from an ancestor stops an init, and its parent is told as of any child.",
          "pid_namespaces(7), The namespace init process", "2.6.30", {{"wait", "stopped(SIGSTOP)"}, {"state", "T"}}) {
  Namespace ns;
  ns.init.Kill(SIGSTOP);
  seen.Put("wait", Wait(ns.init.pid(), WUNTRACED));
  seen.Put("state", StateOf(ns.init.pid()));
}

// prepare_signal() wakes the stopped before anything is ignored.
BEHAVIOUR(InitSignals, ContinueFromInsideResumesAStoppedInit, "SIG-04",
          "SIGCONT from a member resumes an init that an ancestor has stopped, although the init has no handler for it; its parent sees it continue.",
          "kernel/signal.c prepare_signal(); otherwise than pid_namespaces(7) has it (only signals with a handler)", "2.6.30",
          {{"stopped", "stopped(SIGSTOP)"}, {"kill", "0"}, {"wait", "continued"}, {"init", "alive"}}) {
  Namespace ns;
  ns.init.Kill(SIGSTOP);
  seen.Put("stopped", Wait(ns.init.pid(), WUNTRACED));
  seen.Put("kill", Said(ns.member.Call([] { return Sys(SYS_kill, 1, SIGCONT); })));
  seen.Put("wait", Wait(ns.init.pid(), WCONTINUED));
  seen.Put("init", ns.init.Condition());
}

BEHAVIOUR(InitSignals, StopsFromInsideAreDropped, "SIG-05", "SIGSTOP from a member does not stop an init.", "kernel/signal.c sig_task_ignored()", "2.6.28",
          {{"kill", "0"}, {"init", "alive"}, {"parent's wait", "nothing yet"}}) {
  Namespace ns;
  seen.Put("kill", Said(ns.member.Call([] { return Sys(SYS_kill, 1, SIGSTOP); })));
  seen.Put("init", ns.init.Condition());
  seen.Put("parent's wait", Wait(ns.init.pid(), WUNTRACED | WNOHANG));
}

BEHAVIOUR(InitSignals, TerminalStopsFromInsideAreDropped, "SIG-05b", "SIGTSTP, SIGTTIN and SIGTTOU from a member do not stop an init.",
          "kernel/signal.c sig_task_ignored()", "2.6.28", {{"init", "alive"}, {"parent's wait", "nothing yet"}}) {
  Namespace ns;
  ns.member.Call([] {
    for (const int signo : {SIGTSTP, SIGTTIN, SIGTTOU}) NEED_SYS(Sys(SYS_kill, 1, signo));
  });
  seen.Put("init", ns.init.Condition());
  seen.Put("parent's wait", Wait(ns.init.pid(), WUNTRACED | WNOHANG));
}

BEHAVIOUR(InitSignals, TerminalStopsFromAncestorAreDropped, "SIG-05c", "SIGTSTP, SIGTTIN and SIGTTOU from an ancestor do not stop an init: of the stops only SIGSTOP is forced.",
          "kernel/signal.c get_signal(), sig_kernel_only()", "2.6.30", {{"init", "alive"}, {"parent's wait", "nothing yet"}}) {
  Namespace ns;
  for (const int signo : {SIGTSTP, SIGTTIN, SIGTTOU}) NEED_SYS(ns.init.Kill(signo));
  seen.Put("init", ns.init.Condition());
  seen.Put("parent's wait", Wait(ns.init.pid(), WUNTRACED | WNOHANG));
}

BEHAVIOUR(InitSignals, RaisingDoesNothing, "SIG-06", "An init that raises SIGKILL, SIGTERM, SIGSTOP, SIGSEGV and SIGABRT on itself goes on.",
          "kernel/signal.c sig_task_ignored()", "2.6.28", {{"errors", 0}, {"status", "exited(42)"}}) {
  Namespace ns;
  seen.Put("errors", ns.init.Call([] {
    long errors = 0;
    for (const int signo : {SIGKILL, SIGTERM, SIGSTOP, SIGSEGV, SIGABRT}) errors += Raise(signo) != 0;
    return errors;
  }));
  ns.init.Exit(42);
  seen.Put("status", ns.init.Reap());
}

// do_rt_sigqueueinfo() lets a process give itself any si_code, and send_signal_locked() takes SI_KERNEL for the kernel's own word.
BEHAVIOUR(InitSignals, InitCanKillItselfInTheKernelsName, "SIG-07",
          "An init kills itself by rt_sigqueueinfo(2) of SIGKILL with si_code SI_KERNEL, where kill(2) does nothing.",
          "kernel/signal.c do_rt_sigqueueinfo(), send_signal_locked()", "5.4", {{"call", "gone"}, {"status", "killed(SIGKILL)"}}) {
  Namespace ns;
  seen.Put("call", Said(ns.init.Call([] { return QueueInfo(1, SIGKILL, SI_KERNEL); })));
  seen.Put("status", ns.init.Reap());
}

BEHAVIOUR(InitSignals, InitCannotKillItselfInItsOwnName, "SIG-07b", "With si_code SI_QUEUE the same call does nothing.", "kernel/signal.c send_signal_locked()", "all",
          {{"call", "0"}, {"init", "alive"}}) {
  Namespace ns;
  seen.Put("call", Said(ns.init.Call([] { return QueueInfo(1, SIGKILL, SI_QUEUE); })));
  seen.Put("init", ns.init.Condition());
}

BEHAVIOUR(InitSignals, OthersCannotSpeakInTheKernelsName, "SIG-08",
          "A member cannot send init a signal with si_code SI_KERNEL or SI_TKILL (EPERM); with SI_QUEUE SIGKILL is accepted and dropped.",
          "rt_sigqueueinfo(2); kernel/signal.c do_rt_sigqueueinfo()", "2.6.39",
          {{"SI_KERNEL", "EPERM"}, {"SI_TKILL", "EPERM"}, {"SI_QUEUE", "0"}, {"init", "alive"}}) {
  Namespace ns;
  seen.Put("SI_KERNEL", Said(ns.member.Call([] { return QueueInfo(1, SIGKILL, SI_KERNEL); })));
  seen.Put("SI_TKILL", Said(ns.member.Call([] { return QueueInfo(1, SIGUSR1, SI_TKILL); })));
  seen.Put("SI_QUEUE", Said(ns.member.Call([] { return QueueInfo(1, SIGKILL, SI_QUEUE); })));
  seen.Put("init", ns.init.Condition());
}

BEHAVIOUR(InitSignals, SentFaultSignalsAreDropped, "SIG-22",
          "SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE, SIGSYS and SIGTRAP that are sent, by an ancestor too, do nothing: only real faults are forced.",
          "kernel/signal.c sig_task_ignored()", "2.6.30", {{"errors", 0}, {"init", "alive"}}) {
  Namespace ns;
  int errors = 0;
  for (const int signo : {SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE, SIGSYS, SIGTRAP}) errors += ns.init.Kill(signo) != 0;
  seen.Put("errors", errors);
  seen.Put("init", ns.init.Condition());
}

BEHAVIOUR(InitSignals, SignalsToItsThreadAreJudgedAlike, "SIG-31", "tgkill(2) and tkill(2) of init's own thread do no more than kill(2).", "kernel/signal.c do_send_specific()", "2.6.28",
          {{"tgkill KILL", "0"}, {"tkill TERM", "0"}, {"init", "alive"}}) {
  Namespace ns;
  seen.Put("tgkill KILL", Said(ns.init.Call([] { return Sys(SYS_tgkill, 1, 1, SIGKILL); })));
  seen.Put("tkill TERM", Said(ns.init.Call([] { return Sys(SYS_tkill, 1, SIGTERM); })));
  seen.Put("init", ns.init.Condition());
}

BEHAVIOUR(InitSignals, WhatAStoppedInitIsSentIsDroppedAtOnce, "SIG-32", "SIGTERM to a stopped init without handlers is dropped when it is sent: it does not even become pending.",
          "kernel/signal.c prepare_signal()", "2.6.30", {{"kill", "0"}, {"SIGTERM is pending", false}, {"state", "T"}}) {
  Namespace ns;
  ns.init.Kill(SIGSTOP);
  Wait(ns.init.pid(), WUNTRACED);
  seen.Put("kill", Said(ns.init.Kill(SIGTERM)));
  seen.Put("SIGTERM is pending", ((SignalField(ns.init.pid(), "ShdPnd") | SignalField(ns.init.pid(), "SigPnd")) & SignalBit(SIGTERM)) != 0);
  seen.Put("state", StateOf(ns.init.pid()));
}

BEHAVIOUR(InitSignals, KillEndsAStoppedInit, "SIG-32b", "SIGKILL from an ancestor ends a stopped init.", "kernel/signal.c prepare_signal()", "2.6.30",
          {{"before", "stopped(SIGSTOP)"}, {"status", "killed(SIGKILL)"}}) {
  Namespace ns;
  ns.init.Kill(SIGSTOP);
  seen.Put("before", Wait(ns.init.pid(), WUNTRACED));
  ns.init.Kill(SIGKILL);
  seen.Put("status", ns.init.Reap());
}

BEHAVIOUR(InitSignals, InitIsAnAncestorToANestedOne, "SIG-33", "To the init of a nested namespace an init is an ancestor like any other: its SIGKILL works, its SIGTERM does not.",
          "kernel/signal.c send_signal_locked()", "2.6.30", {{"after SIGTERM", "alive"}, {"after SIGKILL", "killed(SIGKILL)"}, {"outer init", "alive"}}) {
  Namespace ns;
  Actor nested = ns.init.Fork(CLONE_NEWPID);
  const pid_t inner = atoi(StatusField(nested.pid(), "NSpid").c_str() + StatusField(nested.pid(), "NSpid").find('\t'));
  ns.init.Call([inner] { return Sys(SYS_kill, inner, SIGTERM); });
  seen.Put("after SIGTERM", nested.Condition());
  ns.init.Call([inner] { return Sys(SYS_kill, inner, SIGKILL); });
  ns.init.Call([=] { seen.Put("after SIGKILL", Wait(inner)); });
  seen.Put("outer init", ns.init.Condition());
}

BEHAVIOUR(InitSignals, AHandlerIsEnough, "SIG-42", "With a handler for SIGTERM an init is told by an ancestor and by a member alike.", "pid_namespaces(7), The namespace init process", "2.6.28",
          {{"from the ancestor", 1}, {"from the member", 2}, {"status", "exited(0)"}}) {
  Namespace ns;
  ns.init.Call([] { RecordSignal(SIGTERM); });
  ns.init.Kill(SIGTERM);
  seen.Put("from the ancestor", ns.init.Call([] { return Recorded(SIGTERM).count; }));
  ns.member.Call([] { return Sys(SYS_kill, 1, SIGTERM); });
  seen.Put("from the member", ns.init.Call([] { return Recorded(SIGTERM).count; }));
  ns.init.Exit(0);
  seen.Put("status", ns.init.Reap());
}

}  // namespace
}  // namespace foster
