// SPDX-License-Identifier: Apache-2.0
// How a PID namespace ends: with its init, kernel/pid_namespace.c zap_pid_ns_processes().
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/util/gate.h"
#include "tests/util/proc.h"
#include "tests/util/signals.h"
#include "tests/util/spawn.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

int ProcessesInProc() {
  int count = 0;
  DIR* proc = ::opendir("/proc");
  NEED(proc != nullptr);
  while (const struct dirent* entry = ::readdir(proc)) count += entry->d_name[0] >= '1' && entry->d_name[0] <= '9';
  ::closedir(proc);
  return count;
}

// Enters the PID namespace of `init` for the children to come.
long EnterFor(pid_t init) {
  const long pidfd = Sys(SYS_openat, AT_FDCWD, ("/proc/" + std::to_string(init) + "/ns/pid").c_str(), O_RDONLY | O_CLOEXEC);
  return pidfd < 0 ? pidfd : Sys(SYS_setns, pidfd, CLONE_NEWPID);
}

// Until the init sleeps in its exit. Kernels sleep interruptibly or idle there: S or I.
void WaitUntilItSleeps(pid_t init) {
  NEED(Eventually([init] {
    const std::string state = StateOf(init);
    return state == "S" || state == "I" || state == "Z";
  }));
}

BEHAVIOUR(EndOfNamespace, KeepsInitsExitStatus, "ZAP-01", "The parent sees the exit status of an init that left descendants behind, which are killed.", "wait(2); kernel/pid_namespace.c zap_pid_ns_processes()", "2.6.24",
          {{"status", "exited(7)"}, {"descendants", "gone gone gone"}}) {
  Namespace ns;
  Actor child = ns.member.Fork();
  Actor another = ns.init.Fork();
  ns.init.Exit(7);
  seen.Put("status", ns.init.Reap());
  seen.Put("descendants", StateOf(ns.member.pid()) + " " + StateOf(child.pid()) + " " + StateOf(another.pid()));
}

BEHAVIOUR(EndOfNamespace, ByKillIsSeenAsSuch, "ZAP-02", "An init that is killed takes everybody with it, and its parent sees that it was killed.", "pid_namespaces(7)", "2.6.24",
          {{"status", "killed(SIGKILL)"}, {"member", "gone"}}) {
  Namespace ns;
  ns.init.Kill(SIGKILL);
  seen.Put("status", ns.init.Reap());
  seen.Put("member", StateOf(ns.member.pid()));
}

BEHAVIOUR(EndOfNamespace, IsCompleteWhenInitIsReaped, "ZAP-03", "When wait(2) for an init returns, no process of its namespace is left, not even as a zombie.", "kernel/pid_namespace.c zap_pid_ns_processes()", "3.5",
          {{"before", AtLeast(66)}, {"status", "killed(SIGKILL)"}, {"after", 2}}) {
  Namespace ns;
  ns.init.Call([] {
    for (int i = 0; i < 64; ++i) Spawn([] { return ::pause(); });
  });
  seen.Put("before", ProcessesInProc());
  ns.init.Kill(SIGKILL);
  seen.Put("status", ns.init.Reap());
  seen.Put("after", ProcessesInProc());  // the sandbox's init and the driver
}

int handler_ran = -1;
void TellThatItRan(int) { (void)!::write(handler_ran, "", 1); }

BEHAVIOUR(EndOfNamespace, GivesMembersNoGrace, "ZAP-04", "When init exits members are killed without a signal before it: handlers for SIGTERM and SIGHUP do not run, nor does the parent-death signal of a child of init.",
          "pid_namespaces(7); kernel/pid_namespace.c zap_pid_ns_processes()", "2.6.24", {{"status", "exited(0)"}, {"a handler ran", false}}) {
  const Gate ran;
  handler_ran = ran.write_end();
  Namespace ns;
  ns.member.Call([] {
    KernelAction tell;
    tell.handler = TellThatItRan;
    for (const int signo : {SIGTERM, SIGHUP, SIGCONT}) NEED_SYS(SetAction(signo, tell));
    NEED_SYS(Checked(::prctl(PR_SET_PDEATHSIG, SIGTERM)));
  });
  ns.init.Exit(0);
  seen.Put("status", ns.init.Reap());
  seen.Put("a handler ran", ran.TryWait());
}

// The outside parent of an injected process (nsenter, "docker exec") is the one who has to reap it.
struct Injected {
  Namespace ns;
  Actor outsider = Actor::Start();
  Actor child;
  Injected() : child(Inject(outsider, ns.init.pid())) {}
  static Actor Inject(Actor& outsider, pid_t init) {
    NEED_SYS(outsider.Call([init] { return EnterFor(init); }));
    return outsider.Fork();
  }
};

BEHAVIOUR(EndOfNamespace, WaitsForAnOutsiderToReap, "ZAP-05",
          "The exit of an init blocks while a parent outside of the namespace has not reaped a process that it had put inside (by setns(2) and fork(2)).", "kernel/pid_namespace.c zap_pid_ns_processes()", "3.5",
          {{"its getppid()", 0}, {"injected process", "Z"}, {"wait for init", "nothing yet"}, {"init's state", AnyOf({"S", "I"})}, {"outsider's wait", "killed(SIGKILL)"}, {"then init", "exited(0)"}}) {
  Injected scene;
  seen.Put("its getppid()", scene.child.Call([] { return Sys(SYS_getppid); }));
  scene.ns.init.Exit(0);
  NEED(Eventually([&] { return StateOf(scene.child.pid()) == "Z"; }));
  WaitUntilItSleeps(scene.ns.init.pid());
  seen.Put("injected process", StateOf(scene.child.pid()));
  seen.Put("wait for init", Wait(scene.ns.init.pid(), WNOHANG));
  // Each death among its charges wakes it, and it goes back to sleep.
  std::string state;
  Eventually([&] {
    state = StateOf(scene.ns.init.pid());
    return state == "S" || state == "I";
  });
  seen.Put("init's state", state);
  seen.Put("sleeps in", ReadFile("/proc/" + std::to_string(scene.ns.init.pid()) + "/wchan"));
  scene.outsider.Call([seen, pid = scene.child.pid()] { seen.Put("outsider's wait", Wait(pid)); });
  seen.Put("then init", scene.ns.init.Reap());
}

BEHAVIOUR(EndOfNamespace, CannotBeHastenedByKill, "ZAP-06", "SIGKILL to an init whose exit blocks like that changes nothing, not even its exit status.", "kernel/pid_namespace.c zap_pid_ns_processes()", "3.5",
          {{"kill", "0"}, {"wait for init", "nothing yet"}, {"outsider's wait", "killed(SIGKILL)"}, {"then init", "exited(0)"}}) {
  Injected scene;
  scene.ns.init.Exit(0);
  NEED(Eventually([&] { return StateOf(scene.child.pid()) == "Z"; }));
  WaitUntilItSleeps(scene.ns.init.pid());
  seen.Put("kill", Said(scene.ns.init.Kill(SIGKILL)));
  WaitUntilItSleeps(scene.ns.init.pid());
  seen.Put("wait for init", Wait(scene.ns.init.pid(), WNOHANG));
  scene.outsider.Call([seen, pid = scene.child.pid()] { seen.Put("outsider's wait", Wait(pid)); });
  seen.Put("then init", scene.ns.init.Reap());
}

BEHAVIOUR(EndOfNamespace, WaitsForAnOutsideTracer, "ZAP-07", "The exit of an init blocks while a member's tracer outside of the namespace has not waited for it.", "kernel/pid_namespace.c zap_pid_ns_processes(); ptrace(2)", "3.5",
          {{"PTRACE_SEIZE", "0"}, {"wait for init", "nothing yet"}, {"tracer's wait", "killed(SIGKILL)"}, {"then init", "exited(5)"}}) {
  Namespace ns;
  const pid_t member = ns.member.pid();
  seen.Put("PTRACE_SEIZE", Said(Sys(SYS_ptrace, PTRACE_SEIZE, member, 0, 0)));
  if (seen.Get("PTRACE_SEIZE") == "EPERM") seen.Skip("a security module forbids to trace a descendant");
  ns.init.Exit(5);
  NEED(Eventually([member] { return StateOf(member) == "Z"; }));
  WaitUntilItSleeps(ns.init.pid());
  seen.Put("wait for init", Wait(ns.init.pid(), WNOHANG));
  seen.Put("tracer's wait", Wait(member, __WALL));
  seen.Put("then init", ns.init.Reap());
}

BEHAVIOUR(EndOfNamespace, CannotBeOutrunByForking, "ZAP-08", "Members that fork as fast as they can do not survive the exit of their init.", "kernel/pid.c disable_pid_allocation()", "3.9",
          {{"status", "exited(0)"}, {"processes left", 2}}) {
  const Gate running;
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Call([running] {
    for (int i = 0; i < 4; ++i) {
      Spawn([running] {
        running.Open();
        for (;;) {
          const long child = Sys(SYS_clone, SIGCHLD, 0, 0, 0, 0);
          if (child == 0) ::_exit(0);
          if (child > 0) Wait(static_cast<pid_t>(child));
        }
        return 0;
      });
    }
  });
  for (int i = 0; i < 4; ++i) running.Wait();
  init.Exit(0);
  seen.Put("status", init.Reap());
  seen.Put("processes left", ProcessesInProc());
}

BEHAVIOUR(EndOfNamespace, IncludesNestedNamespaces, "ZAP-09", "The end of an init is the end of the namespaces inside of its own, with their inits and members.", "pid_namespaces(7), Nesting PID namespaces", "2.6.24",
          {{"status", "exited(0)"}, {"nested init and member", "gone gone"}}) {
  Namespace ns;
  Actor nested = ns.init.Fork(CLONE_NEWPID);
  Actor member = nested.Fork();
  ns.init.Exit(0);
  seen.Put("status", ns.init.Reap());
  seen.Put("nested init and member", StateOf(nested.pid()) + " " + StateOf(member.pid()));
}

BEHAVIOUR(EndOfNamespace, IsNotHeldUpByZombies, "ZAP-10", "Zombies that an init has never reaped do not hold up its exit.", "kernel/pid_namespace.c zap_pid_ns_processes()", "2.6.24",
          {{"zombies", 5}, {"status", "exited(0)"}, {"processes left", 2}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  seen.Put("zombies", init.Call([] {
    long zombies = 0;
    for (int i = 0; i < 5; ++i) {
      const pid_t child = Spawn([] { return 0; });
      siginfo_t info = {};
      zombies += Sys(SYS_waitid, P_PID, child, &info, WEXITED | WNOWAIT, nullptr) == 0;
    }
    return zombies;
  }));
  init.Exit(0);
  seen.Put("status", init.Reap());
  seen.Put("processes left", ProcessesInProc());
}

BEHAVIOUR(EndOfNamespace, LeavesAZombieWithAPidNamespace, "ZAP-11", "An unreaped init can still be signalled and its PID namespace opened; its other namespaces are gone already.", "proc_pid_ns(5); fs/proc/namespaces.c", "3.8",
          {{"state", "Z"}, {"kill", "0"}, {"open ns/pid", "0"}, {"ns/uts", "ENOENT"}}) {
  Namespace ns;
  ns.init.Kill(SIGKILL);
  siginfo_t info = {};
  NEED_SYS(Sys(SYS_waitid, P_PID, ns.init.pid(), &info, WEXITED | WNOWAIT, nullptr));
  const std::string proc = "/proc/" + std::to_string(ns.init.pid());
  seen.Put("state", StateOf(ns.init.pid()));
  seen.Put("kill", Said(ns.init.Kill(SIGTERM)));
  const long opened = Checked(::open((proc + "/ns/pid").c_str(), O_RDONLY | O_CLOEXEC));
  seen.Put("open ns/pid", Said(opened < 0 ? opened : 0));
  seen.Put("ns/uts", ReadLink(proc + "/ns/uts"));
}

BEHAVIOUR(EndOfNamespace, IsForEver, "NS-10", "A namespace whose init has ended can be entered by a descriptor that holds it, and fork(2) into it says ENOMEM.", "pid_namespaces(7)", "3.8",
          {{"setns", "0"}, {"fork", "ENOMEM"}}) {
  Namespace ns;
  Actor outsider = Actor::Start();
  const long held = outsider.Call([pid = ns.init.pid()] { return Checked(::open(("/proc/" + std::to_string(pid) + "/ns/pid").c_str(), O_RDONLY | O_CLOEXEC)); });
  NEED_SYS(held);
  ns.init.Kill(SIGKILL);
  ns.init.Reap();
  seen.Put("setns", Said(outsider.Call([held] { return Sys(SYS_setns, held, CLONE_NEWPID); })));
  seen.Put("fork", Said(outsider.Call([] { return Sys(SYS_clone, SIGCHLD, 0, 0, 0, 0); })));
}

}  // namespace
}  // namespace foster
