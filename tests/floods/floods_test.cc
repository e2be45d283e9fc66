// SPDX-License-Identifier: Apache-2.0
// More of everything than anybody should send: PID 1 keeps its contract, and its memory does not grow. The sizes here are small enough for every
// run of the tests; `tests/floods/run` has the large ones.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "os/file_descriptor.h"
#include "tests/floods/board.h"
#include "tests/floods/cgroup_folder.h"
#include "tests/floods/flooded.h"
#include "tests/util/foster_process.h"
#include "tests/util/proc.h"
#include "tests/util/setting.h"
#include "tests/util/temp_folder.h"

namespace foster {
namespace {

class SignalFlood : public Flooded {};
IN_EVERY_SETTING(SignalFlood);

TEST_P(SignalFlood, OfAllKindsFromManySendersLosesNoneAndMemoryDoesNotGrow) {
  const uint64_t each = SizeOf("FOSTER_FLOOD_SIGNALS", 40'000) / 8;
  ASSERT_NE(board(), nullptr);
  FosterProcess foster({.setting = GetParam(), .command = Flood({"sink", board_path(), "4", std::to_string(each)})});
  foster.WaitFor("ready");
  std::vector<Memory> before;
  {
    // What the first thousand touch is touched by then.
    Senders first(foster.pid(), 1, 1000, board());
    ASSERT_TRUE(first.Join());
  }
  for (pid_t pid : FostersOf(foster, role())) before.push_back(MemoryOf(pid));
  Senders outside(foster.pid(), 4, each, board());
  EXPECT_TRUE(outside.Join()) << "a sender gave up";
  foster.WaitFor("sent all");
  ExpectNoneWasLost(foster, *board());
  const std::vector<pid_t> fosters = FostersOf(foster, role());
  for (size_t i = 0; i < fosters.size(); ++i) {
    const Memory after = MemoryOf(fosters[i]);
    EXPECT_GT(after.anonymous, 0);
    // What is rarer than the first thousand may touch two pages of stack more. What each of them cost would be far more than that.
    EXPECT_LE(after.anonymous, before[i].anonymous + 8);
  }
  RecordProperty("sent", std::to_string(Sent(*board())));
  RecordProperty("got", std::to_string(Got(*board())));
  printf("%s: %llu signals sent, %llu delivered; private dirty %ld kB before, %ld kB after\n", NameOf(GetParam()).c_str(),
         static_cast<unsigned long long>(Sent(*board())), static_cast<unsigned long long>(Got(*board())), before[0].dirty, MemoryOf(fosters[0]).dirty);
  foster.CloseInput();
  EXPECT_EQ(foster.Wait(), 0);
}

class FullMemory : public Flooded {};
IN_EVERY_SETTING(FullMemory);

TEST_P(FullMemory, KillsTheGreedyAndNotFoster) {
  const CgroupFolder group("memory");
  if (!group.why_not().empty()) GTEST_SKIP() << group.why_not();
  ASSERT_TRUE(group.Set(group.is_version_2() ? "memory.max" : "memory.limit_in_bytes", "25165824"));
  FosterProcess foster({.setting = GetParam(), .command = Flood({"hoard", "8"}), .before_exec = [&] {
                          if (!group.Add(0)) _exit(96);
                        }});
  EXPECT_EQ(foster.WaitFor("killed"), "killed 8");
  for (pid_t pid : FostersOf(foster, role())) EXPECT_EQ(StateOf(pid), "S");
  foster.CloseInput();
  EXPECT_EQ(foster.Wait(), 0);
}

class FullPipes : public Flooded {
 protected:
  // A pipe that takes nothing more.
  static void Fill(int fd) {
    fcntl(fd, F_SETFL, O_NONBLOCK);
    const char chunk[512] = {};
    for (size_t size : {sizeof chunk, size_t{1}}) {
      while (write(fd, chunk, size) > 0) {
      }
    }
    fcntl(fd, F_SETFL, 0);
  }

  // foster says everything it can, of every signal and every orphan, to a stderr and to status lines that nobody takes.
  void Run(const std::function<void()>& before_exec, bool close_errors, FileDescriptor* reader) {
    ASSERT_NE(board(), nullptr);
    FosterProcess foster({.setting = GetParam(),
                          .options = {"-vv", "--status-fd=100"},
                          .command = Flood({"sink", board_path(), "2", "1000"}),
                          .before_exec = before_exec});
    if (close_errors) {
      foster.CloseErrors();
      reader->Reset(-1);
    }
    foster.WaitFor("ready");
    Senders outside(foster.pid(), 2, 1000, board());
    EXPECT_TRUE(outside.Join());
    foster.WaitFor("sent all");
    ExpectNoneWasLost(foster, *board());
    foster.CloseInput();
    EXPECT_EQ(foster.Wait(), 0);
  }
};
IN_EVERY_SETTING(FullPipes);

TEST_P(FullPipes, HoldNobodyUp) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  FileDescriptor reader(ends[0]);
  const FileDescriptor writer(ends[1]);
  Run([&] {
    Fill(2);
    Fill(writer.get());
    dup2(writer.get(), 100);
  }, false, &reader);
}

TEST_P(FullPipes, ThatNobodyReadsAnyMoreHoldNobodyUp) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  FileDescriptor reader(ends[0]);
  const FileDescriptor writer(ends[1]);
  Run([&] {
    close(reader.get());
    dup2(writer.get(), 100);
  }, true, &reader);
}

class WithoutProc : public Flooded {
 protected:
  static void CoverProc() {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 || mount("none", "/proc", "tmpfs", 0, nullptr) != 0) _exit(96);
  }
};
INSTANTIATE_TEST_SUITE_P(, WithoutProc,
                         testing::Values(Setting{Role::kInit, Reaper::kKernel}, Setting{Role::kInit, Reaper::kWait}, Setting{Role::kWrapper, Reaper::kKernel},
                                         Setting{Role::kWrapper, Reaper::kWait}),
                         [](const testing::TestParamInfo<Setting>& info) { return NameOf(info.param); });

TEST_P(WithoutProc, TheContractIsKept) {
  {
    FosterProcess foster({.setting = GetParam(), .options = {"--grace=forever"}, .command = Act({"leave", "obey", "5", "3"}), .before_exec = CoverProc});
    EXPECT_EQ(CountOf(foster.Rest(), "asked\n"), 3u);
    EXPECT_EQ(foster.Wait(), 5);
  }
  ASSERT_NE(board(), nullptr);
  FosterProcess foster({.setting = GetParam(), .command = Flood({"sink", board_path(), "1", "500"}), .before_exec = CoverProc});
  foster.WaitFor("sent all");
  ExpectNoneWasLost(foster, *board());
  const pid_t parent = foster.parent_of_workload();
  EXPECT_TRUE(Eventually([&] { return ChildrenOf(parent).size() == 1; }));
  foster.CloseInput();
  EXPECT_EQ(foster.Wait(), 0);
}

class Notifications : public Flooded {
 protected:
  static size_t DescriptorsOf(pid_t pid) {
    size_t count = 0;
    DIR* folder = opendir(("/proc/" + std::to_string(pid) + "/fd").c_str());
    while (folder != nullptr && readdir(folder) != nullptr) ++count;
    if (folder != nullptr) closedir(folder);
    return count;
  }
};
IN_EVERY_SETTING(Notifications);

TEST_P(Notifications, ThatMakeNoSenseDoNothing) {
  const TempFolder folder;
  const std::string status = folder.path() + "/status";
  FosterProcess foster({.setting = GetParam(),
                        .options = {"--ready=notify", "--status-file=" + status},
                        .command = Flood({"babble", std::to_string(SizeOf("FOSTER_FLOOD_NOTIFICATIONS", 3000))})});
  foster.WaitFor("babbled");
  // The last one made sense.
  const auto told = [&] { return ReadFile(status); };
  EXPECT_TRUE(Eventually([&] { return told().find("\"sane\"") != std::string::npos; }));
  // Memory and descriptors are those of a foster that has heard one word.
  for (pid_t pid : FostersOf(foster, role())) {
    EXPECT_LE(DescriptorsOf(pid), 16u) << "every descriptor in a message was closed";
    if (Ships()) {
      EXPECT_LE(MemoryOf(pid).anonymous, 64);
    }
  }
  foster.CloseInput();
  EXPECT_EQ(foster.Wait(), 0);
  int ready = 0;
  std::istringstream lines(told());
  for (std::string line; std::getline(lines, line);) {
    const nlohmann::json parsed = nlohmann::json::parse(line, nullptr, false);
    ASSERT_TRUE(parsed.is_object()) << line;
    ready += parsed["event"] == "ready";
  }
  EXPECT_EQ(ready, 1);
}

class Attack : public InSetting {};
INSTANTIATE_TEST_SUITE_P(, Attack,
                         testing::Values(Setting{Role::kInit, Reaper::kKernel}, Setting{Role::kInit, Reaper::kWait}, Setting{Role::kWrapper, Reaper::kKernel},
                                         Setting{Role::kWrapper, Reaper::kWait}),
                         [](const testing::TestParamInfo<Setting>& info) { return NameOf(info.param); });

TEST_P(Attack, ByAWorkloadThatStopsTracesAndKillsAllItCanEndsAsAnyOther) {
  FosterProcess foster({.setting = GetParam(), .options = {"--grace=forever"}, .command = Flood({"attack", "5"})});
  const std::string said = foster.Rest();
  EXPECT_EQ(CountOf(said, "ready\n"), 1u) << said;
  EXPECT_EQ(CountOf(said, "asked\n"), 3u) << "whom it left stopped was woken and asked to go\n" << said;
  EXPECT_EQ(foster.Wait(), 5);
}

class Frozen : public InSetting {};
IN_EVERY_SETTING(Frozen);

TEST_P(Frozen, FosterLosesNoSignal) {
  const CgroupFolder group("freezer");
  if (!group.why_not().empty()) GTEST_SKIP() << group.why_not();
  TempFolder folder;
  Board* board = OpenBoard((folder.path() + "/board").c_str());
  ASSERT_NE(board, nullptr);
  FosterProcess foster({.setting = GetParam(), .command = Flood({"sink", folder.path() + "/board"})});
  foster.WaitFor("ready");
  for (pid_t pid : FostersOf(foster, role())) ASSERT_TRUE(group.Add(pid));
  ASSERT_TRUE(group.Set("cgroup.freeze", "1"));
  ASSERT_TRUE(Eventually([&] { return group.Get("cgroup.events").find("frozen 1") != std::string::npos; }));
  ASSERT_TRUE(SendAllKinds(foster.pid(), 1500, 7, board));
  EXPECT_EQ(Got(*board), 0u);
  ASSERT_TRUE(group.Set("cgroup.freeze", "0"));
  ExpectNoneWasLost(foster, *board);
  foster.CloseInput();
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(Frozen, LeftoversDoNotKeepIt) {
  const CgroupFolder group("freezer");
  if (!group.why_not().empty()) GTEST_SKIP() << group.why_not();
  FosterProcess foster({.setting = GetParam(), .options = {"--grace=50ms"}, .command = {"/bin/sh", "-c", "sleep 1000 & echo ready; read line; exit 4"}});
  foster.WaitFor("ready");
  const std::vector<pid_t> sleeper = ChildrenOf(foster.workload());
  ASSERT_EQ(sleeper.size(), 1u);
  ASSERT_TRUE(group.Add(sleeper[0]));
  ASSERT_TRUE(group.Set("cgroup.freeze", "1"));
  ASSERT_TRUE(Eventually([&] { return group.Get("cgroup.events").find("frozen 1") != std::string::npos; }));
  foster.CloseInput();
  EXPECT_EQ(foster.Wait(), 4);
}

}  // namespace
}  // namespace foster
