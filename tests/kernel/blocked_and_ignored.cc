// SPDX-License-Identifier: Apache-2.0
// Signals that a namespace's init has blocked or ignored, and what happens to both across clone(2) and execve(2).
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/signal_calls.h"
#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/kernel/helpers.h"
#include "tests/util/proc.h"
#include "tests/util/signals.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

void Ignore(int signo) {
  KernelAction ignore;
  ignore.handler = SIG_IGN;
  SetAction(signo, ignore);
}

// What a signalfd for everything has now: the signal, 0 where there is none; the sender as a fact.
long ReadSignalFd(int fd, Facts seen, const char* sender, const char* status) {
  struct signalfd_siginfo info = {};
  if (::read(fd, &info, sizeof info) != sizeof info) return 0;
  if (sender != nullptr) seen.Put(sender, info.ssi_pid);
  if (status != nullptr) seen.Put(status, info.ssi_status);
  return info.ssi_signo;
}

// sig_ignored(): what is blocked is never ignored, since its handler may change before it is unblocked.
BEHAVIOUR(BlockedSignals, AreQueuedWithoutAHandler, "SIG-14",
          "A signal that an init has blocked is queued although it has no handler for it, and can be taken with sigtimedwait(2) and signalfd(2).",
          "kernel/signal.c sig_ignored(); otherwise than pid_namespaces(7) has it (only signals with a handler)", "2.6.28",
          {{"sigtimedwait", SIGTERM}, {"its si_pid", 2}, {"signalfd", SIGUSR1}, {"its ssi_pid", 2}}) {
  Namespace ns;
  ns.init.Call([] { SetSignalMask(kAllSignals); });
  ns.member.Call([] {
    NEED_SYS(Sys(SYS_kill, 1, SIGTERM));
    NEED_SYS(Sys(SYS_kill, 1, SIGUSR1));
  });
  seen.Put("sigtimedwait", ns.init.Call([seen] {
    siginfo_t info = {};
    const long signo = TakeSignal(SetOf(SIGTERM), &info);
    seen.Put("its si_pid", info.si_pid);
    return signo;
  }));
  seen.Put("signalfd", ns.init.Call([seen] {
    const FileDescriptor queue = MakeSignalFd(SetOf(SIGUSR1));
    return ReadSignalFd(queue.get(), seen, "its ssi_pid", nullptr);
  }));
}

BEHAVIOUR(BlockedSignals, VanishWhenUnblockedWithoutAHandler, "SIG-15", "A pending signal without a handler is dropped without a trace when the init unblocks it.", "kernel/signal.c get_signal()", "2.6.28",
          {{"pending before", true}, {"pending after", false}, {"status", "exited(5)"}}) {
  Namespace ns;
  ns.init.Call([] { SetSignalMask(SetOf(SIGTERM)); });
  ns.member.Call([] { return Sys(SYS_kill, 1, SIGTERM); });
  seen.Put("pending before", ns.init.Call([] { return PendingSignals() == SetOf(SIGTERM); }) == 1);
  ns.init.Call([] { SetSignalMask(0); });
  seen.Put("pending after", ns.init.Call([] { return PendingSignals() != 0; }) == 1);
  ns.init.Exit(5);
  seen.Put("status", ns.init.Reap());
}

BEHAVIOUR(BlockedSignals, KillFromInsideDoesNotEvenBecomePending, "SIG-16", "SIGKILL from a member to an init that blocks everything leaves nothing pending.", "kernel/signal.c sig_task_ignored()", "2.6.28",
          {{"kill", "0"}, {"init", "alive"}, {"SIGKILL is pending", false}, {"SIGTERM is pending", true}}) {
  Namespace ns;
  ns.init.Call([] { SetSignalMask(kAllSignals); });
  seen.Put("kill", Said(ns.member.Call([] { return Sys(SYS_kill, 1, SIGKILL); })));
  ns.member.Call([] { return Sys(SYS_kill, 1, SIGTERM); });
  seen.Put("init", ns.init.Condition());
  const SignalSet pending = SignalField(ns.init.pid(), "SigPnd") | SignalField(ns.init.pid(), "ShdPnd");
  seen.Put("SIGKILL is pending", (pending & SignalBit(SIGKILL)) != 0);
  seen.Put("SIGTERM is pending", (pending & SignalBit(SIGTERM)) != 0);
}

BEHAVIOUR(BlockedSignals, SentBeforeTheHandlerAreLost, "SIG-17", "SIGTERM that reaches an init between clone(2) and its first sigaction(2) is lost.", "kernel/signal.c sig_task_ignored()", "2.6.30",
          {{"kill", "0"}, {"handled", 0}}) {
  Namespace ns;
  seen.Put("kill", Said(ns.init.Kill(SIGTERM)));
  ns.init.Call([] { RecordSignal(SIGTERM); });
  seen.Put("handled", ns.init.Call([] { return Recorded(SIGTERM).count; }));
}

BEHAVIOUR(BlockedSignals, SentBeforeTheHandlerAreKeptWhenBlockedAcrossClone, "SIG-18", "The same signal is kept where the parent has blocked it across clone(2).", "kernel/signal.c sig_ignored(); clone(2)", "2.6.28",
          {{"kill", "0"}, {"handled", 1}}) {
  const ScopedSignalMask mask(SetOf(SIGTERM));
  Namespace ns;
  seen.Put("kill", Said(ns.init.Kill(SIGTERM)));
  ns.init.Call([] { RecordSignal(SIGTERM); });
  ns.init.Call([] { SetSignalMask(0); });
  seen.Put("handled", ns.init.Call([] { return Recorded(SIGTERM).count; }));
}

BEHAVIOUR(BlockedSignals, ExecveForgetsHandlersAndKeepsTheRest, "SIG-19", "execve(2) by an init sets handled signals to the default, and keeps what is ignored and what is blocked.", "execve(2); signal(7)", "all",
          {{"handled", 0}, {"ignored", SetOf(SIGUSR1)}, {"blocked", SetOf(SIGUSR2)}}) {
  const Gate ask, said;
  Namespace ns;
  ns.init.Call([] {
    RecordSignal(SIGTERM);
    Ignore(SIGUSR1);
    SetSignalMask(SetOf(SIGUSR2));
  });
  ns.init.Begin([=] { return ExecAnswerer(ask, said); });
  said.Wait();
  seen.Put("handled", SignalField(ns.init.pid(), "SigCgt"));
  seen.Put("ignored", SignalField(ns.init.pid(), "SigIgn"));
  seen.Put("blocked", SignalField(ns.init.pid(), "SigBlk"));
}

BEHAVIOUR(BlockedSignals, ExecveMakesInitDeafAgain, "SIG-19b", "So a program without handlers that an init execs ignores SIGTERM again: it still is the init.", "execve(2); kernel/signal.c sig_task_ignored()", "2.6.30",
          {{"kill", "0"}, {"exec-ed init", "alive"}}) {
  const Gate ask, said;
  Namespace ns;
  ns.init.Call([] { RecordSignal(SIGTERM); });
  ns.init.Begin([=] { return ExecAnswerer(ask, said); });
  said.Wait();
  seen.Put("kill", Said(ns.init.Kill(SIGTERM)));
  ask.Open();
  said.Wait();
  seen.Put("exec-ed init", "alive");
}

BEHAVIOUR(BlockedSignals, QueueServesAnInitWithoutHandlers, "SIG-40",
          "An init that blocks everything and reads a signalfd is told of SIGTERM from an ancestor and of SIGCHLD, though the default of that is to be ignored; where SIGCHLD is SIG_IGN it is told of nothing.",
          "kernel/signal.c sig_ignored(), do_notify_parent()", "2.6.28",
          {{"first", SIGTERM}, {"its ssi_pid", 0}, {"second", SIGCHLD}, {"child's ssi_pid", 2}, {"child's ssi_status", 9}, {"with SIGCHLD ignored", 0}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  const int queue = static_cast<int>(init.Call([] {
    SetSignalMask(kAllSignals);
    return MakeSignalFd(kAllSignals).Release();
  }));
  init.Kill(SIGTERM);
  seen.Put("first", init.Call([=] { return ReadSignalFd(queue, seen, "its ssi_pid", nullptr); }));
  Actor child = init.Fork();
  child.Exit(9);
  init.Call([] { Sys(SYS_waitid, P_PID, 2, nullptr, WEXITED, nullptr); });
  seen.Put("second", init.Call([=] { return ReadSignalFd(queue, seen, "child's ssi_pid", "child's ssi_status"); }));
  Actor another = init.Fork();
  init.Call([] { Ignore(SIGCHLD); });
  another.Exit(9);
  init.Call([] { Sys(SYS_waitid, P_PID, 3, nullptr, WEXITED, nullptr); });  // ECHILD, once it is gone
  seen.Put("with SIGCHLD ignored", init.Call([=] { return ReadSignalFd(queue, seen, nullptr, nullptr); }));
}

BEHAVIOUR(BlockedSignals, QueueIsLimitedForValuesOnly, "SIG-41",
          "At RLIMIT_SIGPENDING sigqueue(3) of a real-time signal says EAGAIN, kill(2) of one does not; standard signals coalesce to one.", "signal(7), Real-time signals; getrlimit(2)", "2.6.8",
          {{"queued before the limit", AtMost(5)}, {"at the limit", "EAGAIN"}, {"kill(2)", "0"}, {"SIGUSR1 sent five times", 1}}) {
  Namespace ns;
  ns.init.Call([] {
    SetSignalMask(kAllSignals);
    const struct rlimit five = {5, 5};
    NEED_SYS(Checked(::setrlimit(RLIMIT_SIGPENDING, &five)));
  });
  ns.member.Call([seen] {
    long result = 0;
    int queued = 0;
    while (queued < 100 && (result = QueueInfo(1, 40, SI_QUEUE)) == 0) ++queued;
    seen.Put("queued before the limit", queued);
    seen.Put("at the limit", Said(result));
    seen.Put("kill(2)", Said(Sys(SYS_kill, 1, 41)));
    for (int i = 0; i < 5; ++i) Sys(SYS_kill, 1, SIGUSR1);
  });
  seen.Put("SIGUSR1 sent five times", ns.init.Call([] {
    long times = 0;
    while (TakeSignal(SetOf(SIGUSR1), nullptr, 0) == SIGUSR1) ++times;
    return times;
  }));
}

}  // namespace
}  // namespace foster
