// SPDX-License-Identifier: Apache-2.0
// Signals that the kernel raises for a namespace's init: timers, limits, descriptors, children.
#include <fcntl.h>
#include <mqueue.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/util/proc.h"
#include "tests/util/sandbox.h"
#include "tests/util/signals.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

BEHAVIOUR(KernelSignals, PipeAndFileSizeFailInsteadOfKilling, "SIG-23", "SIGPIPE and SIGXFSZ do nothing to an init without handlers: its write(2) fails with EPIPE and EFBIG.",
          "write(2); kernel/signal.c sig_task_ignored()", "2.6.28", {{"write to a pipe without a reader", "EPIPE"}, {"write beyond RLIMIT_FSIZE", "EFBIG"}, {"status", "exited(11)"}}) {
  Namespace ns;
  seen.Put("write to a pipe without a reader", Said(ns.init.Call([] {
             int ends[2];
             NEED_SYS(Checked(::pipe(ends)));
             ::close(ends[0]);
             return Checked(::write(ends[1], "x", 1));
           })));
  const std::string path = SandboxFolder() + "/file";
  const int file = static_cast<int>(NEED_SYS(Checked(::open(path.c_str(), O_CREAT | O_WRONLY, 0600))));
  Actor writer = Actor::Start(CLONE_NEWPID);
  seen.Put("write beyond RLIMIT_FSIZE", Said(writer.Call([file] {
             const struct rlimit none = {0, 0};
             NEED_SYS(Checked(::setrlimit(RLIMIT_FSIZE, &none)));
             return Checked(::write(file, "x", 1));
           })));
  writer.Exit(11);
  seen.Put("status", writer.Reap());
}

BEHAVIOUR(KernelSignals, AlarmsAreDropped, "SIG-23b", "SIGALRM of an interval timer does nothing to an init without handlers.", "setitimer(2); kernel/signal.c sig_task_ignored()", "2.6.28",
          {{"timer ran out", true}, {"init", "alive"}}) {
  Namespace ns;
  seen.Put("timer ran out", ns.init.Call([] {
    const struct itimerval soon = {{0, 0}, {0, 1000}};
    NEED_SYS(Checked(::setitimer(ITIMER_REAL, &soon, nullptr)));
    return Eventually([] {
      struct itimerval left = {};
      ::getitimer(ITIMER_REAL, &left);
      return left.it_value.tv_sec == 0 && left.it_value.tv_usec == 0;
    });
  }) == 1);
  seen.Put("init", ns.init.Condition());
}

[[noreturn]] long Spin() {
  for (volatile unsigned long turns = 0;;) turns = turns + 1;
}

BEHAVIOUR(KernelSignals, HardCpuLimitKillsInit, "SIG-24", "RLIMIT_CPU: the soft limit's SIGXCPU is dropped by an init without handlers, the hard limit's SIGKILL kills it.",
          "getrlimit(2); kernel/time/posix-cpu-timers.c check_process_timers()", "2.6.28", {{"status", "killed(SIGKILL)"}, {"CPU seconds", AtLeast(2)}}) {
  Namespace ns;
  ns.init.Begin([] {
    const struct rlimit limits = {1, 2};
    NEED_SYS(Checked(::setrlimit(RLIMIT_CPU, &limits)));
    Spin();
  });
  seen.Put("status", ns.init.Reap());
  struct rusage usage = {};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  seen.Put("CPU seconds", (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec + 500000) / 1000000);
}

BEHAVIOUR(KernelSignals, PosixTimerCannotKillInit, "SIG-36", "A POSIX timer that is to send SIGKILL to its init does nothing to it.", "kernel/signal.c posixtimer_send_sigqueue()", "2.6.28",
          {{"create", "0"}, {"timer ran out", true}, {"init", "alive"}}) {
  Namespace ns;
  ns.init.Call([seen] {
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGKILL;
    int timer = 0;
    seen.Put("create", Said(Sys(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer)));
    const struct itimerspec soon = {{0, 0}, {0, 1000000}};
    NEED_SYS(Sys(SYS_timer_settime, timer, 0, &soon, nullptr));
    seen.Put("timer ran out", Eventually([timer] {
               struct itimerspec left = {};
               Sys(SYS_timer_gettime, timer, &left);
               return left.it_value.tv_sec == 0 && left.it_value.tv_nsec == 0;
             }));
  });
  seen.Put("init", ns.init.Condition());
}

BEHAVIOUR(KernelSignals, AsynchronousInputCannotKillInit, "SIG-35", "O_ASYNC with F_SETSIG SIGKILL, aimed at an init by itself, does nothing to it.", "fcntl(2), F_SETSIG; fs/fcntl.c send_sigio_to_task()", "2.6.28",
          {{"F_SETSIG", "0"}, {"F_SETOWN", "0"}, {"write", "1"}, {"init", "alive"}}) {
  Namespace ns;
  ns.init.Call([seen] {
    int ends[2];
    NEED_SYS(Checked(::pipe(ends)));
    seen.Put("F_SETSIG", Said(Sys(SYS_fcntl, ends[0], 10 /* F_SETSIG */, SIGKILL)));
    seen.Put("F_SETOWN", Said(Sys(SYS_fcntl, ends[0], F_SETOWN, 1)));
    NEED_SYS(Sys(SYS_fcntl, ends[0], F_SETFL, O_ASYNC | O_NONBLOCK));
    seen.Put("write", Said(Checked(::write(ends[1], "x", 1))));
  });
  seen.Put("init", ns.init.Condition());
}

BEHAVIOUR(KernelSignals, MessageQueueCannotKillInit, "SIG-37", "mq_notify(3) of SIGKILL to an init does nothing to it.", "mq_notify(3); ipc/mqueue.c __do_notify()", "2.6.28",
          {{"mq_notify", "0"}, {"send", "0"}, {"init", "alive"}}) {
  Namespace ns;
  const long open = ns.init.Call([] { return Sys(SYS_mq_open, "queue", O_CREAT | O_RDWR, 0600, nullptr); });
  if (open == -ENOSYS) seen.Skip("this kernel has no POSIX message queues");
  const int queue = static_cast<int>(NEED_SYS(open));
  ns.init.Call([=] {
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGKILL;
    seen.Put("mq_notify", Said(Sys(SYS_mq_notify, queue, &event)));
    seen.Put("send", Said(Sys(SYS_mq_timedsend, queue, "x", 1, 0, nullptr)));
  });
  seen.Put("init", ns.init.Condition());
}

// do_notify_parent() is not forced.
template <int kSignal>
void ChildThatEndsWith(Facts seen) {
  Namespace ns;
  Actor child = ns.init.Fork(0, kSignal);
  child.Exit(6);
  ns.init.Call([seen] {
    siginfo_t info = {};
    // __WALL sees the child that a plain wait does not count as one.
    NEED_SYS(Sys(SYS_waitid, P_PID, 3, &info, WEXITED | WNOWAIT | __WALL, nullptr));
    seen.Put("plain wait", Wait(3));
    seen.Put("wait with __WALL", Wait(3, __WALL));
  });
  seen.Put("init", ns.init.Condition());
}

BEHAVIOUR(KernelSignals, AChildsEndByKillDoesNotHurtInit, "SIG-29", "A child whose end is announced by SIGKILL does not hurt its init; only a wait with __WALL (or __WCLONE) sees it.",
          "clone(2), The child termination signal; wait(2); kernel/signal.c do_notify_parent()", "2.6.28", {{"plain wait", "ECHILD"}, {"wait with __WALL", "exited(6)"}, {"init", "alive"}}) {
  ChildThatEndsWith<SIGKILL>(seen);
}

BEHAVIOUR(KernelSignals, AChildsEndByStopDoesNotHurtInit, "SIG-29b", "Nor does one whose end is announced by SIGSTOP.", "clone(2), The child termination signal; kernel/signal.c do_notify_parent()", "2.6.28",
          {{"plain wait", "ECHILD"}, {"wait with __WALL", "exited(6)"}, {"init", "alive"}}) {
  ChildThatEndsWith<SIGSTOP>(seen);
}

BEHAVIOUR(KernelSignals, OrphansAlwaysEndWithSigchld, "SIG-30", "Whatever signal was to announce its end, an orphan announces it to init with SIGCHLD, and a plain wait reaps it.",
          "kernel/exit.c reparent_leader()", "2.6.24", {{"SIGCHLD", 1}, {"SIGUSR1", 0}, {"plain wait", "exited(8)"}}) {
  Namespace ns;
  Actor orphan = ns.member.Fork(0, SIGUSR1);
  ns.member.Exit(0);
  ns.init.Call([] {
    Wait(2);
    RecordSignal(SIGCHLD);
    RecordSignal(SIGUSR1);
  });
  orphan.Exit(8);
  ns.init.Call([seen] { seen.Put("plain wait", Wait(3)); });
  seen.Put("SIGCHLD", ns.init.Call([] { return Recorded(SIGCHLD).count; }));
  seen.Put("SIGUSR1", ns.init.Call([] { return Recorded(SIGUSR1).count; }));
}

}  // namespace
}  // namespace foster
