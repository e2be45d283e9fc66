// SPDX-License-Identifier: Apache-2.0
// What a PID namespace keeps apart, and what it lets through: calls that take a number, locks, accounting, core dumps.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "os/file_descriptor.h"
#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/kernel/steps.h"
#include "tests/util/proc.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

BEHAVIOUR(Isolation, NumbersFromOutsideNameNobody, "VIS-01", "A number that only outside is somebody's names nobody inside: every call that takes one says ESRCH.", "pid_namespaces(7)", "5.3",
          {{"kill", "ESRCH"}, {"getpgid", "ESRCH"}, {"getsid", "ESRCH"}, {"getpriority", "ESRCH"}, {"sched_getscheduler", "ESRCH"}, {"prlimit", "ESRCH"}, {"pidfd_open", "ESRCH"}, {"ptrace", "ESRCH"}}) {
  const auto outside = static_cast<pid_t>(Sys(SYS_getpid));
  Actor init = Actor::Start(CLONE_NEWPID);
  NEED(outside != 1);
  init.Call([=] {
    struct rlimit limit;
    seen.Put("kill", Said(Sys(SYS_kill, outside, 0)));
    seen.Put("getpgid", Said(Sys(SYS_getpgid, outside)));
    seen.Put("getsid", Said(Sys(SYS_getsid, outside)));
    seen.Put("getpriority", Said(Sys(SYS_getpriority, PRIO_PROCESS, outside)));
    seen.Put("sched_getscheduler", Said(Sys(SYS_sched_getscheduler, outside)));
    seen.Put("prlimit", Said(Sys(SYS_prlimit64, outside, RLIMIT_CORE, nullptr, &limit)));
    seen.Put("pidfd_open", Said(Sys(kPidfdOpen, outside, 0)));
    seen.Put("ptrace", Said(Sys(SYS_ptrace, PTRACE_SEIZE, outside, 0, 0)));
  });
}

BEHAVIOUR(Isolation, PermissionComesBeforeProtection, "VIS-02", "To another user's process the init is out of reach by permission (EPERM), before it is by being the init: kill(-1) finds nobody (ESRCH).", "kill(2), ERRORS; kernel/signal.c check_kill_permission()", "all",
          {{"kill(1, SIGTERM)", "EPERM"}, {"kill(1, 0)", "EPERM"}, {"kill(-1, SIGTERM)", "ESRCH"}, {"init", "alive"}}) {
  Namespace ns;
  ns.member.Call([] { BecomeUser(1000); });
  seen.Put("kill(1, SIGTERM)", Said(ns.member.Call([] { return Sys(SYS_kill, 1, SIGTERM); })));
  seen.Put("kill(1, 0)", Said(ns.member.Call([] { return Sys(SYS_kill, 1, 0); })));
  seen.Put("kill(-1, SIGTERM)", Said(ns.member.Call([] { return Sys(SYS_kill, -1, SIGTERM); })));
  seen.Put("init", ns.init.Condition());
}

BEHAVIOUR(Isolation, PriorityOfTheGroupReachesOut, "VIS-03", "setpriority(PRIO_PGRP, 0, …) by an init in a process group from outside changes the priority of the group's members outside.", "kernel/sys.c setpriority(); otherwise than pid_namespaces(7) has it", "2.6.24",
          {{"nice outside before", 0}, {"call", "0"}, {"nice outside after", 5}}) {
  // The call's own scale: 20 - nice.
  const auto nice = [] { return 20 - NEED_SYS(Sys(SYS_getpriority, PRIO_PROCESS, 0)); };
  const long before = nice();
  seen.Put("nice outside before", before - nice());
  Actor init = Actor::Start(CLONE_NEWPID);
  seen.Put("call", Said(init.Call([=] { return Sys(SYS_setpriority, PRIO_PGRP, 0, before + 5); })));
  seen.Put("nice outside after", nice() - before);
}

// A priority-inheriting futex: the word has the holder's thread id, which is a number of the holder's own namespace.
struct Futex {
  unsigned* word = static_cast<unsigned*>(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  long TryLock() const { return Sys(SYS_futex, word, FUTEX_TRYLOCK_PI, 0, nullptr, nullptr, 0); }
  // A deadline in the past: whoever must wait is refused at once.
  long Lock() const {
    const struct timespec past = {1, 0};
    return Sys(SYS_futex, word, FUTEX_LOCK_PI, 0, &past, nullptr, 0);
  }
};

BEHAVIOUR(Isolation, PiFutexesMistakeAStrangerForTheCaller, "FTX-01",
          "A priority-inheriting futex holds the number that its owner has in the owner's namespace: the init of another namespace, which has number 1 too, is told that it would wait for itself (EDEADLK), while a process with another number there waits (ETIMEDOUT) or finds no such owner (ESRCH).",
          "kernel/futex/pi.c futex_lock_pi_atomic(); futex(2) knows nothing of namespaces", "2.6.24",
          {{"holder's lock", "0"}, {"word", 1}, {"other init: TRYLOCK_PI", "EDEADLK"}, {"other init: LOCK_PI", "EDEADLK"}, {"other init's child: LOCK_PI", AnyOf({"ETIMEDOUT", "ESRCH"})}}) {
  const Futex futex;
  NEED(futex.word != MAP_FAILED);
  Actor holder = Actor::Start(CLONE_NEWPID);
  Namespace other;
  seen.Put("holder's lock", Said(holder.Call([=] { return futex.Lock(); })));
  if (*futex.word == 0) seen.Skip("FUTEX_LOCK_PI does not work here (CONFIG_FUTEX_PI)");
  seen.Put("word", static_cast<long>(*futex.word & FUTEX_TID_MASK));
  seen.Put("other init: TRYLOCK_PI", Said(other.init.Call([=] { return futex.TryLock(); })));
  seen.Put("other init: LOCK_PI", Said(other.init.Call([=] { return futex.Lock(); })));
  seen.Put("other init's child: LOCK_PI", Said(other.member.Call([=] { return futex.Lock(); })));
}

// Hands getppid(2) to a supervisor: the descriptor to read from, or a negated errno.
long WatchGetppid() {
  struct sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = {sizeof program / sizeof program[0], program};
  return Sys(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);
}

BEHAVIOUR(Isolation, SeccompNamesTheProcessToItsSupervisor, "SEC-01", "A seccomp notification names the caller by the numbers of who reads it; an outsider can answer for a process inside.", "seccomp_unotify(2); kernel/seccomp.c", "5.6",
          {{"pid is the outside number", true}, {"inside: getppid()", 4321}}) {
  Namespace ns;
  const long listener = ns.member.Call([] { return WatchGetppid(); });
  if (listener == -EINVAL || listener == -ENOSYS) seen.Skip("seccomp(2) with a listener: " + Said(listener));
  NEED_SYS(listener);
  const int mine = static_cast<int>(NEED_SYS(Sys(kPidfdGetfd, ns.member.pidfd(), listener, 0)));
  ns.member.Begin([] { return Sys(SYS_getppid); });
  struct pollfd one = {mine, POLLIN, 0};
  NEED(::poll(&one, 1, 60000) == 1);
  struct seccomp_notif request = {};
  NEED_SYS(Checked(::ioctl(mine, SECCOMP_IOCTL_NOTIF_RECV, &request)));
  seen.Put("pid is the outside number", static_cast<pid_t>(request.pid) == ns.member.pid());
  struct seccomp_notif_resp response = {};
  response.id = request.id;
  response.val = 4321;
  NEED_SYS(Checked(::ioctl(mine, SECCOMP_IOCTL_NOTIF_SEND, &response)));
  seen.Put("inside: getppid()", ns.member.End());
}

long SizeOf(const char* path) {
  struct stat status;
  return ::stat(path, &status) == 0 ? static_cast<long>(status.st_size) : -errno;
}

BEHAVIOUR(Isolation, AccountingIsTheNamespaces, "ACCT-01", "Process accounting that is switched on inside records what ends inside, the init itself at last; what ends outside is not in it.", "kernel/acct.c; acct(2) does not say so", "3.8",
          {{"acct", "0"}, {"records of three children", 3}, {"of one outside", 0}}) {
  MakeFile("records");
  Actor init = Actor::Start(CLONE_NEWPID);
  const long on = init.Call([] { return Sys(SYS_acct, "records"); });
  if (on == -ENOSYS || on == -EPERM) seen.Skip("acct(2): " + Said(on) + " (CONFIG_BSD_PROCESS_ACCT, CAP_SYS_PACCT in the initial user namespace)");
  seen.Put("acct", Said(on));
  constexpr long kRecord = 64;
  const auto one = [] { Wait(static_cast<pid_t>(NEED_SYS(CloneAndExit(0)))); };
  init.Call([one] {
    for (int i = 0; i < 3; ++i) one();
  });
  const long inside = SizeOf("records");
  seen.Put("records of three children", inside / kRecord);
  one();
  seen.Put("of one outside", (SizeOf("records") - inside) / kRecord);
  init.Call([] { return Sys(SYS_acct, nullptr); });
}

BEHAVIOUR(Isolation, CoreFilesAreInTheMountNamespaceOfTheDead, "CORE-01", "A core file of a relative core_pattern is written where the dying process is: in its working directory of its own mount namespace, not seen from outside.", "core(5), Naming of core dump files", "all",
          {{"status", "killed(SIGSEGV, core)"}, {"inside: there is a file", true}, {"outside: there is one", false}}) {
  const std::string pattern = ReadFile("/proc/sys/kernel/core_pattern");
  if (pattern.empty() || pattern.find('/') != std::string::npos || pattern[0] == '|' || pattern[0] == '@') seen.Skip("core_pattern is \"" + pattern.substr(0, pattern.find('\n')) + "\" here: no file in the working directory");
  const std::string folder = Folder("cores");
  Actor init = Actor::Start(CLONE_NEWPID | CLONE_NEWNS);
  init.Call([] {
    NEED_SYS(Checked(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr)));
    NEED_SYS(Checked(::mount("cores", "cores", "tmpfs", 0, nullptr)));
  });
  Actor member = init.Fork();
  member.Begin([] {
    struct rlimit limit;
    ::getrlimit(RLIMIT_CORE, &limit);
    limit.rlim_cur = limit.rlim_max;
    NEED_SYS(Checked(::setrlimit(RLIMIT_CORE, &limit)));
    NEED_SYS(Checked(::chdir("cores")));
    NEED_SYS(Sys(SYS_kill, Sys(SYS_getpid), SIGSEGV));
  });
  const auto files = [] {
    long count = 0;
    DIR* folder = ::opendir("cores");
    NEED(folder != nullptr);
    while (const struct dirent* entry = ::readdir(folder)) count += entry->d_name[0] != '.';
    ::closedir(folder);
    return count;
  };
  init.Call([=] {
    seen.Put("status", Wait(2));
    seen.Put("inside: there is a file", files() > 0);
  });
  seen.Put("outside: there is one", files() > 0);
}

// drivers/connector/cn_proc.c and kernel/taskstats.c serve the initial namespaces only. The sandbox is not one of them.
BEHAVIOUR(Isolation, ProcessEventsAreForTheInitialNamespaceOnly, "U-04", "The process connector takes no listener from another PID namespace than the initial one: it does not even answer.", "drivers/connector/cn_proc.c cn_proc_mcast_ctl()", "3.8", {{"acknowledged", false}}) {
  const int socket = ::socket(16 /* AF_NETLINK */, SOCK_DGRAM | SOCK_CLOEXEC, 11 /* NETLINK_CONNECTOR */);
  if (socket < 0) seen.Skip("socket of NETLINK_CONNECTOR: " + ErrnoName(errno) + " (CONFIG_CONNECTOR)");
  // struct nlmsghdr, struct cn_msg (CN_IDX_PROC, CN_VAL_PROC), PROC_CN_MCAST_LISTEN.
  struct {
    uint32_t length, type_and_flags, sequence, port;
    uint32_t index, value, cn_sequence, acknowledge;
    uint16_t payload, flags;
    uint32_t operation;
  } __attribute__((packed)) message = {40, 3, 0, 0, 1, 1, 0, 0, 4, 0, 1};
  struct {
    uint16_t family, pad;
    uint32_t port, groups;
  } address = {16, 0, 0, 1};
  const long bound = Checked(::bind(socket, reinterpret_cast<struct sockaddr*>(&address), sizeof address));
  if (bound < 0) seen.Skip("bind to the process connector's group: " + Said(bound));
  const long sent = Checked(::send(socket, &message, sizeof message, 0));
  if (sent < 0) seen.Skip("send to the connector: " + Said(sent) + " (CONFIG_PROC_EVENTS)");
  // The kernel answers within the call of send, if at all.
  struct pollfd one = {socket, POLLIN, 0};
  seen.Put("acknowledged", ::poll(&one, 1, 0) == 1);
}

}  // namespace
}  // namespace foster
