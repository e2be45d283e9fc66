// SPDX-License-Identifier: Apache-2.0
// The contract's section "Orphans".
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/util/foster_process.h"
#include "tests/util/proc.h"
#include "tests/util/setting.h"

namespace foster {
namespace {

class Orphans : public InSetting {
 protected:
  // Runs a workload that makes orphans and says "made"; foster must then have no child but the workload.
  void AreGoneAfter(const std::vector<std::string>& act) {
    FosterProcess foster({.setting = GetParam(), .command = Act(act)});
    const pid_t parent = foster.parent_of_workload();
    const pid_t workload = foster.workload();
    foster.WaitFor("made");
    EXPECT_TRUE(Eventually([&] { return ChildrenOf(parent) == std::vector<pid_t>{workload}; })) << ChildrenOf(parent).size() << " are left";
    foster.Signal(SIGTERM);
    EXPECT_EQ(foster.Wait(), 0);
  }
};
IN_EVERY_SETTING(Orphans);

TEST_P(Orphans, AreReapedWhoeverTheirParentWas) { AreGoneAfter({"orphans", "50"}); }

TEST_P(Orphans, AreReapedHoweverManyComeTogether) { AreGoneAfter({"crowd", "1500"}); }

TEST_P(Orphans, ThatNobodyWaitedForAreReapedWhenTheyComeToFoster) {
  FosterProcess foster({.setting = GetParam(), .command = Act({"zombie"})});
  foster.WaitFor("ready");
  const pid_t parent = foster.parent_of_workload();
  const pid_t workload = foster.workload();
  foster.CloseInput();
  foster.WaitFor("made");
  EXPECT_TRUE(Eventually([&] { return ChildrenOf(parent) == std::vector<pid_t>{workload}; }));
  foster.Signal(SIGTERM);
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(Orphans, ThatWereThereBeforeFosterAreReaped) {
  // As if a shell script had exec'ed foster, with children that have ended, and one that has not.
  FosterProcess foster({.setting = GetParam(), .command = Act({"hold"}), .before_exec = [] {
                          for (int i = 0; i < 3; ++i) {
                            const pid_t child = fork();
                            if (child == 0) _exit(0);
                            siginfo_t info;
                            waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
                          }
                        }});
  foster.WaitFor("ready");
  EXPECT_TRUE(Eventually([&] { return ChildrenOf(foster.pid()).size() == 1; })) << "three zombies and the workload";
  foster.CloseInput();
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(Orphans, ComeToFosterByItself) {
  FosterProcess foster({.setting = GetParam(), .options = {"--grace=forever"}, .command = Act({"leave", "linger", "5"})});
  const pid_t parent = foster.parent_of_workload();
  const std::string number = std::to_string(parent);
  EXPECT_TRUE(Eventually([&] {
    const std::vector<pid_t> children = ChildrenOf(parent);
    return children.size() == 1 && StatusField(children[0], "PPid") == number && StateOf(children[0]) == "S";
  }));
  foster.CloseInput();
  EXPECT_EQ(foster.WaitFor("lingered"), "lingered");
  EXPECT_EQ(foster.Wait(), 5);
}

// A hundred thousand of them, each by a fork of its own.
class OrphanStorm : public InSetting {};
INSTANTIATE_TEST_SUITE_P(, OrphanStorm,
                         testing::Values(Setting{Role::kInit, Reaper::kKernel}, Setting{Role::kInit, Reaper::kWait},
                                         Setting{Role::kPlain, Reaper::kKernel}),
                         [](const testing::TestParamInfo<Setting>& info) { return NameOf(info.param); });

// How many orphans make a storm: 100 000, or as $FOSTER_ORPHANS says where a processor is emulated and takes a hundred times as long.
std::string Storm() {
  const char* fewer = getenv("FOSTER_ORPHANS");
  return fewer != nullptr ? fewer : "100000";
}

TEST_P(OrphanStorm, LeavesNoZombieAndCostsNothingWhereTheKernelReaps) {
  FosterProcess foster({.setting = GetParam(), .command = Act({"orphans", Storm()})});
  const pid_t pid = foster.pid();
  const pid_t workload = foster.workload();
  // Nanoseconds on a processor, time waiting for one, number of times on one.
  const auto usage = [&] { return ReadFile("/proc/" + std::to_string(pid) + "/schedstat"); };
  // Its start is over when it has its filter of system calls, if there is to be one.
  const auto started = [&] { return StatusField(pid, "NoNewPrivs") != "1" || StatusField(pid, "Seccomp") != "0"; };
  const auto sleeps = [&] { return started() && StateOf(pid) == "S" && ReadFile("/proc/" + std::to_string(pid) + "/cwd").empty() && ReadLink("/proc/" + std::to_string(pid) + "/cwd") == "/"; };
  ASSERT_TRUE(Eventually(sleeps));
  // Asleep in its loop, and with its start behind it: two looks that agree.
  std::string before = usage();
  ASSERT_TRUE(Eventually([&] {
    const std::string again = usage();
    const bool same = again == before && sleeps();
    before = again;
    return same;
  }) || reaper() == Reaper::kWait);
  foster.WaitFor("made");
  EXPECT_TRUE(Eventually([&] { return ChildrenOf(pid) == std::vector<pid_t>{workload}; }));
  const std::string after = usage();
  RecordProperty("before", before);
  RecordProperty("after", after);
  if (reaper() == Reaper::kKernel) {
    if (before.empty()) GTEST_SKIP() << "no zombie was left; this kernel does not tell of processor time (/proc/PID/schedstat)";
    EXPECT_EQ(after, before) << "nanoseconds on a processor, nanoseconds waiting for one, times on one";
  }
  foster.Signal(SIGTERM);
  EXPECT_EQ(foster.Wait(), 0);
}

}  // namespace
}  // namespace foster
