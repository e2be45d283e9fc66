// SPDX-License-Identifier: Apache-2.0
// A namespace's init with threads.
#include <pthread.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

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

// Runs `body` in a new thread of the caller; `body` outlives it.
pthread_t StartThread(const std::function<void()>& body) {
  pthread_t thread;
  const int error = ::pthread_create(
      &thread, nullptr,
      [](void* argument) -> void* {
        (*static_cast<const std::function<void()>*>(argument))();
        return nullptr;
      },
      const_cast<std::function<void()>*>(&body));
  NEED(error == 0);
  return thread;
}

BEHAVIOUR(InitWithThreads, LivesOnWithoutItsFirst, "MT-01", "An init whose first thread has exited lives on in another: it looks like a zombie, and still is the parent of orphans and reaps them.",
          "kernel/exit.c find_child_reaper()", "2.6.27", {{"leader's state", "Z"}, {"getpid()", 1}, {"orphan's getppid()", 1}, {"reaped", 2}, {"status", "exited(33)"}}) {
  static std::function<void()> second;
  const pid_t init = Spawn(
      [seen] {
        second = [seen] {
          NEED(Eventually([] { return StatusField(static_cast<pid_t>(atoi(ReadLink("/proc/self").c_str())), "State")[0] == 'Z'; }));
          seen.Put("leader's state", StateOf(static_cast<pid_t>(atoi(ReadLink("/proc/self").c_str()))));
          seen.Put("getpid()", Sys(SYS_getpid));
          Spawn([seen] {
            const long parent = Sys(SYS_getpid);
            Spawn([=] {
              NEED(Eventually([parent] { return Sys(SYS_getppid) != parent; }));
              seen.Put("orphan's getppid()", Sys(SYS_getppid));
              return 0;
            });
            return 0;
          });
          int reaped = 0;
          while (WaitFor(-1, 0, nullptr) > 0) ++reaped;
          seen.Put("reaped", reaped);
          ::_exit(33);
        };
        StartThread(second);
        Sys(SYS_exit, 0);
        return 0;
      },
      CLONE_NEWPID);
  seen.Put("status", Wait(init));
}

BEHAVIOUR(InitWithThreads, ExecveInAnyThreadKeepsItInit, "MT-02", "execve(2) in another thread than the first keeps number 1 and the protection that goes with it.", "kernel/exec.c de_thread(); execve(2)", "2.6.28",
          {{"number inside", 1}, {"SIGTERM", "0"}, {"exec-ed init", "alive"}}) {
  const Gate ask, said;
  Actor init = Actor::Start(CLONE_NEWPID);
  static std::function<void()> body;
  init.Begin([=] {
    body = [=] { NEED_SYS(ExecAnswerer(ask, said)); };
    ::pthread_join(StartThread(body), nullptr);
  });
  said.Wait();
  const std::string numbers = StatusField(init.pid(), "NSpid");
  seen.Put("number inside", numbers.substr(numbers.rfind('\t') + 1));
  seen.Put("SIGTERM", Said(init.Kill(SIGTERM)));
  ask.Open();
  said.Wait();
  seen.Put("exec-ed init", "alive");
}

BEHAVIOUR(InitWithThreads, AFaultInAnyThreadEndsTheNamespace, "MT-03", "A fault in any thread of an init without handlers ends the namespace.", "kernel/signal.c force_sig_info_to_task(), complete_signal()", "4.15",
          {{"status", "killed(SIGSEGV)"}, {"child", "gone"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  Actor child = init.Fork();
  static std::function<void()> body;
  init.Begin([] {
    body = [] {
      int* volatile nowhere = nullptr;
      *const_cast<volatile int*>(nowhere) = 1;
    };
    ::pthread_join(StartThread(body), nullptr);
  });
  seen.Put("status", init.Reap());
  seen.Put("child", StateOf(child.pid()));
}

// A process, init or not, whose second thread forks a child and exits. What the child sees of it.
void ThreadThatForksAndExits(Facts seen, unsigned long flags) {
  static std::function<void()> body;
  const pid_t parent = Spawn(
      [seen] {
        const Gate ready;
        static pid_t child;
        body = [=] {
          const ScopedSignalMask mask(SetOf(SIGUSR1));
          child = Spawn([=] {
            NEED_SYS(Checked(::prctl(PR_SET_PDEATHSIG, SIGUSR1)));
            const long before = Sys(SYS_getppid);
            ready.Open();
            seen.Put("parent-death signal", DescribeSignal(static_cast<int>(TakeSignal(SetOf(SIGUSR1)))));
            seen.Put("getppid() is the same", Sys(SYS_getppid) == before);
            return 3;
          });
          ready.Wait();
        };
        ::pthread_join(StartThread(body), nullptr);
        seen.Put("the other thread's wait", Wait(child));
        return 4;
      },
      flags);
  seen.Put("process", Wait(parent));
}

BEHAVIOUR(InitWithThreads, AThreadsChildGoesToItsSibling, "RP-01",
          "When a thread exits that has forked, the child goes to another thread of the process: its getppid(2) is the same, any thread can wait for it, and its parent-death signal comes all the same.",
          "kernel/exit.c find_new_reaper(); PR_SET_PDEATHSIG(2const), CAVEATS", "2.6.24",
          {{"parent-death signal", "SIGUSR1"}, {"getppid() is the same", true}, {"the other thread's wait", "exited(3)"}, {"process", "exited(4)"}}) {
  ThreadThatForksAndExits(seen, 0);
}

BEHAVIOUR(InitWithThreads, ParentDeathSignalComesFromAThread, "PD-04", "A child of a multi-threaded init gets its parent-death signal when the thread exits that had forked it, although the init lives on.",
          "PR_SET_PDEATHSIG(2const), CAVEATS", "2.6.24", {{"parent-death signal", "SIGUSR1"}, {"getppid() is the same", true}, {"process", "exited(4)"}}) {
  ThreadThatForksAndExits(seen, CLONE_NEWPID);
}

BEHAVIOUR(InitWithThreads, AThreadCanWaitForItsOwnChildrenOnly, "REAP-10", "With __WNOTHREAD a thread does not see the child of another thread of its process; without it does.", "wait(2), __WNOTHREAD", "2.4",
          {{"with __WNOTHREAD", "ECHILD"}, {"without", "exited(3)"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  static std::function<void()> body;
  init.Call([seen] {
    const Gate forked, done;
    static pid_t child;
    body = [=] {
      child = Spawn([] { return 3; });
      forked.Open();
      done.Wait();
    };
    const pthread_t thread = StartThread(body);
    forked.Wait();
    seen.Put("with __WNOTHREAD", Wait(child, __WNOTHREAD));
    seen.Put("without", Wait(child));
    done.Open();
    ::pthread_join(thread, nullptr);
  });
}

}  // namespace
}  // namespace foster
