// SPDX-License-Identifier: Apache-2.0
// The utilities themselves: what they promise to the tests that stand on them.
#include <linux/capability.h>
#include <stdlib.h>

#include "gtest/gtest.h"
#include "tests/util/actor.h"
#include "tests/util/facts.h"
#include "tests/util/gate.h"
#include "tests/util/kernel.h"
#include "tests/util/matchers.h"
#include "tests/util/proc.h"
#include "tests/util/sandbox.h"
#include "tests/util/signals.h"
#include "tests/util/spawn.h"

namespace foster {
namespace {

#define SKIP_WITHOUT_ADMIN() \
  if (!HaveCapability(CAP_SYS_ADMIN)) GTEST_SKIP() << "needs CAP_SYS_ADMIN to make namespaces"

TEST(Sys, TellsErrorsAsNegatedNumbersAndByName) {
  EXPECT_THAT(Sys(SYS_kill, Sys(SYS_getpid), 0), SyscallSucceeds());
  EXPECT_THAT(Sys(SYS_kill, Sys(SYS_getpid), 99), SyscallFailsWithErrno(EINVAL));
  EXPECT_EQ(Said(-EPERM), "EPERM");
  EXPECT_EQ(Said(17), "17");
}

TEST(Facts, AreSharedWithChildrenAndTheLastOfANameCounts) {
  Facts seen = Facts::Make();
  Child child = Child::Start([&] {
    seen.Put("number", 1);
    seen.Put("number", 2);
    return 0;
  });
  EXPECT_THAT(child.Wait(), ExitedWith(0));
  EXPECT_EQ(seen.Get("number"), "2");
  EXPECT_EQ(seen.Get("another"), "(not seen)");
  EXPECT_EQ(seen.All().size(), 1u);
  seen.Release();
}

TEST(Facts, KeepTheNeedThatWasNotMet) {
  Facts seen = Facts::Make();
  Child child = Child::Start([&] {
    Facts::SetCurrent(seen);
    NEED_SYS(Sys(SYS_kill, 1, 99));
    return 0;
  });
  EXPECT_THAT(child.Wait(), ExitedWith(kNeedFailed));
  EXPECT_NE(seen.failure().find("SYS_kill, 1, 99): EINVAL"), std::string::npos) << seen.failure();
  seen.Release();
}

TEST(Child, EndsWithItsObject) {
  pid_t pid = 0;
  {
    Child child = Child::Start([] { return ::pause(); });
    pid = child.pid();
    EXPECT_THAT(Sys(SYS_kill, pid, 0), SyscallSucceeds());
  }
  EXPECT_THAT(Sys(SYS_kill, pid, 0), SyscallFailsWithErrno(ESRCH));
}

TEST(Child, EndsWithItsParent) {
  Facts seen = Facts::Make();
  Child parent = Child::Start([&] {
    Child child = Child::Start([] { return ::pause(); });
    seen.Put("child", child.pid());
    Sys(SYS_kill, Sys(SYS_getpid), SIGKILL);
    return 0;
  });
  EXPECT_THAT(parent.Wait(), DiesOf(SIGKILL));
  const pid_t child = atoi(seen.Get("child").c_str());
  EXPECT_TRUE(Eventually([child] { return StateOf(child) == "gone" || StateOf(child) == "Z"; }));
  seen.Release();
}

TEST(RunAsInit, GivesTheStatusOfPidOne) {
  SKIP_WITHOUT_ADMIN();
  const InitResult result = RunAsInit([] { return Sys(SYS_getpid) == 1 ? 42 : 1; });
  EXPECT_EQ(result.error, 0);
  EXPECT_THAT(result.status, ExitedWith(42));
}

TEST(Gate, LetsOneThroughForEachOpening) {
  const Gate there, back;
  Child child = Child::Start([&] {
    there.Wait();
    back.Open();
    return 0;
  });
  EXPECT_FALSE(back.TryWait());
  there.Open();
  back.Wait();
  EXPECT_FALSE(there.TryWait());
  EXPECT_THAT(child.Wait(), ExitedWith(0));
}

TEST(ScopedSignalMask, CoversAllSixtyFourAndIsPutBack) {
  const SignalSet before = SignalField(0 + static_cast<pid_t>(Sys(SYS_getpid)), "SigBlk");
  {
    const ScopedSignalMask mask(SetOf(SIGUSR1, 32, 33, 34, 64));
    EXPECT_EQ(SignalField(static_cast<pid_t>(Sys(SYS_getpid)), "SigBlk"), SetOf(SIGUSR1, 32, 33, 34, 64));
    Raise(33);
    EXPECT_EQ(PendingSignals(), SetOf(33));
    EXPECT_EQ(TakeSignal(SetOf(33)), 33);
  }
  EXPECT_EQ(SignalField(static_cast<pid_t>(Sys(SYS_getpid)), "SigBlk"), before);
}

TEST(ScopedDisposition, IsPutBack) {
  KernelAction before, now;
  SetAction(33, KernelAction(), &before);
  SetAction(33, before);  // whatever it was that this test was started with
  {
    KernelAction ignore;
    ignore.handler = SIG_IGN;
    const ScopedDisposition ignored(33, ignore);
    SetAction(33, ignore, &now);
    EXPECT_EQ(now.handler, SIG_IGN);
  }
  SetAction(33, before, &now);
  EXPECT_EQ(now.handler, before.handler);
}

// Runs what follows in a sandbox and gives back what it saw.
class InSandbox {
 public:
  explicit InSandbox(const std::function<void(Facts)>& experiment) : seen_(Facts::Make()), result_(RunInSandbox(experiment, seen_)) {
    EXPECT_EQ(result_.refused, "");
    EXPECT_EQ(result_.driver, "exited(0)") << seen_.failure();
  }
  ~InSandbox() { seen_.Release(); }
  std::string operator[](const char* name) const { return seen_.Get(name); }

 private:
  Facts seen_;
  SandboxResult result_;
};

TEST(Sandbox, RunsItsDriverAsAnOrdinaryMember) {
  SKIP_WITHOUT_ADMIN();
  const InSandbox seen([](Facts seen) {
    seen.Put("pid", Sys(SYS_getpid));
    seen.Put("parent", Sys(SYS_getppid));
    seen.Put("self", ReadLink("/proc/self"));
    seen.Put("folder", WriteFile(SandboxFolder() + "/x", "") == -ENOENT);
    seen.Put("blocked", SignalField(2, "SigBlk") == 0);
  });
  EXPECT_EQ(seen["pid"], "2");
  EXPECT_EQ(seen["parent"], "1");
  EXPECT_EQ(seen["self"], "2");
  EXPECT_EQ(seen["folder"], "yes");
  EXPECT_EQ(seen["blocked"], "yes");
}

TEST(Actor, RunsWhatItIsToldWhereItIs) {
  SKIP_WITHOUT_ADMIN();
  const InSandbox seen([](Facts seen) {
    Actor init = Actor::Start(CLONE_NEWPID);
    Actor member = init.Fork();
    seen.Put("init", init.Call([] { return Sys(SYS_getpid); }));
    seen.Put("member", member.Call([] { return Sys(SYS_getpid); }));
    seen.Put("member's parent", member.Call([] { return Sys(SYS_getppid); }));
    seen.Put("by the driver's number", StatusField(member.pid(), "NSpid") == std::to_string(member.pid()) + "\t2");
    seen.Put("member ends in an act", Said(member.Call([]() -> long { _exit(3); })));
    seen.Put("status", init.Call([] {
      int status = 0;
      WaitFor(2, 0, &status);
      return status;
    }));
    seen.Put("dead", member.Condition());
    seen.Put("alive", init.Condition());
    init.Kill(SIGKILL);
    seen.Put("killed", init.Reap());
  });
  EXPECT_EQ(seen["init"], "1");
  EXPECT_EQ(seen["member"], "2");
  EXPECT_EQ(seen["member's parent"], "1");
  EXPECT_EQ(seen["by the driver's number"], "yes");
  EXPECT_EQ(seen["member ends in an act"], "gone");
  EXPECT_EQ(seen["status"], std::to_string(3 << 8));
  EXPECT_EQ(seen["dead"], "dead");
  EXPECT_EQ(seen["alive"], "alive");
  EXPECT_EQ(seen["killed"], "killed(SIGKILL)");
}

TEST(Spawn, GivesTheCLibraryTheRightThread) {
  SKIP_WITHOUT_ADMIN();
  const InitResult result = RunAsInit([] {
    RecordSignal(SIGUSR1);
    ::raise(SIGUSR1);
    return Recorded(SIGUSR1).count;
  });
  EXPECT_THAT(result.status, ExitedWith(1));
}

TEST(KernelAtLeast, ComparesNumbersNotText) {
  EXPECT_TRUE(KernelAtLeast(2, 6));
  EXPECT_FALSE(KernelAtLeast(99, 0));
  int major = 0, minor = 0;
  EXPECT_TRUE(VersionOf("5.10 (x)", &major, &minor));
  EXPECT_EQ(minor, 10);
  EXPECT_FALSE(VersionOf("all", &major, &minor));
}

}  // namespace
}  // namespace foster
