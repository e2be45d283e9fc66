// SPDX-License-Identifier: Apache-2.0
// What Linux 7.1 gave to who supervises processes: children that reap themselves, that may gain nothing, that die with a descriptor.
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "os/file_descriptor.h"
#include "os/pidfd.h"
#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/kernel/steps.h"
#include "tests/util/kernel.h"
#include "tests/util/proc.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

// A child by clone3(2), with a pidfd where `flags` ask for one. Returns twice.
long CloneWith(uint64_t flags, uint64_t exit_signal, int* pidfd) {
  CloneArgs args;
  args.flags = flags;
  args.exit_signal = exit_signal;
  args.pidfd = (flags & kClonePidfd) != 0 ? reinterpret_cast<uint64_t>(pidfd) : 0;
  return Clone3(args);
}

std::string Made(long pid) { return pid < 0 ? Said(pid) : "0"; }

// How the process behind the pidfd ended, when it has; a reaped one tells a moment after it can be polled.
std::string End(int pidfd) {
  struct pollfd one = {pidfd, POLLIN, 0};
  NEED(::poll(&one, 1, 60000) == 1);
  int status = 0;
  return Eventually([&] { return PidfdExitInfo(pidfd, &status); }) ? DescribeStatus(status) : "not told";
}

BEHAVIOUR(SupervisionFlags, AutoreapLeavesNoZombie, "U-14",
          "From Linux 7.1 on a child of clone3(2) with CLONE_AUTOREAP is released when it ends, whatever its parent's SIGCHLD does: nobody can wait for it (ECHILD), its pidfd tells how it ended. It has no exit signal (EINVAL). Before, the flag is refused (EINVAL).",
          "include/uapi/linux/sched.h; kernel/fork.c copy_process()", "5.3",
          {{"clone3", Since(7, 1, "0", "EINVAL")}, {"end", Since(7, 1, "exited(42)", "(no child)")}, {"wait", "ECHILD"}, {"with an exit signal", "EINVAL"}}) {
  int pidfd = -1;
  const long pid = CloneWith(kCloneAutoreap | kClonePidfd | CLONE_NEWPID, 0, &pidfd);
  if (pid == 0) ::_exit(42);
  seen.Put("clone3", Made(pid));
  seen.Put("end", pid < 0 ? "(no child)" : End(pidfd));
  seen.Put("wait", Wait(-1, __WALL));
  const long another = CloneWith(kCloneAutoreap, SIGCHLD, &pidfd);
  if (another == 0) ::_exit(0);
  seen.Put("with an exit signal", Made(another));
}

BEHAVIOUR(SupervisionFlags, NnpIsForTheChildAlone, "U-14b", "From Linux 7.1 on CLONE_NNP starts a child with no_new_privs, which its parent does not get.", "include/uapi/linux/sched.h", "5.3",
          {{"clone3", Since(7, 1, "0", "EINVAL")}, {"child's", Since(7, 1, "exited(1)", "(no child)")}, {"parent's", 0}}) {
  const long before = Sys(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
  if (before != 0) seen.Skip("no_new_privs is set here already");
  const long pid = CloneWith(kCloneNnp, SIGCHLD, nullptr);
  if (pid == 0) ::_exit(static_cast<int>(Sys(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)));
  seen.Put("clone3", Made(pid));
  seen.Put("child's", pid < 0 ? "(no child)" : Wait(static_cast<pid_t>(pid)));
  seen.Put("parent's", Sys(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

BEHAVIOUR(SupervisionFlags, AutokillEndsTheNamespaceWithADescriptor, "U-14c",
          "From Linux 7.1 on the init of a new namespace that was made with CLONE_PIDFD_AUTOKILL is killed when the pidfd that came with it is closed; another pidfd of it, opened later, does not keep it. The flag needs CLONE_PIDFD and CLONE_AUTOREAP (EINVAL).",
          "include/uapi/linux/sched.h; fs/pidfs.c", "5.3",
          {{"clone3", Since(7, 1, "0", "EINVAL")}, {"before", Since(7, 1, "alive", "(no child)")}, {"end", Since(7, 1, "killed(SIGKILL)", "(no child)")}, {"without CLONE_PIDFD", "EINVAL"}, {"without CLONE_AUTOREAP", "EINVAL"}}) {
  int pidfd = -1;
  const long pid = CloneWith(kClonePidfdAutokill | kCloneAutoreap | kCloneNnp | kClonePidfd | CLONE_NEWPID, 0, &pidfd);
  if (pid == 0) {
    for (;;) ::pause();
  }
  FileDescriptor first(pid < 0 ? -1 : pidfd);
  seen.Put("clone3", Made(pid));
  seen.Put("before", "(no child)");
  seen.Put("end", "(no child)");
  if (pid > 0) {
    const FileDescriptor another = PidfdOpen(static_cast<pid_t>(pid));
    seen.Put("before", PidfdEnded(another.get()) ? "dead" : "alive");
    first.Reset(-1);
    seen.Put("end", End(another.get()));
  }
  const auto refused = [&](uint64_t flags) {
    const long made = CloneWith(flags, 0, &pidfd);
    if (made == 0) ::_exit(0);
    return Made(made);
  };
  seen.Put("without CLONE_PIDFD", refused(kClonePidfdAutokill | kCloneAutoreap | kCloneNnp));
  seen.Put("without CLONE_AUTOREAP", refused(kClonePidfdAutokill | kCloneNnp | kClonePidfd));
}

}  // namespace
}  // namespace foster
