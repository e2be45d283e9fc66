// SPDX-License-Identifier: Apache-2.0
// clone(2) and clone3(2) with namespaces: which flags go together, and what a child of them has in common with its parent.
#include <sched.h>
#include <spawn.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/kernel/steps.h"
#include "tests/util/proc.h"
#include "tests/util/signals.h"
#include "tests/util/spawn.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

// What becomes of a child that exits with its own idea of its number: "EINVAL", "exited(1)", and "ECHILD" for one that is not the caller's.
std::string Combination(unsigned long flags) {
  const long pid = CloneProcess(flags);
  if (pid == 0) ::_exit(static_cast<int>(Sys(SYS_getpid)));
  return pid < 0 ? Said(pid) : Wait(static_cast<pid_t>(pid), __WALL);
}

constexpr unsigned long kAll = CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | kCloneNewCgroup;

BEHAVIOUR(CloneFlags, VforkWaitsForTheInit, "CL-01", "clone(CLONE_NEWPID | CLONE_VFORK) returns when the new init has ended (or has called execve), not before.", "clone(2), CLONE_VFORK", "2.6.24",
          {{"child had ended", true}, {"its number", 1}, {"status", "exited(6)"}}) {
  const long pid = CloneProcess(CLONE_NEWPID | CLONE_VFORK);
  if (pid == 0) {
    for (int i = 0; i < 1000; ++i) ::sched_yield();
    seen.Put("its number", Sys(SYS_getpid));
    ::_exit(6);
  }
  NEED_SYS(pid);
  seen.Put("child had ended", seen.Has("its number"));
  seen.Put("status", Wait(static_cast<pid_t>(pid)));
}

// kernel/fork.c copy_process(), kernel/nsproxy.c copy_namespaces().
BEHAVIOUR(CloneFlags, SomeGoTogetherAndSomeDoNot, "CL-02",
          "A new PID namespace goes with CLONE_PARENT, CLONE_FS, CLONE_FILES, CLONE_VFORK and all the other namespaces, and not with CLONE_THREAD; a new mount or user namespace not with CLONE_FS, a new IPC namespace not with CLONE_SYSVSEM.",
          "kernel/fork.c copy_process(); otherwise than clone(2) has it (ERRORS: EINVAL for CLONE_NEWPID with CLONE_PARENT)", "5.2",
          {{"NEWPID | THREAD | SIGHAND | VM", "EINVAL"},
           {"NEWPID | PARENT", "ECHILD"},
           {"NEWNS | FS", "EINVAL"},
           {"NEWUSER | FS", "EINVAL"},
           {"NEWIPC | SYSVSEM", "EINVAL"},
           {"all namespaces", "exited(1)"},
           {"NEWPID | FS | FILES", "exited(1)"},
           {"NEWPID | VFORK", "exited(1)"},
           {"NEWUSER | THREAD | SIGHAND | VM", "EINVAL"},
           {"SIGHAND without VM", "EINVAL"},
           {"PIDFD | PARENT_SETTID", "EINVAL"}}) {
  seen.Put("NEWPID | THREAD | SIGHAND | VM", Combination(CLONE_NEWPID | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM));
  seen.Put("NEWPID | PARENT", Combination(CLONE_NEWPID | CLONE_PARENT));
  seen.Put("NEWNS | FS", Combination(CLONE_NEWNS | CLONE_FS));
  seen.Put("NEWUSER | FS", Combination(CLONE_NEWUSER | CLONE_FS));
  seen.Put("NEWIPC | SYSVSEM", Combination(CLONE_NEWIPC | CLONE_SYSVSEM));
  seen.Put("all namespaces", Combination(kAll));
  seen.Put("NEWPID | FS | FILES", Combination(CLONE_NEWPID | CLONE_FS | CLONE_FILES));
  seen.Put("NEWPID | VFORK", Combination(CLONE_NEWPID | CLONE_VFORK));
  seen.Put("NEWUSER | THREAD | SIGHAND | VM", Combination(CLONE_NEWUSER | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM));
  seen.Put("SIGHAND without VM", Combination(CLONE_SIGHAND));
  seen.Put("PIDFD | PARENT_SETTID", Combination(kClonePidfd | CLONE_PARENT_SETTID));
}

// A child that shares the memory of its parent and runs on a stack of its own.
struct Shared {
  alignas(16) char stack[65536];
  volatile long number;
};
int TellNumber(void* shared) {
  static_cast<Shared*>(shared)->number = Sys(SYS_getpid);
  return 1;
}
long CloneSharing(Shared* shared, unsigned long flags) {
  return Checked(::clone(TellNumber, shared->stack + sizeof shared->stack, static_cast<int>(flags | CLONE_VM | SIGCHLD), shared));
}

BEHAVIOUR(CloneFlags, AnInitMayShareItsParentsMemory, "CL-03", "The init of a new PID namespace may share its parent's memory (CLONE_VM).", "pid_namespaces(7), Compatibility with other CLONE_* flags", "3.12",
          {{"status", "exited(1)"}, {"number that it left in the memory", 1}}) {
  static Shared shared;
  const long pid = NEED_SYS(CloneSharing(&shared, CLONE_NEWPID));
  seen.Put("status", Wait(static_cast<pid_t>(pid)));
  seen.Put("number that it left in the memory", static_cast<long>(shared.number));
}

// zap_pid_ns_processes() writes SIG_IGN into the dying init's sighand, to have its children reaped by themselves.
BEHAVIOUR(CloneFlags, AnInitThatSharesHandlersTakesItsParentsSigchldWithIt, "CL-04",
          "An init that shares its parent's signal handlers (CLONE_VM | CLONE_SIGHAND) leaves the parent with SIGCHLD ignored when it ends: the parent cannot even wait for it.",
          "kernel/pid_namespace.c zap_pid_ns_processes(); no man page has it", "4.3",
          {{"SIGCHLD ignored before", false}, {"wait", "ECHILD"}, {"SIGCHLD ignored after", true}}) {
  static Shared shared;
  seen.Put("SIGCHLD ignored before", (SignalField(static_cast<pid_t>(Sys(SYS_getpid)), "SigIgn") & SignalBit(SIGCHLD)) != 0);
  const long pid = NEED_SYS(CloneSharing(&shared, CLONE_NEWPID | CLONE_SIGHAND));
  seen.Put("wait", Wait(static_cast<pid_t>(pid)));
  seen.Put("SIGCHLD ignored after", (SignalField(static_cast<pid_t>(Sys(SYS_getpid)), "SigIgn") & SignalBit(SIGCHLD)) != 0);
}

BEHAVIOUR(CloneFlags, AnInitCannotHaveSiblings, "CL-05",
          "CLONE_PARENT is refused to a namespace's init (EINVAL). A member's child of it is the init's child; with CLONE_NEWPID it is one too, and init of a namespace of its own.",
          "clone(2), CLONE_PARENT; otherwise than its ERRORS have it (EINVAL for CLONE_NEWPID with CLONE_PARENT)", "2.6.32",
          {{"by init", "EINVAL"}, {"member's: getppid()", 1}, {"with CLONE_NEWPID: getpid()", 1}, {"its getppid()", 0}, {"it is a child of the init", true}}) {
  Namespace ns;
  seen.Put("by init", Said(ns.init.Call([] { return CloneAndExit(CLONE_PARENT); })));
  Actor child = ns.member.Fork(CLONE_PARENT);
  seen.Put("member's: getppid()", child.Call([] { return Sys(SYS_getppid); }));
  Actor nested = ns.member.Fork(CLONE_PARENT | CLONE_NEWPID);
  seen.Put("with CLONE_NEWPID: getpid()", nested.own_pid());
  seen.Put("its getppid()", nested.Call([] { return Sys(SYS_getppid); }));
  seen.Put("it is a child of the init", StatusField(nested.pid(), "PPid") == std::to_string(ns.init.pid()));
}

// posix_spawn(3) is clone(CLONE_VM | CLONE_VFORK) in both C libraries.
BEHAVIOUR(CloneFlags, PosixSpawnMakesTheInitAfterUnshare, "CL-06", "After unshare(CLONE_NEWPID) the first posix_spawn(3) makes the new namespace's init; when that has ended the next one says ENOMEM.",
          "unshare(2), CLONE_NEWPID; kernel/pid.c alloc_pid()", "3.12", {{"first", "0"}, {"its status", "exited(7)"}, {"second", "ENOMEM"}}) {
  Actor caller = Actor::Start();
  caller.Call([seen] {
    NEED_SYS(Checked(::unshare(CLONE_NEWPID)));
    const char* argv[] = {"kernel_suite", "--helper", "exit", "7", "", nullptr};
    char* environment[] = {nullptr};
    pid_t pid = 0;
    seen.Put("first", Said(-::posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr, const_cast<char**>(argv), environment)));
    seen.Put("its status", Wait(pid));
    seen.Put("second", Said(-::posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr, const_cast<char**>(argv), environment)));
  });
}

CloneArgs With(uint64_t flags, uint64_t exit_signal) {
  CloneArgs args;
  args.flags = flags;
  args.exit_signal = exit_signal;
  return args;
}

BEHAVIOUR(CloneFlags, ASiblingHasNoExitSignalOfItsOwn, "C3-06", "clone3(2) with CLONE_PARENT wants no exit signal (EINVAL): a sibling's is its parent's own. Without one CLONE_NEWPID goes with it.", "clone(2); kernel/fork.c clone3_args_valid()", "5.3",
          {{"with SIGCHLD", "EINVAL"}, {"without", true}, {"child is the caller's", "ECHILD"}}) {
  seen.Put("with SIGCHLD", Said(Clone3AndExit(With(CLONE_NEWPID | CLONE_PARENT, SIGCHLD))));
  const long sibling = Clone3AndExit(With(CLONE_NEWPID | CLONE_PARENT, 0));
  seen.Put("without", sibling > 0);
  seen.Put("child is the caller's", Wait(static_cast<pid_t>(sibling), __WALL));
}

BEHAVIOUR(CloneFlags, ClearSighandKeepsWhatIsIgnored, "C3-07", "CLONE_CLEAR_SIGHAND sets what had a handler to its default, and leaves ignored what was ignored.", "clone(2), CLONE_CLEAR_SIGHAND", "5.5",
          {{"SIGTERM has a handler", false}, {"SIGTERM is ignored", false}, {"SIGUSR1 is ignored", true}, {"SIGCHLD is ignored", true}, {"status", "exited(1)"}}) {
  Actor parent = Actor::Start();
  parent.Call([seen] {
    RecordSignal(SIGTERM);
    KernelAction ignore;
    ignore.handler = SIG_IGN;
    SetAction(SIGUSR1, ignore);
    CloneArgs args = With(kCloneClearSighand | CLONE_NEWPID | CLONE_VFORK, SIGCHLD);
    const long pid = NEED_SYS(Clone3(args));
    const auto disposition = [](int signo) {
      KernelAction action;
      Sys(SYS_rt_sigaction, signo, nullptr, &action, sizeof(SignalSet));
      return action.handler;
    };
    if (pid == 0) {
      seen.Put("SIGTERM has a handler", disposition(SIGTERM) != SIG_DFL && disposition(SIGTERM) != SIG_IGN);
      seen.Put("SIGTERM is ignored", disposition(SIGTERM) == SIG_IGN);
      seen.Put("SIGUSR1 is ignored", disposition(SIGUSR1) == SIG_IGN);
      ::_exit(static_cast<int>(Sys(SYS_getpid)));
    }
    seen.Put("status", Wait(static_cast<pid_t>(pid)));
    SetAction(SIGCHLD, ignore);
    args.flags = kCloneClearSighand | CLONE_VFORK;
    if (NEED_SYS(Clone3(args)) == 0) {
      seen.Put("SIGCHLD is ignored", disposition(SIGCHLD) == SIG_IGN);
      ::_exit(0);
    }
  });
}

BEHAVIOUR(CloneFlags, AFailedExecveLeavesTheInitAlive, "EX-01", "An init whose execve(2) fails is told why and goes on.", "execve(2)", "all",
          {{"no such file", "ENOENT"}, {"not executable", "EACCES"}, {"status", "exited(126)"}}) {
  MakeFile("plain");
  Namespace ns;
  const auto exec = [](const char* name) {
    return [name] {
      const char* argv[] = {"it", nullptr};
      const char* environment[] = {nullptr};
      return Sys(SYS_execve, name, argv, environment);
    };
  };
  seen.Put("no such file", Said(ns.init.Call(exec("./nothing"))));
  seen.Put("not executable", Said(ns.init.Call(exec("./plain"))));
  ns.init.Exit(126);
  seen.Put("status", ns.init.Reap());
}

}  // namespace
}  // namespace foster
