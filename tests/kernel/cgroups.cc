// SPDX-License-Identifier: Apache-2.0
// What cgroups do to a namespace's init: killing, freezing, limits, and namespaces of their own.
#include <fcntl.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/kernel/cgroup.h"
#include "tests/util/proc.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

// __cgroup_kill() sends as kill(2) of the writer would.
BEHAVIOUR(Cgroups, KillFromInsideSparesInit, "CG-01", "cgroup.kill written by a member of the namespace kills everybody in the cgroup but the namespace's init.",
          "kernel/cgroup/cgroup.c __cgroup_kill(); otherwise than cgroup-v2.rst has it (all processes)", "5.14", {{"write", "0"}, {"first", "killed(SIGKILL)"}, {"second", "killed(SIGKILL)"}, {"init", "alive"}}) {
  const Cgroup cgroup = Cgroup::Version2(seen);
  Namespace ns;
  Actor first = ns.init.Fork();
  Actor second = ns.init.Fork();
  for (const Actor* actor : {&ns.init, &first, &second}) cgroup.Add(actor->pid());
  const int file = static_cast<int>(NEED_SYS(Checked(::open((cgroup.path() + "/cgroup.kill").c_str(), O_WRONLY))));
  // The kernel judges by who writes: the member has the file by inheritance.
  Actor writer = Actor::Start();
  writer.Call([pid = ns.init.pid()] { return NEED_SYS(Sys(SYS_setns, Sys(SYS_pidfd_open, pid, 0), CLONE_NEWPID)); });
  Actor inside = writer.Fork();
  seen.Put("write", Said(inside.Call([file] {
             const long written = Sys(SYS_write, file, "1", 1);
             return written == 1 ? 0 : written;
           })));
  ns.init.Call([seen] {
    seen.Put("first", Wait(3));
    seen.Put("second", Wait(4));
  });
  seen.Put("init", ns.init.Condition());
}

BEHAVIOUR(Cgroups, KillFromOutsideKillsInit, "CG-02", "cgroup.kill written outside of the namespace kills its init.", "cgroup-v2.rst, cgroup.kill", "5.14", {{"write", "0"}, {"status", "killed(SIGKILL)"}}) {
  const Cgroup cgroup = Cgroup::Version2(seen);
  Namespace ns;
  cgroup.Add(ns.init.pid());
  seen.Put("write", Said(cgroup.Write("cgroup.kill", "1")));
  seen.Put("status", ns.init.Reap());
}

BEHAVIOUR(Cgroups, KillReachesAFrozenInit, "CG-03", "SIGKILL from an ancestor ends an init that is frozen by the version 2 freezer.", "cgroup-v2.rst, cgroup.freeze", "5.2",
          {{"freeze", "0"}, {"frozen", true}, {"status", "killed(SIGKILL)"}}) {
  const Cgroup cgroup = Cgroup::Version2(seen);
  Namespace ns;
  cgroup.Add(ns.init.pid());
  seen.Put("freeze", Said(cgroup.Write("cgroup.freeze", "1")));
  seen.Put("frozen", Eventually([&] { return ReadFile(cgroup.path() + "/cgroup.events").find("frozen 1") != std::string::npos; }));
  ns.init.Kill(SIGKILL);
  seen.Put("status", ns.init.Reap());
}

BEHAVIOUR(Cgroups, OutOfMemoryKillsInit, "CG-04", "An init over its cgroup's memory limit is killed, and the whole namespace with it: the out-of-memory killer's SIGKILL is forced.",
          "mm/oom_kill.c __oom_kill_process(); otherwise than pid_namespaces(7) has it (protected)", "2.6.30", {{"status", "killed(SIGKILL)"}, {"member", "gone"}}) {
  const Cgroup cgroup = Cgroup::WithController(seen, "memory");
  const char* limit = cgroup.version() == 2 ? "memory.max" : "memory.limit_in_bytes";
  NEED_SYS(cgroup.Write(limit, "33554432"));
  cgroup.Write("memory.swap.max", "0");  // where swap is accounted for
  Namespace ns;
  cgroup.Add(ns.init.pid());
  ns.init.Begin([] {
    constexpr size_t kSize = 256 << 20;
    char* memory = static_cast<char*>(::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    NEED(memory != MAP_FAILED);
    ::mlock(memory, kSize);  // may be refused; not to be swapped out is all that it is for
    for (size_t i = 0; i < kSize; i += 4096) memory[i] = 1;
  });
  const pid_t member = ns.member.pid();
  seen.Put("status", ns.init.Reap());
  seen.Put("member", StateOf(member));
}

BEHAVIOUR(Cgroups, PidsLimitCountsInit, "CG-05", "Under pids.max 3 an init can fork twice, then fork(2) says EAGAIN: the init is one of the three.", "cgroup-v2.rst, pids.max", "4.3", {{"forks", 2}, {"then", "EAGAIN"}}) {
  const Cgroup cgroup = Cgroup::WithController(seen, "pids");
  NEED_SYS(cgroup.Write("pids.max", "3"));
  Actor init = Actor::Start(CLONE_NEWPID);
  cgroup.Add(init.pid());
  init.Call([seen] {
    int forks = 0;
    long pid = 0;
    while (forks < 10 && (pid = Sys(SYS_clone, SIGCHLD, 0, 0, 0, 0)) >= 0) {
      if (pid == 0) {
        for (;;) ::pause();
      }
      ++forks;
    }
    seen.Put("forks", forks);
    seen.Put("then", Said(pid));
  });
}

std::string PathInVersion2(const std::string& file) {
  const std::string text = "\n" + ReadFile(file);
  const size_t at = text.find("\n0::");
  return at == std::string::npos ? "none" : text.substr(at + 4, text.find('\n', at + 1) - at - 4);
}

BEHAVIOUR(Cgroups, NamespaceMakesTheOwnPathTheRoot, "CG-06", "After unshare(CLONE_NEWCGROUP) an init reads \"/\" as the path of its own cgroup.", "cgroup_namespaces(7)", "4.6", {{"before", "the cgroup"}, {"unshare", "0"}, {"after", "/"}}) {
  const Cgroup cgroup = Cgroup::Version2(seen);
  Namespace ns;
  cgroup.Add(ns.init.pid());
  const std::string name = cgroup.path().substr(cgroup.path().rfind('/'));
  const std::string before = PathInVersion2("/proc/" + std::to_string(ns.init.pid()) + "/cgroup");
  seen.Put("before", before.size() >= name.size() && before.substr(before.size() - name.size()) == name ? "the cgroup" : before);
  ns.init.Call([seen] {
    seen.Put("unshare", Said(Sys(SYS_unshare, CLONE_NEWCGROUP)));
    seen.Put("after", PathInVersion2("/proc/self/cgroup"));
  });
}

BEHAVIOUR(Cgroups, AnInitCanBeBornInOne, "CG-07", "clone3(2) with CLONE_INTO_CGROUP and CLONE_NEWPID makes an init that is in the cgroup from its first instruction on.", "clone(2), CLONE_INTO_CGROUP", "5.7",
          {{"its number", 1}, {"its cgroup", "the cgroup"}}) {
  const Cgroup cgroup = Cgroup::Version2(seen);
  const int folder = static_cast<int>(NEED_SYS(Checked(::open(cgroup.path().c_str(), O_DIRECTORY | O_RDONLY | O_CLOEXEC))));
  struct clone_args args;
  memset(&args, 0, sizeof args);
  args.flags = CLONE_NEWPID | 0x200000000ull;  // CLONE_INTO_CGROUP
  args.exit_signal = SIGCHLD;
  args.cgroup = static_cast<unsigned>(folder);
  const std::string name = cgroup.path().substr(cgroup.path().rfind('/'));
  const long pid = NEED_SYS(Sys(SYS_clone3, &args, sizeof args));
  if (pid == 0) {
    const std::string mine = PathInVersion2("/proc/self/cgroup");
    seen.Put("its number", Sys(SYS_getpid));
    seen.Put("its cgroup", mine.size() >= name.size() && mine.substr(mine.size() - name.size()) == name ? "the cgroup" : mine);
    ::_exit(0);
  }
  Wait(static_cast<pid_t>(pid));
}

}  // namespace
}  // namespace foster
