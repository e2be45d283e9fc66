// SPDX-License-Identifier: Apache-2.0
// Time namespaces: offsets of the monotonic and the boot-time clock, for children.
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tests/kernel/behaviour.h"
#include "tests/kernel/helpers.h"
#include "tests/kernel/steps.h"
#include "tests/util/actor.h"
#include "tests/util/gate.h"
#include "tests/util/kernel.h"
#include "tests/util/proc.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

// Seconds of a clock by system call: a C library's vDSO would say the same by another way.
long Seconds(int clock) {
  struct timespec now = {};
  NEED_SYS(Sys(SYS_clock_gettime, clock, &now));
  return now.tv_sec;
}

// unshare(CLONE_NEWTIME), or why there is no such thing here.
void UnshareTime(Facts seen) {
  const long result = Sys(SYS_unshare, kCloneNewTime);
  if (result < 0) seen.Skip("unshare(CLONE_NEWTIME): " + Said(result) + " (a kernel without CONFIG_TIME_NS says EINVAL)");
}

void* Nothing(void*) { return nullptr; }

// Between two readings of a clock passes less than the time that a sandbox has.
constexpr long kLongest = 180;

BEHAVIOUR(TimeNamespaces, OffsetsAreForChildren, "TIME-01",
          "unshare(CLONE_NEWTIME) and an offset in /proc/self/timens_offsets move the monotonic clock of children, not the caller's; once there is a child the offsets stay (EACCES). It may be done again, and (since 6.2) threads may be made.",
          "time_namespaces(7)", "5.6",
          {{"write", "0"}, {"caller's clock moved", false}, {"child's clock moved by 1000 s", true}, {"child's uptime agrees", true}, {"write with a child", "EACCES"}, {"thread", Since(6, 2, "0", "EAGAIN")}, {"unshare again", "0"}}) {
  Actor caller = Actor::Start();
  caller.Call([seen] { UnshareTime(seen); });
  const long before = Seconds(CLOCK_MONOTONIC);
  seen.Put("write", Said(caller.Call([] { return WriteFile("/proc/self/timens_offsets", "monotonic 1000 0\nboottime 1000 0\n"); })));
  const auto clock = [] { return Seconds(CLOCK_MONOTONIC); };
  seen.Put("caller's clock moved", caller.Call(clock) >= before + 1000);
  Actor child = caller.Fork();
  const long moved = child.Call(clock) - before;
  seen.Put("child's clock moved by 1000 s", moved >= 1000 && moved < 1000 + kLongest);
  seen.Put("child's uptime agrees", child.Call([] { return labs(atol(ReadFile("/proc/uptime").c_str()) - Seconds(CLOCK_BOOTTIME)) < kLongest; }) == 1);
  seen.Put("write with a child", Said(caller.Call([] { return WriteFile("/proc/self/timens_offsets", "monotonic 2000 0\n"); })));
  seen.Put("thread", Said(caller.Call([] {
    pthread_t thread;
    const int error = ::pthread_create(&thread, nullptr, Nothing, nullptr);
    if (error == 0) ::pthread_join(thread, nullptr);
    return -static_cast<long>(error);
  })));
  seen.Put("unshare again", Said(caller.Call([] { return Sys(SYS_unshare, kCloneNewTime); })));
}

Want ExecMoves() {
  if (KernelAtLeast(6, 3)) return true;
  return KernelAtLeast(6, 0) ? AnyOf({true, false}) : Want(false);
}

BEHAVIOUR(TimeNamespaces, ExecveMovesTheCallerItself, "TIME-02", "From Linux 6.3 on execve(2) takes the caller of unshare(CLONE_NEWTIME) into the new time namespace; before, only its children were in it.",
          "kernel/nsproxy.c exec_task_namespaces(); no man page has it", "5.6", {{"before execve: in it", false}, {"after execve: in it", ExecMoves()}}) {
  const Gate ask, said;
  Actor caller = Actor::Start();
  caller.Call([seen] { UnshareTime(seen); });
  const std::string wanted = NamespaceLink(caller.pid(), "time_for_children");
  seen.Put("before execve: in it", NamespaceLink(caller.pid(), "time") == wanted);
  caller.Begin([=] { return ExecAnswerer(ask, said); });
  said.Wait();
  seen.Put("after execve: in it", NamespaceLink(caller.pid(), "time") == wanted);
}

// 0x80 is also a bit of clone(2)'s exit signal, and clone3(2) refused it for that until a402f1e35313, which stable kernels have as well.
BEHAVIOUR(TimeNamespaces, Clone3MakesOneToo, "TIME-03", "clone3(2) takes CLONE_NEWTIME from Linux 6.3 on (and in stable kernels of before that have the correction): the child is in a new time namespace.",
          "kernel/fork.c clone3_args_valid(); otherwise than time_namespaces(7) has it (unshare(2) is the only way)", "5.6",
          {{"clone3", Since(6, 3, "0", AnyOf({"0", "EINVAL"}))}, {"child's is the parent's", Since(6, 3, false, AnyOf({false, "(there is no child)"}))}}) {
  if (OpenNamespace(0, "time") < 0) seen.Skip("this kernel has no time namespaces (CONFIG_TIME_NS)");
  CloneArgs args;
  args.flags = kCloneNewTime | CLONE_NEWPID;
  args.exit_signal = SIGCHLD;
  const Gate hold;
  const std::string own = NamespaceLink(0, "time");
  const long pid = Clone3(args);
  if (pid == 0) {
    hold.Wait();
    ::_exit(0);
  }
  seen.Put("clone3", pid < 0 ? Said(pid) : "0");
  seen.Put("child's is the parent's", "(there is no child)");
  if (pid > 0) seen.Put("child's is the parent's", NamespaceLink(static_cast<pid_t>(pid), "time") == own);
  hold.Open();
}

}  // namespace
}  // namespace foster
