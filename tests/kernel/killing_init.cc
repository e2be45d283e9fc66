// SPDX-License-Identifier: Apache-2.0
// Who can kill or stop a namespace's init from inside after all: a catalogue of exceptions to pid_namespaces(7).
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/util/proc.h"
#include "tests/util/signals.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

long Trace(long request, pid_t pid, long address = 0, long data = 0) { return Sys(SYS_ptrace, request, pid, address, data); }

BEHAVIOUR(KillingInit, ByItsCpuLimit, "SIG-25", "A member with root's rights kills its init with prlimit(2): the hard RLIMIT_CPU is enforced by the kernel's own SIGKILL.",
          "prlimit(2); kernel/time/posix-cpu-timers.c; otherwise than pid_namespaces(7) has it (protected from members)", "2.6.36", {{"prlimit", "0"}, {"status", "killed(SIGKILL)"}}) {
  Namespace ns;
  ns.init.Begin([] {
    for (volatile unsigned long turns = 0;;) turns = turns + 1;
  });
  seen.Put("prlimit", Said(ns.member.Call([] {
             const unsigned long second[2] = {1, 1};
             return Sys(SYS_prlimit64, 1, RLIMIT_CPU, second, nullptr);
           })));
  seen.Put("status", ns.init.Reap());
}

BEHAVIOUR(KillingInit, ByAnInjectedSignal, "PT-01", "A member that attaches to its init with ptrace(2) kills it by PTRACE_CONT with SIGKILL.",
          "ptrace(2) (init since 2.6.26); kernel/signal.c get_signal(); otherwise than pid_namespaces(7) has it", "2.6.26",
          {{"PTRACE_ATTACH", "0"}, {"stop", "stopped(SIGSTOP)"}, {"status", "killed(SIGKILL)"}}) {
  Namespace ns;
  ns.member.Call([seen] {
    const long attach = Trace(PTRACE_ATTACH, 1);
    seen.Put("PTRACE_ATTACH", Said(attach));
    if (attach == 0) seen.Put("stop", Wait(1, __WALL));
  });
  if (seen.Get("PTRACE_ATTACH") == "EPERM") seen.Skip("a security module forbids to trace init");
  ns.member.Begin([] { return Trace(PTRACE_CONT, 1, 0, SIGKILL); });  // its own end, too: nobody tells the result
  seen.Put("status", ns.init.Reap());
}

BEHAVIOUR(KillingInit, ByATracerThatEnds, "PT-02", "A member that traces its init with PTRACE_O_EXITKILL kills it by ending.", "ptrace(2), PTRACE_O_EXITKILL; kernel/ptrace.c exit_ptrace()", "3.8",
          {{"PTRACE_SEIZE", "0"}, {"status", "killed(SIGKILL)"}}) {
  Namespace ns;
  seen.Put("PTRACE_SEIZE", Said(ns.member.Call([] { return Trace(PTRACE_SEIZE, 1, 0, PTRACE_O_EXITKILL); })));
  if (seen.Get("PTRACE_SEIZE") == "EPERM") seen.Skip("a security module forbids to trace init");
  ns.member.Exit(0);
  seen.Put("status", ns.init.Reap());
}

BEHAVIOUR(KillingInit, NotBySignalsThatATracerSees, "PT-03",
          "Of a traced init's signals the tracer sees even those that will be dropped; injected they do nothing, and SIGKILL from inside is still dropped.", "kernel/signal.c sig_ignored()", "2.6.28",
          {{"PTRACE_SEIZE", "0"}, {"tracer sees", "stopped(SIGTERM)"}, {"after SIGKILL", "nothing yet"}, {"init", "alive"}}) {
  Namespace ns;
  ns.member.Call([seen] {
    const long seize = Trace(PTRACE_SEIZE, 1);
    seen.Put("PTRACE_SEIZE", Said(seize));
    if (seize != 0) return;
    NEED_SYS(Sys(SYS_kill, 1, SIGTERM));
    seen.Put("tracer sees", Wait(1, __WALL));
    NEED_SYS(Trace(PTRACE_CONT, 1, 0, SIGTERM));
    NEED_SYS(Sys(SYS_kill, 1, SIGKILL));
  });
  if (seen.Get("PTRACE_SEIZE") == "EPERM") seen.Skip("a security module forbids to trace init");
  seen.Put("init", ns.init.Condition());
  ns.member.Call([seen] { seen.Put("after SIGKILL", Wait(1, __WALL | WNOHANG)); });
}

// force_sig_info_to_task() keeps SIGNAL_UNKILLABLE of a traced task.
BEHAVIOUR(KillingInit, NotByItsOwnFaultWhileTraced, "PT-04",
          "A traced init does not die of its own SIGSEGV: the tracer gives the signal back, it is dropped, the instruction faults again, without end.",
          "kernel/signal.c force_sig_info_to_task(); otherwise than ptrace(2) has it (an injected signal takes effect)", "4.16", {{"PTRACE_SEIZE", "0"}, {"SIGSEGV stops of 40", 40}, {"without a tracer", "killed(SIGSEGV)"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  const long seize = Trace(PTRACE_SEIZE, init.pid());
  if (seize == -EPERM) seen.Skip("a security module forbids to trace a child");
  seen.Put("PTRACE_SEIZE", Said(seize));
  init.Begin([]() -> long {
    int* volatile nowhere = nullptr;
    return *const_cast<volatile int*>(nowhere) = 1;
  });
  int stops = 0;
  while (stops < 40 && Wait(init.pid(), __WALL) == "stopped(SIGSEGV)") {
    ++stops;
    if (stops < 40) NEED_SYS(Trace(PTRACE_CONT, init.pid(), 0, SIGSEGV));
  }
  seen.Put("SIGSEGV stops of 40", stops);
  NEED_SYS(Trace(PTRACE_DETACH, init.pid(), 0, 0));
  seen.Put("without a tracer", init.Reap());
}

BEHAVIOUR(KillingInit, ItsParentMayTraceIt, "PT-05", "An init that asks to be traced (PTRACE_TRACEME) stops for its outer parent even on a signal that would be dropped.", "ptrace(2)", "2.6.26",
          {{"first", "stopped(SIGSTOP)"}, {"second", "stopped(SIGUSR1)"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Begin([] {
    NEED_SYS(Trace(PTRACE_TRACEME, 0));
    Raise(SIGSTOP);
    Raise(SIGUSR1);
  });
  seen.Put("first", Wait(init.pid(), __WALL));
  NEED_SYS(Trace(PTRACE_CONT, init.pid()));
  seen.Put("second", Wait(init.pid(), __WALL));
}

BEHAVIOUR(KillingInit, NotByAnInjectedDefault, "PT-05b", "What its tracer injects does nothing where init has no handler for it, SIGKILL and SIGSTOP apart.", "kernel/signal.c get_signal()", "2.6.28",
          {{"first", "stopped(SIGUSR1)"}, {"second", "stopped(SIGTERM)"}, {"status", "exited(4)"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Begin([] {
    NEED_SYS(Trace(PTRACE_TRACEME, 0));
    Raise(SIGUSR1);
    Raise(SIGTERM);
    ::_exit(4);
  });
  seen.Put("first", Wait(init.pid(), __WALL));
  NEED_SYS(Trace(PTRACE_CONT, init.pid(), 0, SIGUSR1));
  seen.Put("second", Wait(init.pid(), __WALL));
  NEED_SYS(Trace(PTRACE_CONT, init.pid(), 0, SIGTERM));
  seen.Put("status", init.Reap());
}

BEHAVIOUR(KillingInit, TracerIsToldOfForksInItsOwnNumbers, "PT-06", "PTRACE_EVENT_FORK of a traced init tells an outer tracer the child's number in the tracer's namespace.", "ptrace(2), PTRACE_GETEVENTMSG", "2.6.28",
          {{"event", "stopped(SIGTRAP, event 1)"}, {"the message names the child", true}, {"child's number inside", 2}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  NEED_SYS(Trace(PTRACE_SEIZE, init.pid(), 0, PTRACE_O_TRACEFORK));
  init.Begin([] {
    const long child = Sys(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) ::_exit(0);
    return child;
  });
  seen.Put("event", Wait(init.pid(), __WALL));
  unsigned long message = 0;
  NEED_SYS(Trace(PTRACE_GETEVENTMSG, init.pid(), 0, reinterpret_cast<long>(&message)));
  seen.Put("the message names the child", StatusField(static_cast<pid_t>(message), "NSpid") == std::to_string(message) + "\t2");
  Wait(static_cast<pid_t>(message), __WALL);  // its first stop, as a traced child of its own
  NEED_SYS(Trace(PTRACE_CONT, static_cast<pid_t>(message)));
  NEED_SYS(Trace(PTRACE_CONT, init.pid()));
  seen.Put("child's number inside", init.End());
}

}  // namespace
}  // namespace foster
