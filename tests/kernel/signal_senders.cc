// SPDX-License-Identifier: Apache-2.0
// Who sent a signal, as the handler of a namespace's init is told, and how far that can be believed.
#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/util/signals.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

// What `actor` has recorded of `signo`, as facts.
void PutDelivery(Actor& actor, Facts seen, int signo) {
  actor.Call([=] {
    const Delivery delivery = Recorded(signo);
    seen.Put("count", delivery.count);
    seen.Put("si_pid", delivery.pid);
    seen.Put("si_uid", delivery.uid);
    seen.Put("si_code", delivery.code);
    seen.Put("si_value", delivery.value);
  });
}

BEHAVIOUR(SignalSenders, AnAncestorHasNumberZero, "SIG-09", "The handler of an init that is signalled by an ancestor sees si_pid 0: the sender has no number here.",
          "pid_namespaces(7), The namespace init process", "2.6.30", {{"count", 1}, {"si_pid", 0}, {"si_code", SI_USER}}) {
  Namespace ns;
  ns.init.Call([] { RecordSignal(SIGTERM); });
  ns.init.Kill(SIGTERM);
  PutDelivery(ns.init, seen, SIGTERM);
}

BEHAVIOUR(SignalSenders, AMemberHasItsOwnNumber, "SIG-10", "Signalled by a member, it sees the member's number in the namespace.", "sigaction(2), si_pid", "2.6.24",
          {{"count", 1}, {"si_pid", 2}, {"si_code", SI_USER}}) {
  Namespace ns;
  ns.init.Call([] { RecordSignal(SIGTERM); });
  ns.member.Call([] { return Sys(SYS_kill, 1, SIGTERM); });
  PutDelivery(ns.init, seen, SIGTERM);
}

BEHAVIOUR(SignalSenders, AValueComesThroughFromAnAncestor, "SIG-11", "sigqueue(3) from an ancestor keeps its value; si_pid is 0 as with kill(2).", "kernel/signal.c send_signal_locked()", "2.6.30",
          {{"count", 1}, {"si_pid", 0}, {"si_code", SI_QUEUE}, {"si_value", 77}}) {
  Namespace ns;
  ns.init.Call([] { RecordSignal(SIGUSR1); });
  NEED_SYS(QueueInfo(ns.init.pid(), SIGUSR1, SI_QUEUE, static_cast<pid_t>(Sys(SYS_getpid)), 0, 77));
  PutDelivery(ns.init, seen, SIGUSR1);
}

BEHAVIOUR(SignalSenders, AnAncestorsInventedPidIsRubbedOut, "SIG-12",
          "What an ancestor writes into si_pid is replaced by 0 on the way into the namespace; what it writes into si_uid arrives.", "kernel/signal.c send_signal_locked()", "4.20",
          {{"count", 1}, {"si_pid", 0}, {"si_uid", 99}}) {
  Namespace ns;
  ns.init.Call([] { RecordSignal(SIGUSR1); });
  NEED_SYS(QueueInfo(ns.init.pid(), SIGUSR1, SI_QUEUE, 4242, 99));
  PutDelivery(ns.init, seen, SIGUSR1);
}

BEHAVIOUR(SignalSenders, AMembersInventedPidIsBelieved, "SIG-13",
          "A member can write any si_pid and si_uid into a signal (with a negative si_code): these prove nothing about who sent it.", "rt_sigqueueinfo(2)", "2.6.24",
          {{"call", "0"}, {"count", 1}, {"si_pid", 4242}, {"si_uid", 99}, {"si_code", SI_QUEUE}}) {
  Namespace ns;
  ns.init.Call([] { RecordSignal(SIGUSR1); });
  seen.Put("call", Said(ns.member.Call([] { return QueueInfo(1, SIGUSR1, SI_QUEUE, 4242, 99); })));
  PutDelivery(ns.init, seen, SIGUSR1);
}

// In the driver's process group, which has no number inside: getpgid(0) is 0 there, and kill(0, …) means that group all the same.
void LeakToTheGroup(Facts seen, long (*send)()) {
  RecordSignal(SIGUSR1);
  Namespace ns;
  seen.Put("getpgid(0) inside", ns.init.Call([] { return Sys(SYS_getpgid, 0); }));
  seen.Put("call", Said(ns.init.Call([send] { return send(); })));
  const Delivery delivery = Recorded(SIGUSR1);
  seen.Put("outside got", delivery.count);
  seen.Put("si_pid names", delivery.pid == 1 ? "the number inside" : delivery.pid == ns.init.pid() ? "the number outside" : std::to_string(delivery.pid));
}

// Linux 7.3 has the sender filled in for each receiver (SEND_SIG_NOINFO); before, the sender fills it in once, by its own numbers.
BEHAVIOUR(SignalSenders, KillZeroReachesOutOfTheNamespace, "SIG-34",
          "kill(0, …) by an init that has made no session or group of its own reaches the members of its group outside of the namespace; up to Linux 7.2 their si_pid is the sender's number inside, from 7.3 on the one outside.",
          "kernel/signal.c kill_something_info(); otherwise than pid_namespaces(7) has it (only processes of its own namespace), and sigaction(2) (si_pid)", "2.6.24",
          {{"getpgid(0) inside", 0}, {"call", "0"}, {"outside got", 1}, {"si_pid names", Since(7, 3, "the number outside", "the number inside")}}) {
  LeakToTheGroup(seen, [] { return Sys(SYS_kill, 0, SIGUSR1); });
}

BEHAVIOUR(SignalSenders, KillpgZeroReachesOutOfTheNamespace, "SIG-44", "killpg(0, …), which is the C library's name for it, reaches out as kill(0, …) does.", "killpg(3); kernel/signal.c kill_something_info()", "2.6.24",
          {{"call", "0"}, {"outside got", 1}}) {
  LeakToTheGroup(seen, [] { return Checked(::killpg(0, SIGUSR1)); });
}

BEHAVIOUR(SignalSenders, KillEverybodyStaysInTheNamespace, "SIG-43", "kill(-1, …) by a member reaches nobody outside, although its process group has members there.", "kill(2); kernel/signal.c kill_something_info()",
          "2.6.24", {{"getpgrp() inside", 0}, {"call", "0"}, {"outside got", 0}, {"sibling got", 1}}) {
  RecordSignal(SIGUSR1);
  Namespace ns;
  Actor sibling = ns.init.Fork();
  sibling.Call([] { RecordSignal(SIGUSR1); });
  seen.Put("getpgrp() inside", ns.member.Call([] { return Sys(SYS_getpgid, 0); }));
  seen.Put("call", Said(ns.member.Call([] { return Sys(SYS_kill, -1, SIGUSR1); })));
  seen.Put("sibling got", sibling.Call([] { return Recorded(SIGUSR1).count; }));
  seen.Put("outside got", Recorded(SIGUSR1).count);
}

BEHAVIOUR(SignalSenders, KillEverybodyByInitSparesItself, "SIG-26", "kill(-1, SIGKILL) by an init kills everybody else in the namespace and not itself; when nobody is left it says ESRCH.",
          "kill(2); kernel/signal.c kill_something_info()", "2.6.24", {{"call", "0"}, {"children killed", 3}, {"alone", "ESRCH"}, {"status", "exited(3)"}}) {
  Namespace ns;
  Actor second = ns.init.Fork();
  Actor third = ns.init.Fork();
  seen.Put("call", Said(ns.init.Call([] { return Sys(SYS_kill, -1, SIGKILL); })));
  seen.Put("children killed", ns.init.Call([] {
    long killed = 0;
    for (int i = 0; i < 3; ++i) killed += Wait(-1) == "killed(SIGKILL)";
    return killed;
  }));
  seen.Put("alone", Said(ns.init.Call([] { return Sys(SYS_kill, -1, 0); })));
  ns.init.Exit(3);
  seen.Put("status", ns.init.Reap());
}

BEHAVIOUR(SignalSenders, KillEverybodyByAMemberSparesInitAndItself, "SIG-27", "kill(-1, SIGKILL) by a member kills its siblings, and neither itself nor the init.", "kill(2); kernel/signal.c kill_something_info()", "2.6.28",
          {{"call", "0"}, {"caller", "alive"}, {"sibling", "killed(SIGKILL)"}, {"init", "alive"}}) {
  Namespace ns;
  Actor sibling = ns.init.Fork();
  seen.Put("call", Said(ns.member.Call([] { return Sys(SYS_kill, -1, SIGKILL); })));
  ns.init.Call([seen, pid = sibling.own_pid()] { seen.Put("sibling", Wait(pid)); });
  seen.Put("caller", ns.member.Condition());
  seen.Put("init", ns.init.Condition());
}

BEHAVIOUR(SignalSenders, KillEverybodyReachesNestedInits, "SIG-28", "kill(-1, SIGKILL) by a member of an outer namespace kills the inits of the namespaces inside of it, and spares its own.",
          "kernel/signal.c kill_something_info()", "2.6.30", {{"call", "0"}, {"nested init", "killed(SIGKILL)"}, {"outer init", "alive"}}) {
  Namespace ns;
  Actor nested = ns.init.Fork(CLONE_NEWPID);
  seen.Put("call", Said(ns.member.Call([] { return Sys(SYS_kill, -1, SIGKILL); })));
  ns.init.Call([seen] { seen.Put("nested init", Wait(3)); });
  seen.Put("outer init", ns.init.Condition());
}

BEHAVIOUR(SignalSenders, AGroupWithInitInItIsJudgedOneByOne, "SIG-39", "SIGTERM from an ancestor to a process group with an init in it kills the others and spares the init; SIGKILL kills the init too.",
          "kernel/signal.c __kill_pgrp_info()", "2.6.30",
          {{"SIGTERM", "0"}, {"child", "killed(SIGTERM)"}, {"init", "alive"}, {"SIGKILL", "0"}, {"init in the end", "killed(SIGKILL)"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Call([] { return NEED_SYS(Sys(SYS_setpgid, 0, 0)); });
  Actor child = init.Fork();
  seen.Put("SIGTERM", Said(Sys(SYS_kill, -init.pid(), SIGTERM)));
  init.Call([seen] { seen.Put("child", Wait(2)); });
  seen.Put("init", init.Condition());
  seen.Put("SIGKILL", Said(Sys(SYS_kill, -init.pid(), SIGKILL)));
  seen.Put("init in the end", init.Reap());
}

}  // namespace
}  // namespace foster
