// SPDX-License-Identifier: Apache-2.0
// The contract's section "The end".
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "os/file_descriptor.h"
#include "os/signal_calls.h"
#include "tests/util/foster_process.h"
#include "tests/util/proc.h"
#include "tests/util/setting.h"

namespace foster {
namespace {

size_t Count(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

class TheEnd : public InSetting {
 protected:
  Start Leaving(std::vector<std::string> how, const std::vector<std::string>& options) const {
    how.insert(how.begin(), "leave");
    return {.setting = GetParam(), .options = options, .command = Act(how)};
  }
};
IN_EVERY_SETTING(TheEnd);

// With a grace period without end, so that nothing but the reason that is tested can be why foster exits.
const std::vector<std::string> kForever = {"--grace=forever"};

TEST_P(TheEnd, AsksWhatIsLeftToGo) {
  FosterProcess foster(Leaving({"obey", "5", "3"}, kForever));
  EXPECT_EQ(Count(foster.Rest(), "asked\n"), 3u);
  EXPECT_EQ(foster.Wait(), 5);
}

TEST_P(TheEnd, WakesWhatIsStopped) {
  FosterProcess foster(Leaving({"stopped", "5", "2"}, kForever));
  EXPECT_EQ(Count(foster.Rest(), "asked\n"), 2u);
  EXPECT_EQ(foster.Wait(), 5);
}

TEST_P(TheEnd, ReachesOtherSessions) {
  FosterProcess foster(Leaving({"daemon", "5", "2"}, kForever));
  EXPECT_EQ(Count(foster.Rest(), "asked\n"), 2u);
  EXPECT_EQ(foster.Wait(), 5);
}

TEST_P(TheEnd, ReachesTheChildrenOfWhatIsLeft) {
  FosterProcess foster(Leaving({"deep", "5", "8"}, kForever));
  EXPECT_EQ(Count(foster.Rest(), "asked\n"), 8u);
  EXPECT_EQ(foster.Wait(), 5);
}

TEST_P(TheEnd, KillsWhatDoesNotGo) {
  FosterProcess foster(Leaving({"refuse", "5", "3"}, {"--grace=50ms"}));
  EXPECT_EQ(Count(foster.Rest(), "refusing\n"), 3u);
  EXPECT_EQ(foster.Wait(), 5) << "the exit status is the workload's, whatever happens while it ends";
}

TEST_P(TheEnd, KillsWholeFamilies) {
  FosterProcess foster(Leaving({"deep-refuse", "5", "8"}, {"--grace=50ms"}));
  EXPECT_EQ(Count(foster.Rest(), "refusing\n"), 8u);
  EXPECT_EQ(foster.Wait(), 5);
}

TEST_P(TheEnd, KillsAtOnceWhereTheGracePeriodIs0) {
  FosterProcess foster(Leaving({"refuse", "5"}, {"--grace=0"}));
  EXPECT_EQ(foster.Rest(), "refusing\n");
  EXPECT_EQ(foster.Wait(), 5);
}

TEST_P(TheEnd, ComesWhenNothingIsLeftAndNotWhenTheTimeIsUp) {
  FosterProcess foster(Leaving({"linger", "5"}, {"--grace=forever", "-v"}));
  foster.WaitForError("asked what is left to go");
  EXPECT_FALSE(foster.Ended());
  foster.CloseInput();
  EXPECT_EQ(foster.Rest(), "lingered\n");
  EXPECT_EQ(foster.Wait(), 5);
}

TEST_P(TheEnd, IsCutShortByAStopSignal) {
  for (int signo : {SIGTERM, SIGINT}) {
    FosterProcess foster(Leaving({"refuse", "5"}, {"--grace=forever", "-v"}));
    foster.WaitForError("asked what is left to go");
    foster.Signal(signo);
    EXPECT_EQ(foster.Wait(), 5);
  }
}

TEST_P(TheEnd, IsNotCutShortByAnotherSignal) {
  FosterProcess foster(Leaving({"linger", "5"}, {"--grace=forever", "-v"}));
  foster.WaitForError("asked what is left to go");
  for (int signo : {SIGHUP, SIGUSR1, SIGCONT, 40}) foster.Signal(signo);
  foster.CloseInput();
  EXPECT_EQ(foster.Rest(), "lingered\n");
  EXPECT_EQ(foster.Wait(), 5);
}

TEST_P(TheEnd, OfAWorkloadThatRefusesToStopIsForcedByTheGracePeriodThatWasAskedFor) {
  FosterProcess foster({.setting = GetParam(), .options = {"--grace=50ms"}, .command = Act({"listen"})});
  foster.WaitFor("ready");
  foster.Signal(SIGTERM);
  foster.WaitFor("got 15 ");
  EXPECT_EQ(foster.Wait(), 137);
}

TEST_P(TheEnd, OfAWorkloadThatRefusesToStopIsForcedByASecondStopSignal) {
  FosterProcess foster({.setting = GetParam(), .options = kForever, .command = Act({"listen"})});
  foster.WaitFor("ready");
  foster.Signal(SIGTERM);
  foster.WaitFor("got 15 ");
  foster.Signal(SIGINT);  // the same one at once would be the same request
  EXPECT_EQ(foster.Wait(), 137);
}

TEST_P(TheEnd, SeesProcessesWhoseParentIsOutside) {
  if (role() == Role::kPlain) GTEST_SKIP() << "there is no namespace to enter";
  FosterProcess foster({.setting = GetParam(), .options = kForever, .command = Act({"hold"})});
  foster.WaitFor("ready");
  const pid_t init = foster.parent_of_workload();
  // As `nsenter` and an engine's `exec` do it.
  FileDescriptor own(open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
  FileDescriptor there(open(("/proc/" + std::to_string(init) + "/ns/pid").c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(setns(there.get(), CLONE_NEWPID), 0) << strerror(errno);
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const pid_t injected = fork();
  if (injected == 0) {
    const int keep[] = {ends[1]};
    CloseAllBut(keep, 1);  // the workload's stdin is among them
    const SignalSet term = SignalBit(SIGTERM);
    SetSignalMask(term);
    if (write(ends[1], "r", 1) != 1) _exit(1);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    siginfo_t info;
    while (sigwaitinfo(&set, &info) < 0) {
    }
    _exit(3);
  }
  EXPECT_EQ(setns(own.get(), CLONE_NEWPID), 0);
  ASSERT_GT(injected, 0);
  char byte;
  EXPECT_EQ(read(ends[0], &byte, 1), 1);
  close(ends[0]);
  close(ends[1]);
  foster.CloseInput();
  int word = 0;
  EXPECT_EQ(waitpid(injected, &word, 0), injected);
  EXPECT_TRUE(WIFEXITED(word) && WEXITSTATUS(word) == 3) << "it was asked, and not killed: " << word;
  EXPECT_EQ(foster.Wait(), 0);
}

TEST(TheEndWithoutProc, LeavesWhatCannotBeFound) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to cover /proc";
  FosterProcess foster({.options = {"--grace=50ms"}, .command = Act({"leave", "linger", "5"}), .before_exec = [] {
                          if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
                              mount("nothing", "/proc", "tmpfs", 0, nullptr) != 0) {
                            _exit(97);
                          }
                        }});
  EXPECT_EQ(foster.Wait(), 5) << "and does not wait for ever";
  foster.CloseInput();
  EXPECT_EQ(foster.WaitFor("lingered"), "lingered");
  // It came to the test, which is its next subreaper, and is reaped here.
  EXPECT_GT(waitpid(-1, nullptr, 0), 0);
}

TEST(Grace, IsFiveSecondsUnlessSaid) {
  struct timespec begin, end;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  FosterProcess foster({.command = Act({"leave", "refuse", "5"})});
  EXPECT_EQ(foster.Wait(), 5);
  clock_gettime(CLOCK_MONOTONIC, &end);
  const double seconds = static_cast<double>(end.tv_sec - begin.tv_sec) + static_cast<double>(end.tv_nsec - begin.tv_nsec) / 1e9;
  EXPECT_GE(seconds, 5.0);
}

}  // namespace
}  // namespace foster
