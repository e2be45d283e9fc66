// SPDX-License-Identifier: Apache-2.0
// The contract's section "Limits": somebody of foster's user lowers its resource limits while it stands by (prlimit(2)).
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/util/foster_process.h"
#include "tests/util/proc.h"
#include "tests/util/setting.h"
#include "tests/util/temp_folder.h"

namespace foster {
namespace {

struct Limit {
  const char* name;
  int resource;
  rlim_t value;
};
// As low as each goes. RLIMIT_CPU has tests of its own; RLIMIT_RTTIME, RTPRIO and NICE are about who asked to be scheduled otherwise.
constexpr Limit kLimits[] = {
    {"NOFILE", RLIMIT_NOFILE, 0}, {"AS", RLIMIT_AS, 0},         {"DATA", RLIMIT_DATA, 0}, {"STACK", RLIMIT_STACK, 0},     {"RSS", RLIMIT_RSS, 0},
    {"NPROC", RLIMIT_NPROC, 0},   {"MEMLOCK", RLIMIT_MEMLOCK, 0}, {"FSIZE", RLIMIT_FSIZE, 0}, {"SIGPENDING", RLIMIT_SIGPENDING, 0}, {"CORE", RLIMIT_CORE, 0},
};

std::vector<pid_t> FostersOf(const FosterProcess& foster) {
  std::vector<pid_t> all = {foster.pid()};
  if (foster.parent_of_workload() != foster.pid()) all.push_back(foster.parent_of_workload());
  return all;
}

void Lower(const FosterProcess& foster, const Limit& limit) {
  const struct rlimit low = {limit.value, limit.value};
  for (pid_t pid : FostersOf(foster)) EXPECT_EQ(syscall(SYS_prlimit64, pid, limit.resource, &low, nullptr), 0) << strerror(errno);
}

class Limits : public InSetting {};
IN_EVERY_SETTING(Limits);

TEST_P(Limits, AreForAWorkloadOfTheSameUserToLower) {
  if (access("/usr/bin/prlimit", X_OK) != 0 || access("/bin/sh", X_OK) != 0) GTEST_SKIP() << "there is no prlimit(1) here, or no /bin/sh";
  FosterProcess foster({.setting = GetParam(), .command = {"/bin/sh", "-c", "prlimit --nofile=0:0 --pid $PPID && echo lowered && read line; exit 5"}});
  EXPECT_EQ(foster.WaitFor("lowered"), "lowered");
  foster.CloseInput();
  EXPECT_EQ(foster.Wait(), 5);
}

TEST_P(Limits, ThatAreLoweredKeepNoSignalAndNoExitStatusBack) {
  for (const Limit& limit : kLimits) {
    SCOPED_TRACE(limit.name);
    FosterProcess foster({.setting = GetParam(), .command = Act({"listen"})});
    foster.WaitFor("ready");
    Lower(foster, limit);
    for (int signo : {SIGHUP, SIGTERM, SIGUSR2}) {
      foster.Signal(signo);
      EXPECT_NE(foster.WaitFor("got " + std::to_string(signo) + " "), "(end)");
    }
    ASSERT_TRUE(SendSignal(foster.workload(), SIGKILL));
    EXPECT_EQ(foster.Wait(), 128 + SIGKILL);
  }
}

TEST_P(Limits, ThatAreLoweredKeepNoOrphanUnreaped) {
  for (const Limit& limit : kLimits) {
    SCOPED_TRACE(limit.name);
    FosterProcess foster({.setting = GetParam(), .command = Act({"zombie"})});
    foster.WaitFor("ready");
    const pid_t parent = foster.parent_of_workload();
    const pid_t workload = foster.workload();
    Lower(foster, limit);
    foster.CloseInput();
    foster.WaitFor("made");
    EXPECT_TRUE(Eventually([&] { return ChildrenOf(parent) == std::vector<pid_t>{workload}; }));
    foster.Signal(SIGTERM);
    EXPECT_EQ(foster.Wait(), 0);
  }
}

TEST_P(Limits, ThatAreLoweredKeepNobodyFromBeingAskedToGoAndThenKilled) {
  if (access("/bin/sh", X_OK) != 0) GTEST_SKIP() << "there is no /bin/sh here";
  for (const Limit& limit : kLimits) {
    // A plain process finds what is left by opening files of /proc.
    if (role() == Role::kPlain && limit.resource == RLIMIT_NOFILE) continue;
    SCOPED_TRACE(limit.name);
    {
      // It ends when what is left has gone, and that goes when it is asked.
      FosterProcess foster({.setting = GetParam(), .options = {"--grace=forever"}, .command = {"/bin/sh", "-c", ActBinary() + " handle 15 9 & read line; exit 4"}});
      foster.WaitFor("ready");
      Lower(foster, limit);
      foster.CloseInput();
      EXPECT_EQ(foster.Rest(), "");
      EXPECT_EQ(foster.Wait(), 4);
    }
    FosterProcess foster({.setting = GetParam(), .options = {"--grace=1ms"}, .command = {"/bin/sh", "-c", "(trap '' TERM; echo ready; exec sleep 1000) & read line; exit 4"}});
    foster.WaitFor("ready");
    Lower(foster, limit);
    foster.CloseInput();
    EXPECT_EQ(foster.Rest(), "");
    EXPECT_EQ(foster.Wait(), 4);
  }
}

TEST_P(Limits, ThatAreLoweredKeepNoWordOfTheWorkloadsUnheard) {
  for (const Limit& limit : kLimits) {
    SCOPED_TRACE(limit.name);
    const TempFolder folder;
    FosterProcess foster({.setting = GetParam(), .options = {"--ready=notify", "--watchdog=1h", "--status-file=" + folder.path() + "/status"}, .command = Act({"say-later", "READY=1"})});
    foster.WaitFor("at=");
    Lower(foster, limit);
    foster.Write("\n");
    EXPECT_EQ(foster.WaitFor("said"), "said");  // what was said before the barrier was heard
    const auto told = [&] { return ReadFile(folder.path() + "/status"); };
    // What is written to a file ends with RLIMIT_FSIZE, and nothing else does.
    if (limit.resource != RLIMIT_FSIZE) {
      EXPECT_TRUE(Eventually([&] { return told().find("\"ready\"") != std::string::npos; })) << told();
    }
    foster.CloseInput();
    EXPECT_EQ(foster.Wait(), 0);
    if (limit.resource != RLIMIT_FSIZE) {
      EXPECT_NE(told().find("\"exit\""), std::string::npos) << told();
    }
  }
}

TEST_P(Limits, OnDescriptorsPutOffAFurtherRun) {
  FosterProcess foster({.setting = GetParam(), .options = {"--restart=always", "--backoff=10ms..10ms"}, .command = Act({"hold"})});
  foster.WaitFor("ready");
  std::vector<struct rlimit> before;
  for (pid_t pid : FostersOf(foster)) {
    struct rlimit now = {};
    ASSERT_EQ(prlimit(pid, RLIMIT_NOFILE, nullptr, &now), 0);
    before.push_back(now);
    const struct rlimit low = {0, now.rlim_max};
    ASSERT_EQ(prlimit(pid, RLIMIT_NOFILE, &low, nullptr), 0);
  }
  foster.CloseInput();
  EXPECT_NE(foster.WaitForError("cannot start").find("file"), std::string::npos) << "EMFILE, in the C library's words";
  const std::vector<pid_t> fosters = FostersOf(foster);
  for (size_t i = 0; i < fosters.size(); ++i) ASSERT_EQ(prlimit(fosters[i], RLIMIT_NOFILE, &before[i], nullptr), 0);
  EXPECT_EQ(foster.WaitFor("ready"), "ready");
  foster.Signal(SIGTERM);
  foster.Wait();  // the run's own status, or where it met none foster's: it ended
}

// A second is the smallest limit, and what was used before exec counts.
void UseASecond() {
  struct timespec used = {};
  while (used.tv_sec < 1) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
}

class LimitOnProcessorTime : public InSetting {};
INSTANTIATE_TEST_SUITE_P(, LimitOnProcessorTime,
                         testing::Values(Setting{Role::kInit, Reaper::kKernel}, Setting{Role::kInit, Reaper::kWait}, Setting{Role::kWrapper, Reaper::kKernel},
                                         Setting{Role::kWrapper, Reaper::kWait}),
                         [](const testing::TestParamInfo<Setting>& info) { return NameOf(info.param); });

TEST_P(LimitOnProcessorTime, ThatIsUsedUpEndsFosterAndAllOfItsNamespace) {
  FosterProcess foster({.setting = GetParam(), .command = {"/bin/sh", "-c", "echo ready; sleep 1000 & exec sleep 1000"}, .before_exec = UseASecond});
  foster.WaitFor("ready");
  const struct rlimit a_second = {1, 1};
  ASSERT_EQ(prlimit(foster.pid(), RLIMIT_CPU, &a_second, nullptr), 0) << strerror(errno);
  // The kernel looks when a tick finds foster at work.
  EXPECT_TRUE(Eventually([&] {
    for (int i = 0; i < 100 && !foster.Ended(); ++i) kill(foster.pid(), SIGWINCH);
    return foster.Ended();
  }));
  EXPECT_EQ(foster.Wait(), -SIGKILL);
  EXPECT_EQ(foster.Rest(), "") << "everybody is gone";
}

}  // namespace
}  // namespace foster
