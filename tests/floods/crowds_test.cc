// SPDX-License-Identifier: Apache-2.0
// Very many processes: orphans, a fork bomb, no room for one more. The sizes here are small enough for every run of the tests; `tests/floods/run` has the
// large ones.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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

namespace foster {
namespace {

class OrphanFlood : public InSetting {};
IN_EVERY_SETTING(OrphanFlood);

TEST_P(OrphanFlood, OfManyThatDieAtOnceLeavesNoZombie) {
  const uint64_t count = SizeOf("FOSTER_FLOOD_CROWD", 3000);
  // Counts processes, zombies among them, however many there are.
  const CgroupFolder group("pids");
  FosterProcess foster({.setting = GetParam(), .command = Flood({"throng", std::to_string(count)}), .before_exec = [&] {
                          if (group.why_not().empty() && !group.Add(0)) _exit(96);
                        }});
  ASSERT_EQ(foster.WaitFor("made"), "made " + std::to_string(count)) << "is there room for so many? (/proc/sys/kernel/pid_max, threads-max)";
  const pid_t parent = foster.parent_of_workload();
  const std::vector<pid_t> workload = {foster.workload()};
  const std::vector<pid_t> fosters = FostersOf(foster, role());
  const auto orphans = [&]() -> uint64_t {
    if (!group.why_not().empty()) return ChildrenOf(parent).size() - 1;
    return strtoull(group.Get("pids.current").c_str(), nullptr, 10) - fosters.size() - 1;
  };
  EXPECT_EQ(orphans(), count);
  EXPECT_EQ(ChildrenOf(parent).size(), count + 1) << "all of them are foster's";
  const Memory before = MemoryOf(parent);
  const double used = ProcessorTimeOf(parent);
  foster.Write("\n");
  EXPECT_TRUE(InTheEnd([&] { return orphans() == 0; })) << orphans() << " are left";
  EXPECT_EQ(ChildrenOf(parent), workload);
  const Memory after = MemoryOf(parent);
  EXPECT_LE(after.anonymous, before.anonymous + 8);
  printf("%s: %llu orphans at once, none left; processor time of their reaper %.0f ms; resident %ld kB before, %ld kB after, private dirty %ld kB before, %ld kB after\n",
         NameOf(GetParam()).c_str(), static_cast<unsigned long long>(count), ProcessorTimeOf(parent) - used, before.resident, after.resident, before.dirty, after.dirty);
  foster.Signal(SIGTERM);
  EXPECT_EQ(foster.Wait(), 0);
}

class ForkBomb : public Flooded {};
IN_EVERY_SETTING(ForkBomb);

TEST_P(ForkBomb, EndsWithFosterAndTheExitStatusIsTheWorkloads) {
  const CgroupFolder group("pids");
  if (!group.why_not().empty()) GTEST_SKIP() << group.why_not();
  const uint64_t room = SizeOf("FOSTER_FLOOD_BOMB", 60);
  ASSERT_TRUE(group.Set("pids.max", std::to_string(room)));
  const uint64_t seconds = SizeOf("FOSTER_FLOOD_BOMB_SECONDS", 1);
  ASSERT_NE(board(), nullptr);
  // Some 4000 tries a second, whatever their number: as many as a processor can make. With more all wait for one, foster and the first process as well, for a
  // minute and longer, and nothing is to be seen of foster.
  const uint64_t moment = room / 4 + 1;
  FosterProcess foster({.setting = GetParam(), .options = {"--grace=50ms"}, .command = Flood({"bomb", "7", board_path(), std::to_string(moment), std::to_string(300 + 2 * seconds)}),
                        .before_exec = [&] {
                          // Foster and the bomb are equals; others on the machine are not to suffer from both.
                          if (setpriority(PRIO_PROCESS, 0, 5) != 0 || !group.Add(0)) _exit(96);
                        }});
  foster.WaitFor("ready");
  foster.Signal(SIGUSR1);
  foster.WaitFor("heard");
  const std::vector<pid_t> fosters = FostersOf(foster, role());
  const pid_t parent = foster.parent_of_workload();
  const Memory before = MemoryOf(parent);
  for (uint64_t second = 0; second < seconds; ++second) {
    sleep(1);
    foster.Signal(SIGUSR1);
    foster.WaitFor("heard");
  }
  EXPECT_TRUE(InTheEnd([&] { return board()->made > room; })) << "some died, and others came";
  const Memory after = MemoryOf(parent);
  const double used = ProcessorTimeOf(parent);
  const uint64_t made = board()->made;
  const std::string most = group.Get("pids.current");
  if (Ships()) {
    EXPECT_LE(after.anonymous, before.anonymous + 8);
  }
  foster.Signal(SIGTERM);
  EXPECT_EQ(foster.Wait(), 7);
  EXPECT_TRUE(Eventually([&] { return group.Get("cgroup.procs").empty(); })) << "left: " << group.Get("cgroup.procs");
  printf("%s: a bomb of %lu processes, %llu made in all; processor time of their reaper %.0f ms; private dirty %ld kB before, %ld kB after\n", NameOf(GetParam()).c_str(),
         strtoul(most.c_str(), nullptr, 10), static_cast<unsigned long long>(made), used, before.dirty, after.dirty);
}

class FullTable : public InSetting {
 protected:
  // foster, with room for `processes` in all.
  Start In(const CgroupFolder& group, const std::vector<std::string>& options, const std::vector<std::string>& command) {
    return {.setting = GetParam(), .options = options, .command = command, .before_exec = [&group] {
              if (!group.Add(0)) _exit(96);
            }};
  }
};
IN_EVERY_SETTING(FullTable);

TEST_P(FullTable, IsFostersOwnFailureAndOneLine) {
  // Each of foster's forks fails in turn: where there is a wrapper it has one more.
  for (int room = 1; room <= (role() == Role::kWrapper ? 2 : 1); ++room) {
    const CgroupFolder group("pids");
    if (!group.why_not().empty()) GTEST_SKIP() << group.why_not();
    ASSERT_TRUE(group.Set("pids.max", std::to_string(room)));
    FosterProcess foster(In(group, {}, Act({"exit", "0"})));
    EXPECT_EQ(foster.Rest(), "");
    const std::string said = foster.Errors();
    EXPECT_EQ(foster.Wait(), 125);
    EXPECT_EQ(CountOf(said, "\n"), 1u) << said;
    EXPECT_NE(said.find("a limit on processes is reached"), std::string::npos) << said;
  }
}

TEST_P(FullTable, AtARestartIsToldAndTriedAgain) {
  const CgroupFolder group("pids");
  if (!group.why_not().empty()) GTEST_SKIP() << group.why_not();
  const int ours = role() == Role::kWrapper ? 2 : 1;
  ASSERT_TRUE(group.Set("pids.max", std::to_string(ours + 1)));
  // Whoever is moved in takes a place, whatever the limit says.
  int hold[2];
  ASSERT_EQ(pipe2(hold, O_CLOEXEC), 0);
  const FileDescriptor reader(hold[0]);
  FileDescriptor writer(hold[1]);
  FosterProcess foster(In(group, {"--restart=always", "--backoff=10ms..10ms", "-v"}, Flood({"sink", "/dev/null"})));
  foster.WaitForError("the workload exited with 98");
  // /dev/null is no board: the workload exits with 98 at once, and again. It is started as long as there is room.
  const pid_t squatter = fork();
  if (squatter == 0) {
    char byte;
    writer.Reset(-1);
    _exit(read(reader.get(), &byte, 1) == 0 ? 0 : 1);
  }
  ASSERT_TRUE(group.Add(squatter));
  EXPECT_NE(foster.WaitForError("cannot start").find("again: Resource temporarily unavailable"), std::string::npos);
  kill(squatter, SIGKILL);
  EXPECT_EQ(waitpid(squatter, nullptr, 0), squatter);
  foster.WaitForError("the workload exited with 98");
  EXPECT_FALSE(foster.Ended());
  foster.Signal(SIGTERM);
  const int status = foster.Wait();
  EXPECT_TRUE(status == 98 || status == 128 + SIGTERM) << "the workload's own, or it was met before it could say so: " << status;
}

}  // namespace
}  // namespace foster
