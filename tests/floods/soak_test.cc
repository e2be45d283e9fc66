// SPDX-License-Identifier: Apache-2.0
// PID 1 does not grow: minutes of orphans, signals, notifications, restarts, and stops at a terminal, and its memory at the beginning and at the end. Twenty
// seconds here; `tests/floods/soak --minutes=10` takes its time.
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "os/file_descriptor.h"
#include "tests/floods/board.h"
#include "tests/floods/flooded.h"
#include "tests/util/foster_process.h"
#include "tests/util/on_terminal.h"
#include "tests/util/proc.h"
#include "tests/util/setting.h"
#include "tests/util/temp_folder.h"

namespace foster {
namespace {

using Clock = std::chrono::steady_clock;

// Whoever supervises foster: a NOTIFY_SOCKET, and somebody who counts what is told there, and closes what descriptors come with it.
class Outside {
 public:
  Outside() : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un any = {};
    any.sun_family = AF_UNIX;
    socklen_t size = sizeof any;
    // A name that the kernel finds.
    EXPECT_EQ(bind(fd_.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any.sun_family), 0);
    EXPECT_EQ(getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&any), &size), 0);
    name_ = "@" + std::string(any.sun_path + 1, size - offsetof(sockaddr_un, sun_path) - 1);
    const timeval brief = {0, 100'000};
    setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &brief, sizeof brief);
    reader_ = std::thread([this] {
      char text[8192];
      // Without room for descriptors they are closed by the kernel.
      while (!done_) heard_ += recv(fd_.get(), text, sizeof text, 0) >= 0;
    });
  }
  ~Outside() {
    done_ = true;
    reader_.join();
  }
  const std::string& name() const { return name_; }
  uint64_t heard() const { return heard_; }

 private:
  const FileDescriptor fd_;
  std::string name_;
  std::atomic<bool> done_{false};
  std::atomic<uint64_t> heard_{0};
  std::thread reader_;
};

// A job of a shell that is stopped, resumed, and told of another window, again and again.
class Job {
 public:
  Job() : shell_({"/bin/bash", "--norc", "--noprofile", "-i"}) {
    shell_.Type("PS1='$ '; " + FosterBinary() + " " + ActBinary() + " hold\n");
    shell_.Await("ready\r\n");
  }
  pid_t foster() const {
    const std::vector<pid_t> jobs = ChildrenOf(shell_.pid());
    return jobs.size() == 1 ? jobs[0] : -1;
  }
  void Round() {
    shell_.Type("\x1a");
    shell_.Await("Stopped");
    shell_.Type("fg\n");
    shell_.Await("act hold\r\n");
    shell_.AwaitForeground(shell_.pid(), false);
    shell_.SetSize(static_cast<unsigned short>(20 + ++rounds_ % 9), 80);
  }
  void End() {
    shell_.Type("\x04");
    shell_.AwaitForeground(shell_.pid(), true);
    shell_.Type("echo status=$?\n");
    shell_.Await("status=0");
  }
  uint64_t rounds() const { return rounds_; }

 private:
  OnTerminal shell_;
  uint64_t rounds_ = 0;
};

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
  const Outside outside;
  struct Storm {
    Storm(const Setting& setting, const std::string& board_path, const std::vector<std::string>& options, uint64_t seconds, const Outside& outside)
        : board(OpenBoard(board_path.c_str())),
          foster({.setting = setting, .options = options, .command = Flood({"churn", board_path, std::to_string(seconds * 19)}),
                  .environment = {"NOTIFY_SOCKET=" + outside.name()}}) {}
    Board* board;
    FosterProcess foster;
  };
  std::vector<std::unique_ptr<Storm>> storms;
  std::vector<Soaked> all;
  const std::vector<std::string> telling = {"--status-file=" + folder.path() + "/status", "--ready=notify", "--watchdog=1h", "--quiet"};
  for (const Setting& setting : {Setting{Role::kInit, Reaper::kKernel}, Setting{Role::kInit, Reaper::kWait}, Setting{Role::kWrapper, Reaper::kWait}}) {
    if (!WhyNot(setting).empty()) continue;
    storms.push_back(std::make_unique<Storm>(setting, folder.path() + "/" + NameOf(setting), telling, seconds, outside));
    storms.back()->foster.WaitFor("ready");
    for (pid_t pid : FostersOf(storms.back()->foster, setting.role)) all.push_back({NameOf(setting) + " in a storm", pid});
  }
  if (storms.empty()) GTEST_SKIP() << WhyNot({Role::kInit, Reaper::kWait});
  // One that starts its workload again and again, and hears of each that it is ready and lives.
  FosterProcess restarting({.setting = {Role::kInit, Reaper::kWait},
                            .options = {"--restart=always", "--backoff=20ms..20ms", "--quiet", "--ready=notify", "--watchdog=1h", "--status-file=" + folder.path() + "/restarts"},
                            .command = Flood({"brief", "3"}),
                            .environment = {"NOTIFY_SOCKET=" + outside.name()}});
  all.push_back({"InitWait that restarts", restarting.pid()});
  std::unique_ptr<Job> job;
  if (access("/bin/bash", X_OK) == 0) {
    job = std::make_unique<Job>();
    all.push_back({"a job that is stopped and resumed", job->foster()});
  }
  const auto go_on = [&](uint64_t for_seconds) {
    for (const auto end = Clock::now() + std::chrono::seconds(for_seconds); Clock::now() < end && !HasFailure();) {
      if (job != nullptr) job->Round();
      usleep(100'000);
    }
  };
  go_on(kFirst);
  for (Soaked& one : all) one.before = MemoryOf(one.pid);
  go_on(seconds > kFirst ? seconds - kFirst : 1);
  for (Soaked& one : all) {
    one.after = MemoryOf(one.pid);
    EXPECT_GT(one.before.anonymous, 0) << one.name;
    // Two pages of stack for what is rare; what each orphan or signal cost would be far more.
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
  if (job != nullptr) job->End();
  const std::string told = ReadFile(folder.path() + "/restarts");
  const auto count_of = [&](const char* event) {
    size_t count = 0;
    for (size_t at = told.find(event); at != std::string::npos; at = told.find(event, at + 1)) ++count;
    return count;
  };
  const size_t runs = count_of("\"started\""), ready = count_of("\"ready\"");
  EXPECT_GT(made, 0u);
  EXPECT_GT(got, 0u);
  EXPECT_GT(runs, 3u);
  // The last may have been asked to stop before it was.
  EXPECT_TRUE(ready == runs || ready + 1 == runs) << ready << " of " << runs << " runs were ready";
  EXPECT_GT(outside.heard(), runs);
  if (job != nullptr) EXPECT_GT(job->rounds(), 3u);
  printf("in %llu s: %llu signals sent, %llu delivered, %llu orphans, %zu runs, %zu times ready, %llu notifications passed on, %llu times stopped and resumed at a terminal\n",
         static_cast<unsigned long long>(seconds), static_cast<unsigned long long>(sent), static_cast<unsigned long long>(got), static_cast<unsigned long long>(made), runs, ready,
         static_cast<unsigned long long>(outside.heard()), static_cast<unsigned long long>(job == nullptr ? 0 : job->rounds()));
}

}  // namespace
}  // namespace foster
