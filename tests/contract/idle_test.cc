// SPDX-License-Identifier: Apache-2.0
// The contract's section "Idle".
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "os/file_descriptor.h"
#include "tests/util/foster_process.h"
#include "tests/util/proc.h"
#include "tests/util/setting.h"
#include "tests/util/temp_folder.h"

namespace foster {
namespace {

class Idle : public InSetting {};
IN_EVERY_SETTING(Idle);

std::string InProc(pid_t pid, const char* file) { return "/proc/" + std::to_string(pid) + "/" + file; }

long KiloBytes(pid_t pid, const char* field) { return strtol(FieldOf(InProc(pid, "smaps_rollup"), field).c_str(), nullptr, 10); }

// Memory that is this process's own. A program in an initramfs or a tmpfs is nothing but dirty pages of its file, which are nobody's own.
long OwnKiloBytes(pid_t pid) {
  struct statfs where;
  const bool in_memory = statfs(FosterBinary().c_str(), &where) == 0 && (where.f_type == TMPFS_MAGIC || where.f_type == RAMFS_MAGIC);
  return KiloBytes(pid, in_memory ? "Anonymous" : "Private_Dirty");
}

std::vector<pid_t> Fosters(const FosterProcess& foster) {
  std::vector<pid_t> all = {foster.pid()};
  if (foster.parent_of_workload() != foster.pid()) all.push_back(foster.parent_of_workload());
  return all;
}

// Whether the wait in which it sleeps, as /proc/PID/syscall has it, is the short one in which a workload that ends at once is waited for. The third argument of
// each wait is where its limit in time is.
bool WaitsForAMoment(pid_t pid, const std::string& call) {
  const char* at = call.c_str();
  char* rest = nullptr;
  strtol(at, &rest, 10);
  uintptr_t limit = 0;
  for (int argument = 1; argument <= 3; ++argument) limit = strtoul(rest, &rest, 16);
  struct timespec left = {};
  const FileDescriptor memory(open(InProc(pid, "mem").c_str(), O_RDONLY | O_CLOEXEC));
  return limit != 0 && pread(memory.get(), &left, sizeof left, static_cast<off_t>(limit)) == sizeof left && left.tv_sec == 0 && left.tv_nsec <= 5'000'000;
}

// Asleep where it waits. Nothing else of it sleeps there. Its start is over when it has its filter, if there is to be one.
bool HasSettled(pid_t pid) {
  const std::string privileges = StatusField(pid, "NoNewPrivs");
  const std::string filter = StatusField(pid, "Seccomp");
  if (privileges == "1" && filter == "0") return false;
  const std::string call = ReadFile(InProc(pid, "syscall"));
  if (StateOf(pid) != "S" || !IsFostersWait(strtol(call.c_str(), nullptr, 10)) || WaitsForAMoment(pid, call)) return false;
  // What was read before its start was over is no answer: on a slow machine all of that start may lie between two looks.
  return StatusField(pid, "NoNewPrivs") == privileges && StatusField(pid, "Seccomp") == filter;
}

// What foster may be asked for, by which of its code is needed at the start.
struct Wish {
  std::string name;
  std::vector<std::string> options;
  std::vector<std::string> environment = {};
  bool needs_root = false;
};

// All that can be had at once. What is to be done after an hour is not yet.
Wish Everything(const TempFolder& folder, Role role) {
  Wish all = {"everything", {"--status-file=" + folder.path() + "/status", "-v", "--log=json", "--grace=1h", "--timeout=1h", "--stop-delay=1h", "--leftovers=wait",
                             "--restart=on-failure:3", "--backoff=1h..1h", "--ready=notify", "--watchdog=1h", "--rewrite=TERM:INT", "--rewrite=HUP:0", "--stop-signal=QUIT", "--to=group", "--expect-exit=3,TERM",
                             "--reset-signals", "--chdir=/", "--umask=022", "--env=ONE=more", "--unset-env=NONE", "--rlimit=core=0", "--no-new-privs"}};
  if (geteuid() != 0) return all;
  all.options.insert(all.options.end(), {"--oom-score-adj=100", "--nice=1", "--groups=7", "--user=0:0"});
  if (role == Role::kPlain) return all;
  all.options.insert(all.options.end(), {"--new=mount,uts,ipc,net", "--proc", "--mount=tmpfs:" + folder.path(), "--hostname=foster", "--loopback", "--from=outside"});
  return all;
}

std::vector<Wish> Wishes(const TempFolder& folder, Role role) {
  std::vector<Wish> all = {
      {"nothing", {}},
      {"a grace period", {"--grace=5s"}},
      {"a longest life", {"--timeout=1h"}},
      {"remarks", {"-v"}},
      {"status lines", {"--status-file=" + folder.path() + "/status"}},
      {"restarts", {"--restart=always"}},
      {"readiness", {"--ready=notify", "--watchdog=1h"}},
      {"a folder, limits, a variable", {"--chdir=/", "--umask=022", "--rlimit=core=0", "--env=ONE=more"}},
      {"a twin in the environment", {}, {"FOSTER_GRACE=5s"}},
      {"a variable that is no twin", {}, {"FOSTER_UNKNOWN=1"}},
      {"a user", {"--user=0:0", "--groups=7"}, {}, true},
  };
  if (role != Role::kPlain) {
    all.push_back({"mounts and names", {"--new=mount,uts,ipc", "--proc", "--mount=tmpfs:" + folder.path(), "--hostname=foster"}, {}, true});
  }
  all.push_back(Everything(folder, role));
  return all;
}

// The environment lies in foster's memory and is not foster's: what the test itself has no need of goes.
void DropEnvironment() {
  const std::vector<std::string> kept = {"FOSTER", "FOSTER_WORKLOADS", "TEST_SRCDIR", "TEST_WORKSPACE", "TEST_TMPDIR", "PATH"};
  std::vector<std::string> dropped;
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string name = std::string(*at, strcspn(*at, "="));
    if (std::find(kept.begin(), kept.end(), name) == kept.end()) dropped.push_back(name);
  }
  for (const std::string& name : dropped) unsetenv(name.c_str());
}

// Where this is too much after something was changed on the way of a signal, see docs/speed.md: init/hot.ld is to be made anew.
void ExpectLittleMemory(const FosterProcess& foster) {
  for (pid_t pid : Fosters(foster)) {
    ASSERT_TRUE(Eventually([&] { return HasSettled(pid); }));
    EXPECT_GT(OwnKiloBytes(pid), 0);
    EXPECT_LE(OwnKiloBytes(pid), 24);
    EXPECT_GT(KiloBytes(pid, "Rss"), 0);
    EXPECT_LE(KiloBytes(pid, "Rss"), 96);
  }
}

TEST_P(Idle, HasLittleMemoryAgainWhenSomethingHasHappened) {
  DropEnvironment();
  {
    FosterProcess foster({.setting = GetParam(), .command = Act({"listen", "2"})});
    foster.WaitFor("ready");
    foster.Signal(SIGHUP);
    foster.WaitFor("got ");
    ExpectLittleMemory(foster);
    foster.Signal(SIGHUP);
    EXPECT_EQ(foster.Wait(), 0);
  }
  FosterProcess foster({.setting = GetParam(), .options = {"--ready=fd:3", "-v"}, .command = Act({"be-ready", "3"})});
  foster.WaitFor("ready");
  foster.WaitForError("the workload is ready");
  ExpectLittleMemory(foster);
  foster.CloseInput();
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(Idle, HasLittleMemoryWhateverItWasAskedFor) {
  DropEnvironment();
  const TempFolder folder;
  // A file that was just written counts as dirty memory of whoever has mapped it.
  const FileDescriptor binary(open(FosterBinary().c_str(), O_RDONLY | O_CLOEXEC));
  fsync(binary.get());
  for (const Wish& wish : Wishes(folder, role())) {
    if (wish.needs_root && geteuid() != 0) continue;
    SCOPED_TRACE(wish.name);
    FosterProcess foster({.setting = GetParam(), .options = wish.options, .command = Act({"hold"}), .environment = wish.environment});
    foster.WaitFor("ready");
    ExpectLittleMemory(foster);
    foster.CloseInput();
    // Started again it would find its input at the end again, for ever.
    const bool restarts = wish.name == "restarts";
    if (restarts) foster.Signal(SIGTERM);
    const int code = foster.Wait();
    EXPECT_TRUE(code == 0 || (restarts && code == 128 + SIGTERM)) << code;
  }
}

TEST(IdleMemory, IsLittleInThePlaceOfAnotherInit) {
  DropEnvironment();
  for (Role role : {Role::kInit, Role::kPlain}) {
    const Setting setting = {role, Reaper::kWait};
    if (!WhyNot(setting).empty()) continue;
    for (const char* name : {"tini", "docker-init", "dumb-init", "catatonit"}) {
      SCOPED_TRACE(name);
      FosterProcess foster({.setting = setting, .choose_reaper = false, .options = {std::string("--as=") + name}, .command = Act({"hold"})});
      foster.WaitFor("ready");
      ExpectLittleMemory(foster);
      foster.CloseInput();
      EXPECT_EQ(foster.Wait(), 0);
    }
  }
}

TEST(IdleMemory, IsLittleWhereNothingIsAskedFor) {
  for (Role role : {Role::kInit, Role::kPlain}) {
    const Setting setting = {role, Reaper::kWait};
    if (!WhyNot(setting).empty()) continue;
    FosterProcess foster({.setting = setting, .choose_reaper = false, .command = Act({"hold"})});
    foster.WaitFor("ready");
    ExpectLittleMemory(foster);
    foster.CloseInput();
    EXPECT_EQ(foster.Wait(), 0);
  }
}

// Whether foster sleeps through two seconds, in all of its processes.
void SleepsThrough(const FosterProcess& foster) {
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
}

TEST_P(Idle, IsNeverWoken) {
  FosterProcess foster({.setting = GetParam(), .command = Act({"hold"})});
  foster.WaitFor("ready");
  SleepsThrough(foster);
  foster.CloseInput();
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(Idle, IsNeverWokenWithEverythingSwitchedOn) {
  const TempFolder folder;
  FosterProcess foster({.setting = GetParam(), .options = Everything(folder, role()).options, .command = Act({"hold"})});
  foster.WaitFor("ready");
  SleepsThrough(foster);
  foster.CloseInput();
  EXPECT_EQ(foster.Wait(), 0);
}

}  // namespace
}  // namespace foster
