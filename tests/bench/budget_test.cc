// SPDX-License-Identifier: Apache-2.0
// What foster may cost, in figures that are the same on a busy machine and a quiet one. Who exceeds one has made every start of every container
// dearer: find out why first, and raise it only where it is worth that. Page faults and resident pages grow when something new runs in every
// life and lies outside of what init/hot.ld lays together: run tests/bench/order_functions then.
#include <errno.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/meter/process.h"
#include "tests/bench/meter/steps.h"

namespace foster::bench {
namespace {

constexpr char kFoster[] = "init/foster";
constexpr char kStamp[] = "tests/bench/stamp";
constexpr char kWorkload[] = "tests/bench/workload";

// An errno where this machine does not let us do that, else 0.
int MayMakePidNamespace() {
  const long pid = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, nullptr, nullptr, nullptr, 0UL);
  if (pid == 0) _exit(0);
  if (pid < 0) return errno;
  waitpid(static_cast<pid_t>(pid), nullptr, 0);
  return 0;
}

int MayTrace() {
  const pid_t pid = fork();
  if (pid == 0) _exit(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0 ? 0 : errno);
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

class Budget : public testing::Test {
 protected:
  void SetUp() override {
    if (MayMakePidNamespace() != 0) GTEST_SKIP() << "PID namespaces cannot be made here (CAP_SYS_ADMIN)";
    if (MayTrace() != 0) GTEST_SKIP() << "ptrace is not allowed here";
  }
};

TEST_F(Budget, FromExecToExecAsPid1) {
  const Counted counted = CountSteps({"foster", {kFoster, kStamp}}, true);
  EXPECT_LE(counted.system_calls, 19);
  EXPECT_LE(counted.instructions, 6'000);
  EXPECT_LE(counted.code_pages.size(), 8u);
  EXPECT_LE(counted.page_faults, 2);
}

TEST_F(Budget, FromExecToExecAsAPlainProcess) {
  const Counted counted = CountSteps({"foster", {kFoster, "--", kStamp}}, false);
  EXPECT_LE(counted.system_calls, 20);
  EXPECT_LE(counted.instructions, 6'500);
  EXPECT_LE(counted.code_pages.size(), 9u);
  EXPECT_LE(counted.page_faults, 3);
}

// What comes before it is lost: for PID 1 of a namespace the kernel drops a signal that is neither blocked nor handled.
TEST_F(Budget, TheFirstSystemCallBlocksSignalsWithinTenInstructions) {
  const Counted counted = CountSteps({"foster", {kFoster, kStamp}}, true);
  EXPECT_EQ(counted.deaf_system_calls, 0);
  EXPECT_LE(counted.deaf_instructions, 10);
}

// tini-static has 708 080 bytes in Debian 12.
TEST(BudgetOfBytes, TheBinaryIsAtMost256Kilobytes) {
  struct stat file;
  ASSERT_EQ(stat(kFoster, &file), 0);
  EXPECT_LE(file.st_size, 262'144);
}

// tini-static needs 696 kB.
TEST_F(Budget, IdleMemoryIsATenthOfTiniStatic) {
  const Contestant who = {"foster", {kFoster, kWorkload, "sleep"}};
  LaunchSpec spec;
  spec.who = &who;
  Talking talking(spec);
  talking.Hear();
  // Its last deeds before it sleeps come after the workload's first word.
  while (ReadFile("/proc/" + std::to_string(talking.pid()) + "/stat").find(") S ") == std::string::npos) usleep(1'000);
  std::map<std::string, int64_t> memory = ReadMemory(talking.pid());
  if (memory["Rss"] == 0) GTEST_SKIP() << "this kernel has no /proc/PID/smaps_rollup";
  EXPECT_LE(memory["Rss"], 69);
  EXPECT_LE(memory["RssAnon"], 24);
  EXPECT_LE(memory["VmPTE"], 32);
}

}  // namespace
}  // namespace foster::bench
