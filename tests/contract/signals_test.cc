// SPDX-License-Identifier: Apache-2.0
// The contract's section "Signals": passing on.
#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "os/signal_calls.h"
#include "tests/util/foster_process.h"
#include "tests/util/kernel.h"
#include "tests/util/proc.h"
#include "tests/util/setting.h"
#include "tests/util/temp_folder.h"

namespace foster {
namespace {

std::string Got(int signo) { return "got " + std::to_string(signo) + " "; }

class Signals : public InSetting {
 protected:
  Start Listening(const std::string& count, const std::vector<std::string>& options = {}) const {
    return {.setting = GetParam(), .options = options, .command = Act({"listen", count})};
  }
};
IN_EVERY_SETTING(Signals);

TEST_P(Signals, ArePassedOnWhateverTheirNumber) {
  FosterProcess foster(Listening("61"));
  foster.WaitFor("ready");
  for (int signo = 1; signo <= 64; ++signo) {
    if (signo == SIGKILL || signo == SIGSTOP || signo == SIGCHLD) continue;
    foster.Signal(signo);
    EXPECT_EQ(foster.NextLine().compare(0, Got(signo).size(), Got(signo)), 0) << "signal " << signo;
  }
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(Signals, KeepTheValueThatSigqueueGaveThem) {
  const struct {
    int signo, value;
  } kQueued[] = {{SIGUSR1, 4711}, {SIGTERM, -5}, {32, 1}, {33, 2}, {34, INT_MAX}, {40, INT_MIN}, {64, 0}, {SIGSEGV, 11}};
  FosterProcess foster(Listening(std::to_string(sizeof kQueued / sizeof kQueued[0])));
  foster.WaitFor("ready");
  for (const auto& queued : kQueued) {
    foster.Queue(queued.signo, queued.value);
    EXPECT_EQ(foster.NextLine().substr(0, 80).find(Got(queued.signo) + "code=-1 value=" + std::to_string(queued.value) + " "), 0u);
  }
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(Signals, OfRealTimeArriveEachAndInOrder) {
  FosterProcess foster(Listening("100"));
  foster.WaitFor("ready");
  for (int i = 0; i < 100; ++i) foster.Queue(35 + i / 50, i);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(foster.NextLine().find(Got(35 + i / 50) + "code=-1 value=" + std::to_string(i) + " "), 0u);
  }
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(Signals, FromTheWorkloadItselfComeBackToIt) {
  for (int signo : {SIGUSR1, SIGTERM, 40, 64}) {
    FosterProcess foster({.setting = GetParam(), .command = Act({"tell-parent", std::to_string(signo)})});
    EXPECT_EQ(foster.NextLine().find(Got(signo)), 0u);
    EXPECT_EQ(foster.Wait(), 0);
  }
}

TEST_P(Signals, ThatAskToStopArePassedOnAsOftenAsTheyCome) {
  FosterProcess foster(Listening("4"));
  foster.WaitFor("ready");
  for (int signo : {SIGTERM, SIGTERM, SIGINT, SIGTERM}) {
    foster.Signal(signo);
    EXPECT_EQ(foster.NextLine().find(Got(signo)), 0u);
  }
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(Signals, ThatFosterRaisedByItsOwnDoingAreNotPassedOn) {
  Start start = Listening("3", {"-vv"});
  FosterProcess foster(start);
  foster.WaitFor("ready");
  foster.CloseErrors();  // from here on each word of foster's raises SIGPIPE
  for (int signo : {SIGUSR1, SIGUSR2, SIGHUP}) {
    foster.Signal(signo);
    EXPECT_EQ(foster.NextLine().find(Got(signo)), 0u) << "and no SIGPIPE in between";
  }
  EXPECT_EQ(foster.Wait(), 0) << "a log without a reader ends nobody";
}

TEST_P(Signals, WithoutStdioAreStillPassedOn) {
  Start start = Listening("2", {"-vv"});
  start.with_stdio = false;
  // Blocked from the start, so that nothing depends on how far the workload is.
  start.before_exec = [] { SetSignalMask(kAllSignals); };
  FosterProcess foster(start);
  foster.Signal(SIGTERM);
  foster.Signal(SIGTTIN);
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(Signals, StopOnlyTheWorkload) {
  FosterProcess foster(Listening("7"));
  foster.WaitFor("ready");
  for (int signo : {SIGTSTP, SIGTTIN, SIGTTOU}) {
    foster.Signal(signo);
    EXPECT_EQ(foster.NextLine().find(Got(signo)), 0u);
    EXPECT_NE(StateOf(foster.pid()), "T");
    EXPECT_NE(StateOf(foster.parent_of_workload()), "T");
  }
  for (int signo : {SIGCONT, SIGTSTP, SIGCONT, SIGHUP}) foster.Signal(signo), foster.WaitFor(Got(signo));
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(Signals, ThatAskToStopWakeAStoppedWorkload) {
  for (const char* target : {"process", "group"}) {
    FosterProcess foster({.setting = GetParam(), .options = {std::string("--to=") + target}, .command = Act({"stop", "15", "9"})});
    foster.WaitFor("ready");
    const pid_t workload = foster.workload();
    ASSERT_TRUE(Eventually([&] { return StateOf(workload) == "T"; }));
    foster.Signal(SIGTERM);
    EXPECT_EQ(foster.Wait(), 9) << target;
  }
}

// In the new process, before exec: an ordinary user who may change users, but not signal those of others.
void BecomeOneWhoMayNotSignal() {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct sets[2] = {};
  sets[0].effective = sets[0].permitted = sets[0].inheritable = 1 << CAP_SETUID;
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setresgid(61234, 61234, 61234) != 0 || setresuid(61234, 61234, 61234) != 0 ||
      syscall(SYS_capset, &header, sets) != 0 || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SETUID, 0, 0) != 0) {
    _exit(97);
  }
}

TEST_P(Signals, ToAWorkloadThatMayNotBeKilledEndItAllTheSameWhereFosterIsInit) {
  if (role() != Role::kInit) GTEST_SKIP() << "only a namespace's init takes everybody with it";
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const TempFolder folder(true);
  FosterProcess foster({.setting = GetParam(), .options = {"--grace=10ms"}, .command = {folder.CopyOf(ActBinary()), "become", "61235"}, .before_exec = BecomeOneWhoMayNotSignal, .binary = folder.CopyOf(FosterBinary())});
  foster.WaitFor("ready");
  foster.Signal(SIGTERM);
  EXPECT_EQ(foster.Wait(), 128 + SIGKILL);
}

TEST_P(Signals, ToAWorkloadThatMayNotBeSignalledAreToldOfAndSurvived) {
  if (role() == Role::kWrapper) GTEST_SKIP() << "an ordinary user makes no PID namespace";
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const TempFolder folder(true);
  // foster is an ordinary user who may change users but not signal them, and so is the workload, which becomes another.
  FosterProcess foster({.setting = GetParam(),
                        .command = {folder.CopyOf(ActBinary()), "become", "61235"},
                        .before_exec = BecomeOneWhoMayNotSignal,
                        .binary = folder.CopyOf(FosterBinary())});
  foster.WaitFor("ready");
  for (int signo : {SIGUSR1, SIGTERM, 40}) foster.Signal(signo);
  foster.WaitForError("cannot pass on USR1: Operation not permitted");
  foster.WaitForError("cannot pass on TERM: Operation not permitted");
  foster.WaitForError("cannot pass on RTMIN+6: Operation not permitted");
  EXPECT_FALSE(foster.Ended());
  ASSERT_TRUE(SendSignal(foster.workload(), SIGKILL));
  EXPECT_EQ(foster.Wait(), 137);
}

class Target : public InSetting {
 protected:
  Start Together(const std::vector<std::string>& options) const {
    return {.setting = GetParam(), .options = options, .command = Act({"listen-together", "2"})};
  }
};
IN_EVERY_SETTING(Target);

TEST_P(Target, IsTheWorkloadAlone) {
  FosterProcess foster(Together({}));
  foster.WaitFor("ready");
  const std::vector<pid_t> members = ChildrenOf(foster.workload());
  ASSERT_EQ(members.size(), 2u);
  foster.Signal(SIGUSR1);
  EXPECT_EQ(foster.NextLine().find("got 10 "), 0u);
  // A signal with a higher number, sent directly: were there a lower one, it would be heard first.
  for (pid_t member : members) SendSignal(member, SIGUSR2);
  for (int i = 0; i < 2; ++i) EXPECT_NE(foster.NextLine().find(" got 12 "), std::string::npos);
  foster.Signal(SIGUSR1);
  EXPECT_EQ(foster.NextLine().find("got 10 "), 0u);
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(Target, IsTheProcessGroupWhereAskedFor) {
  for (const char* option : {"-g", "--to=group"}) {
    FosterProcess foster(Together({option}));
    foster.WaitFor("ready");
    const std::vector<pid_t> members = ChildrenOf(foster.workload());
    ASSERT_EQ(members.size(), 2u);
    foster.Signal(SIGUSR1);
    const std::string heard = foster.NextLine() + "\n" + foster.NextLine();
    EXPECT_NE(heard.find("child got 10 "), std::string::npos) << heard;
    EXPECT_TRUE(heard.find("got 10 ") == 0 || heard.find("\ngot 10 ") != std::string::npos) << heard;
    SendSignal(members[1], SIGUSR2);
    EXPECT_EQ(foster.NextLine().find("stranger got 12 "), 0u) << "the stranger heard nothing before";
    foster.Signal(SIGUSR1);
    EXPECT_EQ(foster.Wait(), 0);
  }
}

TEST_P(Target, IsEverybodyWhereAskedFor) {
  FosterProcess foster(Together({"--to=namespace"}));
  foster.WaitFor("ready");
  foster.Signal(SIGUSR1);
  const std::string heard = "\n" + foster.NextLine() + "\n" + foster.NextLine() + "\n" + foster.NextLine();
  for (const char* who : {"\ngot 10 ", "\nchild got 10 ", "\nstranger got 10 "}) {
    EXPECT_NE(heard.find(who), std::string::npos) << heard;
  }
  foster.Signal(SIGUSR1);
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(Target, ThatIsAGroupGetsTheValueToo) {
  if (!KernelAtLeast(6, 9)) GTEST_SKIP() << "a group is not signalled with a value before Linux 6.9";
  FosterProcess foster(Together({"-g"}));
  foster.WaitFor("ready");
  foster.Queue(40, 77);
  for (int heard = 0; heard < 2; ++heard) EXPECT_NE(foster.NextLine().find("got 40 code=-1 value=77 "), std::string::npos);
  foster.Signal(SIGUSR1);
  EXPECT_EQ(foster.Wait(), 0);
}

class Rewriting : public InSetting {};
IN_EVERY_SETTING(Rewriting);

TEST_P(Rewriting, PassesOnAnotherSignalInTheOnesPlace) {
  FosterProcess foster({.setting = GetParam(),
                        .options = {"--rewrite=TERM:QUIT", "--rewrite", "SIGHUP:usr1", "--rewrite=USR1:HUP", "--rewrite=RTMIN+1:RTMAX", "--rewrite=33:34"},
                        .command = Act({"listen", "5"})});
  foster.WaitFor("ready");
  const struct {
    int sent, heard;
  } kPairs[] = {{SIGTERM, SIGQUIT}, {SIGHUP, SIGUSR1}, {SIGUSR1, SIGHUP}, {35, 64}, {33, 34}};
  for (const auto& pair : kPairs) {
    foster.Queue(pair.sent, pair.sent);
    EXPECT_EQ(foster.NextLine().find(Got(pair.heard) + "code=-1 value=" + std::to_string(pair.sent) + " "), 0u) << "the value is kept";
  }
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(Rewriting, To0DropsASignal) {
  FosterProcess foster({.setting = GetParam(), .options = {"--rewrite=HUP:0", "--rewrite=TERM:0"}, .command = Act({"listen", "2"})});
  foster.WaitFor("ready");
  foster.Signal(SIGHUP);
  foster.Signal(SIGTERM);
  foster.Signal(SIGUSR1);
  EXPECT_EQ(foster.NextLine().find("got 10 "), 0u);
  foster.Signal(40);
  EXPECT_EQ(foster.NextLine().find("got 40 "), 0u);
  EXPECT_EQ(foster.Wait(), 0);
}

}  // namespace
}  // namespace foster
