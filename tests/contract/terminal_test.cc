// SPDX-License-Identifier: Apache-2.0
// The contract's section "Terminal": on a real pseudo-terminal, under bash as a person uses it, and as its session's leader.
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/util/foster_process.h"
#include "tests/util/proc.h"

namespace foster {
namespace {

// A program on a pseudo-terminal of its own, whose session it leads.
class OnTerminal {
 public:
  explicit OnTerminal(const std::vector<std::string>& words) {
    std::vector<char*> argv;
    for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    pid_ = forkpty(&master_, nullptr, nullptr, nullptr);
    if (pid_ == 0) {
      execv(argv[0], argv.data());
      _exit(124);
    }
    EXPECT_GT(pid_, 0);
  }
  ~OnTerminal() {
    HangUp();
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
  }
  void HangUp() {
    if (master_ >= 0) close(master_);
    master_ = -1;
  }
  void Type(const std::string& text) const { EXPECT_EQ(write(master_, text.data(), text.size()), static_cast<ssize_t>(text.size())); }
  // Reads until `text` has been shown, behind what was read before. What was shown up to and with it; fails the test after half a minute.
  std::string Await(const std::string& text) {
    size_t at;
    while ((at = shown_.find(text)) == std::string::npos) {
      struct pollfd one = {master_, POLLIN, 0};
      char chunk[1024];
      const ssize_t got = poll(&one, 1, 30000) == 1 ? read(master_, chunk, sizeof chunk) : -1;
      if (got <= 0) {
        ADD_FAILURE() << "\"" << text << "\" was not shown; shown: " << shown_;
        return "";
      }
      shown_.append(chunk, static_cast<size_t>(got));
    }
    const std::string until = shown_.substr(0, at + text.size());
    shown_.erase(0, at + text.size());
    return until;
  }
  // How the program ended, as FosterProcess::Wait says it.
  int Wait() {
    int word = 0;
    EXPECT_EQ(waitpid(pid_, &word, 0), pid_);
    pid_ = -1;
    return WIFEXITED(word) ? WEXITSTATUS(word) : -WTERMSIG(word);
  }

 private:
  int master_ = -1;
  pid_t pid_ = -1;
  std::string shown_;
};

// The init of a PID namespace that foster can enter.
class SomebodysNamespace {
 public:
  ~SomebodysNamespace() {
    if (init_ <= 0) return;
    kill(init_, SIGKILL);
    waitpid(init_, nullptr, 0);
  }
  bool Make() {
    init_ = static_cast<pid_t>(syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, nullptr, nullptr, nullptr, 0UL));
    if (init_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
      for (;;) pause();
    }
    return init_ > 0;
  }
  std::string init() const { return std::to_string(init_); }

 private:
  pid_t init_ = -1;
};

// The options: none, or those that make a wrapper; @ is the init of a PID namespace to be entered.
class Terminals : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (access("/bin/bash", X_OK) != 0) GTEST_SKIP() << "there is no bash here";
    if (std::string(GetParam()) != "" && !WhyNot({Role::kWrapper, Reaper::kWait}).empty()) GTEST_SKIP() << "no PID namespace can be made here";
    options_ = GetParam();
    const size_t at = options_.find('@');
    if (at == std::string::npos) return;
    ASSERT_TRUE(there_.Make());
    options_.replace(at, 1, there_.init());
  }
  std::string Foster() const { return FosterBinary() + options_ + " " + ActBinary() + " "; }

  std::string options_;

 private:
  SomebodysNamespace there_;
};
std::string NameOf(const testing::TestParamInfo<const char*>& info) {
  constexpr const char* kNames[] = {"Plain", "Wrapper", "Joined", "WrapperInsideOfOneThatIsJoined"};
  return kNames[info.index];
}
INSTANTIATE_TEST_SUITE_P(, Terminals, testing::Values("", " --new=pid", " --join=@,pid", " --join=@,pid --new=pid"), NameOf);

const std::vector<std::string> kShell = {"/bin/bash", "--norc", "--noprofile", "-i"};

TEST_P(Terminals, CtrlCArrivesOnce) {
  OnTerminal shell(kShell);
  shell.Type("PS1='$ '; " + Foster() + "listen 2; echo status=$?\n");
  shell.Await("ready\r\n");
  shell.Type("\x03");
  shell.Await("got 2 ");
  shell.Type("\x1c");  // Ctrl-backslash: a higher number, so that a second 2 would be told before it
  const std::string between = shell.Await("got 3 ");
  EXPECT_EQ(between.find("got 2 "), std::string::npos);
  shell.Await("status=0");
}

TEST_P(Terminals, CtrlZStopsAndFgResumes) {
  OnTerminal shell(kShell);
  shell.Type("PS1='$ '; " + Foster() + "hold; echo status=$?\n");
  shell.Await("ready\r\n");
  shell.Type("\x1a");
  shell.Await("Stopped");
  shell.Type("echo the-shell-$((40+2))\n");
  shell.Await("the-shell-42");
  shell.Type("fg; echo again=$?\n");
  shell.Await("act hold\r\n");
  shell.Type("\x04");
  shell.Await("again=0");
}

TEST_P(Terminals, InTheBackgroundItLeavesTheTerminalToTheShell) {
  OnTerminal shell(kShell);
  shell.Type("PS1='$ '; set +b; " + Foster() + "handle 15 9\n");
  shell.Await("ready\r\n");
  shell.Type("\x1a");
  shell.Await("Stopped");
  shell.Type("bg; kill %1; wait %1; echo ended=$?\n");
  shell.Await("ended=9");
  // Whoever had taken the terminal would have left the shell without input.
  shell.Type("echo the-shell-$((40+2))\n");
  shell.Await("the-shell-42");
}

TEST_P(Terminals, AHangUpReachesTheWorkloadOfASessionsLeader) {
  std::vector<std::string> words = {FosterBinary()};
  for (size_t at = 0; (at = options_.find("--", at)) != std::string::npos; ++at) words.push_back(options_.substr(at, options_.find(' ', at) - at));
  for (const std::string& word : Act({"handle", "1", "9"})) words.push_back(word);
  OnTerminal leader(words);
  leader.Await("ready\r\n");
  leader.HangUp();
  EXPECT_EQ(leader.Wait(), 9);
}

}  // namespace
}  // namespace foster
