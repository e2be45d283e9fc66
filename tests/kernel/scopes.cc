// SPDX-License-Identifier: Apache-2.0
// Other walls than the PID namespace's: Landlock's scope of signals, and what a cgroup namespace hides.
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>

#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/kernel/cgroup.h"
#include "tests/kernel/steps.h"
#include "tests/util/proc.h"
#include "tests/util/signals.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

// linux/landlock.h of 6.12.
struct LandlockRuleset {
  uint64_t handled_access_fs = 0;
  uint64_t handled_access_net = 0;
  uint64_t scoped = 1 << 1;  // LANDLOCK_SCOPE_SIGNAL
};

// Lets the caller and its children signal each other only. Skips where there is no Landlock.
void ScopeSignals(Facts seen) {
  const LandlockRuleset rules;
  const long file = Sys(kLandlockCreateRuleset, &rules, sizeof rules, 0);
  if (file < 0) seen.Skip("landlock_create_ruleset with a scope: " + Said(file) + " (Landlock is not built in, or not among the LSMs of this boot)");
  NEED_SYS(Sys(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  NEED_SYS(Sys(kLandlockRestrictSelf, file, 0));
}

BEHAVIOUR(Scopes, LandlockKeepsSignalsInItsDomain, "U-09", "A member that has scoped its signals by Landlock cannot signal the init, nor a sibling (EPERM); its own children it can.", "landlock(7), LANDLOCK_SCOPE_SIGNAL", "6.12",
          {{"init", "EPERM"}, {"sibling", "EPERM"}, {"its child", "0"}}) {
  Namespace ns;
  Actor sibling = ns.init.Fork();
  ns.member.Call([seen] { ScopeSignals(seen); });
  Actor child = ns.member.Fork();
  const auto signal = [](pid_t pid) { return Said(Sys(SYS_kill, pid, SIGCONT)); };
  ns.member.Call([=, sibling = sibling.own_pid(), child = child.own_pid()] {
    seen.Put("init", signal(1));
    seen.Put("sibling", signal(sibling));
    seen.Put("its child", signal(child));
  });
}

BEHAVIOUR(Scopes, LandlockStopsTheGroupSignalThatEscapes, "U-09b", "An init that has scoped its signals does not reach the outside members of its process group by kill(0, …), as it otherwise would.", "landlock(7), LANDLOCK_SCOPE_SIGNAL", "6.12", {{"outside got", 0}}) {
  RecordSignal(SIGUSR1);
  Namespace ns;
  ns.init.Call([seen] {
    ScopeSignals(seen);
    RecordSignal(SIGUSR1);
  });
  seen.Put("call", Said(ns.init.Call([] { return Sys(SYS_kill, 0, SIGUSR1); })));
  seen.Put("outside got", Recorded(SIGUSR1).count);
}

// The path of a process in the version 2 hierarchy, as its reader has it.
std::string PathOf(pid_t pid) {
  const std::string text = "\n" + ReadFile("/proc/" + std::to_string(pid) + "/cgroup");
  const size_t at = text.find("\n0::");
  return at == std::string::npos ? "(none)" : text.substr(at + 4, text.find('\n', at + 1) - at - 4);
}

BEHAVIOUR(Scopes, ACgroupNamespaceMakesItsRootTheTop, "CGNS-01", "Inside of a new cgroup namespace the cgroup in which it was made is /, and who is further up is at /..; outside nothing changes.", "cgroup_namespaces(7)", "4.6",
          {{"own path inside", "/"}, {"the driver's inside", "/.."}, {"the init's outside is /", false}}) {
  const Cgroup cgroup = Cgroup::Version2(seen);
  Actor init = Actor::Start(CLONE_NEWPID);
  cgroup.Add(init.pid());
  init.Call([] { return NEED_SYS(Sys(SYS_unshare, kCloneNewCgroup)); });
  init.Call([seen, own = init.pid(), driver = static_cast<pid_t>(Sys(SYS_getpid))] {
    seen.Put("own path inside", PathOf(own));
    // Where an engine has put the driver into a cgroup of its own, that one's name follows.
    seen.Put("the driver's inside", PathOf(driver).substr(0, 3));
  });
  seen.Put("the init's outside is /", PathOf(init.pid()) == "/");
}

}  // namespace
}  // namespace foster
