// SPDX-License-Identifier: Apache-2.0
// PID 1 does not grow: minutes of orphans, signals and restarts, and its memory at the beginning and at the end. Twenty seconds here;
// `tests/floods/soak --minutes=10` takes its time.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/floods/board.h"
#include "tests/floods/flooded.h"
#include "tests/util/foster_process.h"
#include "tests/util/proc.h"
#include "tests/util/setting.h"
#include "tests/util/temp_folder.h"

namespace foster {
namespace {

void SleepSeconds(uint64_t seconds) {
  const struct timespec time = {static_cast<time_t>(seconds), 0};
  nanosleep(&time, nullptr);
}

// A foster that is in use, and what it was like after the first seconds of that.
struct Soaked {
  std::string name;
  pid_t pid;
  Memory before = {};
  Memory after = {};
};

void Tell(const Soaked& one) {
  printf("%s: resident %ld kB and private dirty %ld kB at first, %ld kB and %ld kB at the end\n", one.name.c_str(), one.before.resident, one.before.dirty,
         one.after.resident, one.after.dirty);
}

TEST(Soak, MemoryDoesNotGrow) {
  const uint64_t seconds = SizeOf("FOSTER_SOAK_SECONDS", 20);
  const uint64_t kFirst = 3;  // until all that is touched once has been touched
  const TempFolder folder;
  struct Storm {
    Storm(const Setting& setting, const std::string& board_path, const std::vector<std::string>& options, uint64_t seconds)
        : board(OpenBoard(board_path.c_str())),
          foster({.setting = setting, .options = options, .command = Flood({"churn", board_path, std::to_string(seconds * 19)})}) {}
    Board* board;
    FosterProcess foster;
  };
  std::vector<std::unique_ptr<Storm>> storms;
  std::vector<Soaked> all;
  const std::vector<std::string> telling = {"--status-file=" + folder.path() + "/status", "--ready=notify", "--quiet"};
  for (const Setting& setting : {Setting{Role::kInit, Reaper::kKernel}, Setting{Role::kInit, Reaper::kWait}, Setting{Role::kWrapper, Reaper::kWait}}) {
    if (!WhyNot(setting).empty()) continue;
    storms.push_back(std::make_unique<Storm>(setting, folder.path() + "/" + NameOf(setting), telling, seconds));
    storms.back()->foster.WaitFor("ready");
    for (pid_t pid : FostersOf(storms.back()->foster, setting.role)) all.push_back({NameOf(setting) + " in a storm", pid});
  }
  if (storms.empty()) GTEST_SKIP() << WhyNot({Role::kInit, Reaper::kWait});
  // One that starts its workload again and again.
  FosterProcess restarting({.setting = {Role::kInit, Reaper::kWait},
                            .options = {"--restart=always", "--backoff=20ms..20ms", "--quiet", "--status-file=" + folder.path() + "/restarts"},
                            .command = Act({"exit", "3"})});
  all.push_back({"InitWait that restarts", restarting.pid()});
  SleepSeconds(kFirst);
  for (Soaked& one : all) one.before = MemoryOf(one.pid);
  SleepSeconds(seconds > kFirst ? seconds - kFirst : 1);
  for (Soaked& one : all) {
    one.after = MemoryOf(one.pid);
    EXPECT_GT(one.before.dirty, 0) << one.name;
    // Two pages of stack for what is rare; what each orphan or signal cost would be far more.
    EXPECT_LE(one.after.dirty, one.before.dirty + 8) << one.name;
    EXPECT_LE(one.after.anonymous, one.before.anonymous + 8) << one.name;
    Tell(one);
  }
  uint64_t sent = 0, got = 0, made = 0;
  for (const auto& storm : storms) {
    // It stops when it has sent all, or when its workload is stopped.
    EXPECT_FALSE(storm->foster.Ended());
    storm->foster.CloseInput();
    EXPECT_EQ(storm->foster.Wait(), 0);
    sent += Sent(*storm->board);
    got += Got(*storm->board);
    made += storm->board->made;
  }
  restarting.Signal(SIGTERM);
  restarting.Wait();
  const std::string told = ReadFile(folder.path() + "/restarts");
  size_t runs = 0;
  for (size_t at = told.find("\"started\""); at != std::string::npos; at = told.find("\"started\"", at + 1)) ++runs;
  EXPECT_GT(made, 0u);
  EXPECT_GT(got, 0u);
  EXPECT_GT(runs, 3u);
  printf("in %llu s: %llu signals sent, %llu delivered, %llu orphans, %zu runs\n", static_cast<unsigned long long>(seconds), static_cast<unsigned long long>(sent),
         static_cast<unsigned long long>(got), static_cast<unsigned long long>(made), runs);
}

}  // namespace
}  // namespace foster
