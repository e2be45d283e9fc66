// SPDX-License-Identifier: Apache-2.0
// What signals do to the init of a PID namespace that has no handlers: pid_namespaces(7), "The namespace init process".
#include <sys/wait.h>

#include "tests/kernel/behaviour.h"
#include "tests/util/actor.h"
#include "tests/util/proc.h"
#include "tests/util/signals.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

// An init with default dispositions, and a member that was there from the start.
struct Namespace {
  Actor init = Actor::Start(CLONE_NEWPID);
  Actor member = init.Fork();
};

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

}  // namespace
}  // namespace foster
