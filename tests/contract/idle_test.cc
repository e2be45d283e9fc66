// SPDX-License-Identifier: Apache-2.0
// The contract's section "Idle".
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "os/file_descriptor.h"
#include "tests/util/foster_process.h"
#include "tests/util/proc.h"
#include "tests/util/setting.h"

namespace foster {
namespace {

class Idle : public InSetting {};
IN_EVERY_SETTING(Idle);

std::string InProc(pid_t pid, const char* file) { return "/proc/" + std::to_string(pid) + "/" + file; }

long KiloBytes(pid_t pid, const char* field) { return strtol(FieldOf(InProc(pid, "smaps_rollup"), field).c_str(), nullptr, 10); }

std::vector<pid_t> Fosters(const FosterProcess& foster) {
  std::vector<pid_t> all = {foster.pid()};
  if (foster.parent_of_workload() != foster.pid()) all.push_back(foster.parent_of_workload());
  return all;
}

// Asleep, with the working directory given up, which is the last thing that it does before it waits.
bool HasSettled(pid_t pid) { return StateOf(pid) == "S" && ReadLink(InProc(pid, "cwd")) == "/"; }

TEST_P(Idle, OwnsLittleMemory) {
  FosterProcess foster({.setting = GetParam(), .command = Act({"hold"})});
  foster.WaitFor("ready");
  // A file that was just written counts as dirty memory of whoever has mapped it.
  const FileDescriptor binary(open(FosterBinary().c_str(), O_RDONLY | O_CLOEXEC));
  fsync(binary.get());
  for (pid_t pid : Fosters(foster)) {
    ASSERT_TRUE(Eventually([&] { return HasSettled(pid); }));
    EXPECT_GT(KiloBytes(pid, "Private_Dirty"), 0);
    EXPECT_LE(KiloBytes(pid, "Private_Dirty"), 24);
  }
  foster.CloseInput();
  EXPECT_EQ(foster.Wait(), 0);
}

TEST(IdleMemory, IsLittleWhereNothingIsAskedFor) {
  for (Role role : {Role::kInit, Role::kPlain}) {
    const Setting setting = {role, Reaper::kWait};
    if (!WhyNot(setting).empty()) continue;
    FosterProcess foster({.setting = setting, .choose_reaper = false, .command = Act({"hold"})});
    foster.WaitFor("ready");
    ASSERT_TRUE(Eventually([&] { return HasSettled(foster.pid()); }));
    EXPECT_GT(KiloBytes(foster.pid(), "Rss"), 0);
    EXPECT_LE(KiloBytes(foster.pid(), "Rss"), 96);
    foster.CloseInput();
    EXPECT_EQ(foster.Wait(), 0);
  }
}

TEST_P(Idle, IsNeverWoken) {
  FosterProcess foster({.setting = GetParam(), .command = Act({"hold"})});
  foster.WaitFor("ready");
  const auto switches = [](pid_t pid) { return StatusField(pid, "voluntary_ctxt_switches") + " " + StatusField(pid, "nonvoluntary_ctxt_switches"); };
  std::vector<std::string> before;
  for (pid_t pid : Fosters(foster)) {
    ASSERT_TRUE(Eventually([&] { return HasSettled(pid); }));
    before.push_back(switches(pid));
  }
  // Here time must pass: what does not happen has no event.
  const struct timespec two_seconds = {2, 0};
  nanosleep(&two_seconds, nullptr);
  std::vector<std::string> after;
  for (pid_t pid : Fosters(foster)) after.push_back(switches(pid));
  EXPECT_EQ(after, before);
  foster.CloseInput();
  EXPECT_EQ(foster.Wait(), 0);
}

}  // namespace
}  // namespace foster
