// SPDX-License-Identifier: Apache-2.0
// clone3(2) with set_tid: numbers that the caller chooses, one for each level of PID namespaces from the innermost on.
#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/kernel/steps.h"
#include "tests/util/proc.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

// A child with the numbers `tids`, that exits with the last digit of its own idea of its number.
long CloneWithTids(const pid_t* tids, uint64_t count, uint64_t flags = 0) {
  CloneArgs args;
  args.flags = flags;
  args.exit_signal = SIGCHLD;
  args.set_tid = reinterpret_cast<uint64_t>(tids);
  args.set_tid_size = count;
  const long pid = Clone3(args);
  if (pid == 0) ::_exit(static_cast<int>(Sys(SYS_getpid) % 10));
  return pid;
}

long CloneWithTid(pid_t tid, uint64_t flags = 0) { return CloneWithTids(&tid, 1, flags); }

BEHAVIOUR(SetTid, ChoosesTheNumber, "C3-01", "clone3(2) with set_tid gives the child that number.", "clone(2), The set_tid array", "5.5", {{"returned", 777}, {"status", "exited(7)"}}) {
  Namespace ns;
  ns.init.Call([seen] {
    const long pid = CloneWithTid(777);
    seen.Put("returned", Said(pid));
    seen.Put("status", Wait(static_cast<pid_t>(pid)));
  });
}

BEHAVIOUR(SetTid, NotOneThatIsAlive, "C3-02", "The number of a living process is refused (EEXIST).", "clone(2), ERRORS", "5.5", {{"clone3", "EEXIST"}}) {
  Namespace ns;
  seen.Put("clone3", Said(ns.init.Call([pid = ns.member.own_pid()] { return CloneWithTid(pid); })));
}

BEHAVIOUR(SetTid, NotOneThatIsAZombie, "C3-03", "The number of a zombie is refused (EEXIST); when that is reaped it is free.", "clone(2), ERRORS", "5.5", {{"zombie's", "EEXIST"}, {"reaped's", 2}}) {
  Namespace ns;
  ns.member.Exit(0);
  ns.init.Call([seen, pid = ns.member.own_pid()] {
    NEED_SYS(Sys(SYS_waitid, P_PID, pid, nullptr, WEXITED | WNOWAIT, nullptr));
    seen.Put("zombie's", Said(CloneWithTid(pid)));
    Wait(pid);
    seen.Put("reaped's", Said(CloneWithTid(pid)));
  });
}

BEHAVIOUR(SetTid, OnlySensibleOnes, "C3-04", "Numbers of 0 and of pid_max and more, more numbers than there are levels, and an array without a size or a size without an array are refused (EINVAL).",
          "clone(2), ERRORS; kernel/fork.c copy_clone_args_from_user()", "5.5",
          {{"pid_max", "EINVAL"}, {"0", "EINVAL"}, {"more than there are levels", "EINVAL"}, {"40 of them", "EINVAL"}, {"array without a size", "EINVAL"}, {"size without an array", "EINVAL"}}) {
  Namespace ns;
  ns.init.Call([seen] {
    const pid_t many[40] = {501, 502, 503, 504, 505};
    seen.Put("pid_max", Said(CloneWithTid(atoi(ReadFile("/proc/sys/kernel/pid_max").c_str()))));
    seen.Put("0", Said(CloneWithTid(0)));
    // The caller's level is not known; 33 numbers are more than any has.
    seen.Put("more than there are levels", Said(CloneWithTids(many, 33)));
    seen.Put("40 of them", Said(CloneWithTids(many, 40)));
    seen.Put("array without a size", Said(CloneWithTids(many, 0)));
    seen.Put("size without an array", Said(CloneWithTids(nullptr, 1)));
  });
}

BEHAVIOUR(SetTid, OfAnInitIsOne, "C3-05", "With CLONE_NEWPID the innermost number must be 1 (else EINVAL); the next one is the init's number outside.", "clone(2), The set_tid array", "5.5",
          {{"5", "EINVAL"}, {"1, 888", 888}, {"status", "exited(1)"}}) {
  Namespace ns;
  ns.init.Call([seen] {
    const pid_t tids[] = {1, 888};
    seen.Put("5", Said(CloneWithTid(5, CLONE_NEWPID)));
    const long pid = CloneWithTids(tids, 2, CLONE_NEWPID);
    seen.Put("1, 888", Said(pid));
    seen.Put("status", Wait(static_cast<pid_t>(pid)));
  });
}

// Since 5.9 CAP_CHECKPOINT_RESTORE is enough, CAP_SYS_ADMIN always was; in the user namespace that owns each level.
BEHAVIOUR(SetTid, IsAPrivilege, "C3-08", "Without CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE a number cannot be chosen (EPERM).", "clone(2), ERRORS; capabilities(7)", "5.5", {{"clone3 as user 1000", "EPERM"}}) {
  Namespace ns;
  seen.Put("clone3 as user 1000", Said(ns.init.Call([] { return AsUser(1000, [] { return CloneWithTid(777); }); })));
}

}  // namespace
}  // namespace foster
