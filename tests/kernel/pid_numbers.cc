// SPDX-License-Identifier: Apache-2.0
// The numbers that a PID namespace gives: in what order, how many, and what is set for each namespace of its own.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/file_descriptor.h"
#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/kernel/steps.h"
#include "tests/util/kernel.h"
#include "tests/util/proc.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

constexpr char kLastPid[] = "/proc/sys/kernel/ns_last_pid";
constexpr char kPidMax[] = "/proc/sys/kernel/pid_max";
constexpr char kMemfdNoexec[] = "/proc/sys/vm/memfd_noexec";

long NumberIn(const char* path) {
  long error = 0;
  const std::string text = ReadFile(path, &error);
  return error < 0 ? error : atol(text.c_str());
}

// The number of a child that exits at once and is reaped.
long NextNumber() {
  const long pid = CloneAndExit(0);
  if (pid > 0) Wait(static_cast<pid_t>(pid));
  return pid;
}

void NeedLastPid(Facts seen) {
  if (NumberIn(kLastPid) == -ENOENT) seen.Skip("no ns_last_pid in /proc/sys/kernel (CONFIG_CHECKPOINT_RESTORE)");
}

BEHAVIOUR(PidNumbers, GoOnFromTheLastOne, "PID-01", "ns_last_pid tells the number that the namespace gave last, and one written there is what the next one follows.", "pid_namespaces(7), /proc/sys/kernel/ns_last_pid", "3.3",
          {{"at first", 1}, {"write 1233", "0"}, {"next", 1234}, {"then reads", 1234}}) {
  NeedLastPid(seen);
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Call([seen] {
    seen.Put("at first", NumberIn(kLastPid));
    seen.Put("write 1233", Said(WriteFile(kLastPid, "1233")));
    seen.Put("next", NextNumber());
    seen.Put("then reads", NumberIn(kLastPid));
  });
}

BEHAVIOUR(PidNumbers, StartAgainAt300, "PID-02", "After the largest number below pid_max the namespace goes on with 300: the first 299 are given once only. pid_max and more cannot be written to ns_last_pid (EINVAL).",
          "kernel/pid.c alloc_pid(), RESERVED_PIDS", "3.3",
          {{"write pid_max - 2", "0"}, {"first is pid_max - 1", true}, {"second", 300}, {"third", 301}, {"write pid_max + 1", "EINVAL"}}) {
  NeedLastPid(seen);
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Call([seen] {
    const long most = NumberIn(kPidMax);
    seen.Put("write pid_max - 2", Said(WriteFile(kLastPid, std::to_string(most - 2))));
    seen.Put("first is pid_max - 1", NextNumber() == most - 1);
    seen.Put("second", NextNumber());
    seen.Put("third", NextNumber());
    seen.Put("write pid_max + 1", Said(WriteFile(kLastPid, std::to_string(most + 1))));
  });
}

// Before 6.14 there was one number for the machine, which this must not touch.
BEHAVIOUR(PidNumbers, LimitIsTheNamespacesOwn, "PID-02b",
          "From Linux 6.14 on a new PID namespace has a pid_max of its own, of 4194304 whatever its parent's is; before, pid_max was the machine's.", "kernel/pid_namespace.c create_pid_namespace(); kernel/pid.c", "3.8",
          {{"inside", Since(6, 14, "4194304", "the same as outside")}, {"inside, where the parent has 32768", Since(6, 14, "4194304", "(not tried)")}}) {
  const long outside = NumberIn(kPidMax);
  Namespace ns;
  const long inside = ns.init.Call([] { return NumberIn(kPidMax); });
  seen.Put("outside", outside);
  seen.Put("inside", !KernelAtLeast(6, 14) && inside == outside ? "the same as outside" : std::to_string(inside));
  seen.Put("inside, where the parent has 32768", "(not tried)");
  if (!KernelAtLeast(6, 14)) return;
  ns.init.Call([] { NEED_SYS(WriteFile(kPidMax, "32768")); });
  Actor nested = ns.init.Fork(CLONE_NEWPID);
  seen.Put("inside, where the parent has 32768", nested.Call([] { return NumberIn(kPidMax); }));
}

BEHAVIOUR(PidNumbers, LoadavgTellsTheNamespacesLast, "PID-03", "The last field of /proc/loadavg is the number that the reader's PID namespace gave last.", "proc_loadavg(5); fs/proc/loadavg.c", "3.8", {{"last number", 432}}) {
  NeedLastPid(seen);
  Actor init = Actor::Start(CLONE_NEWPID);
  seen.Put("last number", init.Call([] {
    NEED_SYS(WriteFile(kLastPid, "431"));
    NextNumber();
    const std::string text = ReadFile("/proc/loadavg");
    return atol(text.c_str() + text.rfind(' '));
  }));
}

// Forks until it is refused; the children stay, as zombies.
struct Forks {
  long count = 0;
  long highest = 0;
  long refusal = 0;
};
Forks ForkUntilRefused() {
  Forks forks;
  for (;;) {
    const long pid = CloneAndExit(0);
    if (pid < 0 || forks.count == 1000) {
      forks.refusal = pid;
      return forks;
    }
    ++forks.count;
    if (pid > forks.highest) forks.highest = pid;
  }
}
void PutForks(Facts seen, const Forks& forks) {
  seen.Put("forks", forks.count);
  seen.Put("highest number", forks.highest);
  seen.Put("then", Said(forks.refusal));
}

BEHAVIOUR(PidNumbers, RunOutAtTheNamespacesLimit, "PID-04", "A namespace's pid_max can be lowered in it, to 301 at least (EINVAL below), with no effect outside; when its numbers are used up fork says EAGAIN.",
          "kernel/pid.c; tools/testing/selftests/pid_namespace/pid_max.c", "6.14",
          {{"write 400", "0"}, {"write 100", "EINVAL"}, {"forks", 398}, {"highest number", 399}, {"then", "EAGAIN"}, {"outside as before", true}}) {
  const long outside = NumberIn(kPidMax);
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Call([seen] {
    seen.Put("write 400", Said(WriteFile(kPidMax, "400")));
    seen.Put("write 100", Said(WriteFile(kPidMax, "100")));
    PutForks(seen, ForkUntilRefused());
  });
  seen.Put("outside as before", NumberIn(kPidMax) == outside);
}

BEHAVIOUR(PidNumbers, RunOutAtAnAncestorsLimit, "PID-05", "A process needs a number in each ancestor namespace as well: the pid_max of an ancestor bounds what is inside, whatever the inner one says.", "kernel/pid.c alloc_pid()", "6.14",
          {{"inner pid_max", 4194304}, {"forks", AtMost(399)}, {"then", "EAGAIN"}}) {
  Actor outer = Actor::Start(CLONE_NEWPID);
  outer.Call([] { NEED_SYS(WriteFile(kPidMax, "400")); });
  Actor inner = outer.Fork(CLONE_NEWPID);
  inner.Call([seen] {
    seen.Put("inner pid_max", NumberIn(kPidMax));
    PutForks(seen, ForkUntilRefused());
  });
}

BEHAVIOUR(PidNumbers, ArePinnedByAProcessGroup, "PID-06", "The number of a process that is gone is not given again while it is a process group's: it cannot be signalled (ESRCH), its group can, and set_tid of it says EEXIST.",
          "kernel/pid.c; clone(2), ERRORS", "5.5", {{"kill of the process", "ESRCH"}, {"kill of the group", "0"}, {"set_tid", "EEXIST"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  Actor leader = init.Fork();
  leader.Call([] { NEED_SYS(Sys(SYS_setpgid, 0, 0)); });
  Actor member = leader.Fork();
  leader.Exit(0);
  init.Call([seen, pid = leader.own_pid()] {
    Wait(pid);
    seen.Put("kill of the process", Said(Sys(SYS_kill, pid, 0)));
    seen.Put("kill of the group", Said(Sys(SYS_kill, -pid, 0)));
    CloneArgs args;
    args.exit_signal = SIGCHLD;
    args.set_tid = reinterpret_cast<uint64_t>(&pid);
    args.set_tid_size = 1;
    seen.Put("set_tid", Said(Clone3AndExit(args)));
  });
}

// pid_ns_ctl_handler() takes the namespace of whoever reads or writes.
BEHAVIOUR(PidNumbers, LastOneIsTheCallersWhoeverOpenedTheFile, "PID-07", "A descriptor of ns_last_pid that was opened outside tells, and sets, what the namespace of its user gave last.", "kernel/pid_namespace.c pid_ns_ctl_handler()", "3.3",
          {{"reads inside", 1}, {"write 699", "0"}, {"next inside", 700}}) {
  NeedLastPid(seen);
  const int file = static_cast<int>(NEED_SYS(Checked(::open(kLastPid, O_RDWR | O_CLOEXEC))));
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Call([=] {
    char text[32] = {};
    NEED(::pread(file, text, sizeof text - 1, 0) > 0);
    seen.Put("reads inside", atol(text));
    seen.Put("write 699", Said(Checked(::pwrite(file, "699", 3, 0)) == 3 ? 0 : -errno));
    seen.Put("next inside", NextNumber());
  });
}

BEHAVIOUR(PidNumbers, MemfdNoexecBelongsToTheNamespaceToo, "PID-08", "vm.memfd_noexec is a PID namespace's own: a nested one starts with it and cannot go below it (EINVAL), its own can be lowered again, and outside nothing changes.",
          "proc_sys_vm(5); include/linux/pid_namespace.h pidns_memfd_noexec_scope()", "6.6",
          {{"write 1", "0"}, {"reads", 1}, {"nested reads", 1}, {"nested: write 0", "EINVAL"}, {"write 0", "0"}, {"outside as before", true}}) {
  const long outside = NumberIn(kMemfdNoexec);
  if (outside < 0) seen.Skip("no memfd_noexec in /proc/sys/vm: " + Said(outside));
  if (outside > 0) seen.Skip("vm.memfd_noexec is " + std::to_string(outside) + " here, and cannot be lowered from inside");
  Actor init = Actor::Start(CLONE_NEWPID);
  const long written = init.Call([] { return WriteFile(kMemfdNoexec, "1"); });
  if (written == -EACCES) seen.Skip("vm.memfd_noexec: EACCES (it is for root of the initial user namespace)");
  seen.Put("write 1", Said(written));
  seen.Put("reads", init.Call([] { return NumberIn(kMemfdNoexec); }));
  Actor nested = init.Fork(CLONE_NEWPID);
  seen.Put("nested reads", nested.Call([] { return NumberIn(kMemfdNoexec); }));
  seen.Put("nested: write 0", Said(nested.Call([] { return WriteFile(kMemfdNoexec, "0"); })));
  seen.Put("write 0", Said(init.Call([] { return WriteFile(kMemfdNoexec, "0"); })));
  seen.Put("outside as before", NumberIn(kMemfdNoexec) == outside);
}

BEHAVIOUR(PidNumbers, TwoIsNotTheKernelsInside, "U-23", "In a new namespace number 2 is the init's first child, not the kernel's thread maker as in the initial one; nobody but its members is visible.", "pid_namespaces(7)", "2.6.24",
          {{"first child", 2}, {"kill(2, 0) before", "ESRCH"}, {"parent of 2", 1}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  seen.Put("kill(2, 0) before", Said(init.Call([] { return Sys(SYS_kill, 2, 0); })));
  Actor child = init.Fork();
  seen.Put("first child", child.own_pid());
  seen.Put("parent of 2", child.Call([] { return Sys(SYS_getppid); }));
}

// How many there are is the machine's affair; that there are more than the namespace has is the point.
BEHAVIOUR(PidNumbers, SysinfoCountsEverybody, "LEAK-01", "sysinfo(2) tells a namespace of one process how many threads the whole machine has.", "sysinfo(2), which does not say so; kernel/sys.c do_sysinfo()", "all", {{"processes told inside", AtLeast(3)}, {"others that are visible", "ESRCH"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Call([seen] {
    struct sysinfo info = {};
    NEED_SYS(Checked(::sysinfo(&info)));
    seen.Put("processes told inside", static_cast<long>(info.procs));
    seen.Put("others that are visible", Said(Sys(SYS_kill, -1, 0)));
  });
}

}  // namespace
}  // namespace foster
