// SPDX-License-Identifier: Apache-2.0
// The contract's section "Terminal": on a real pseudo-terminal, under bash as a person uses it, and as its session's leader.
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iterator>
#include <string>
#include <tuple>
#include <vector>

#include "gtest/gtest.h"
#include "tests/util/foster_process.h"
#include "tests/util/on_terminal.h"
#include "tests/util/setting.h"

namespace foster {
namespace {

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

// As a plain process, as the wrappers that there are (@ is the init of a PID namespace to be entered), with foster's own choice of reaper and with each.
class Terminals : public testing::TestWithParam<std::tuple<const char*, const char*>> {
 protected:
  void SetUp() override {
    if (access("/bin/bash", X_OK) != 0) GTEST_SKIP() << "there is no bash here";
    std::string options = std::get<0>(GetParam());
    if (!options.empty()) {
      const std::string why = WhyNot({Role::kWrapper, Reaper::kWait});
      if (!why.empty()) GTEST_SKIP() << why;
    }
    const std::string reap = std::get<1>(GetParam());
    if (reap == "--reap=kernel") {
      const std::string why = WhyNot({Role::kPlain, Reaper::kKernel});
      if (!why.empty()) GTEST_SKIP() << why;
    }
    const size_t at = options.find('@');
    if (at != std::string::npos) {
      ASSERT_TRUE(there_.Make());
      options.replace(at, 1, there_.init());
    }
    words_ = {FosterBinary()};
    for (size_t begin = 0; (begin = options.find("--", begin)) != std::string::npos; ++begin) words_.push_back(options.substr(begin, options.find(' ', begin) - begin));
    if (!reap.empty()) words_.push_back(reap);
  }
  const std::vector<std::string>& Words() const { return words_; }
  // The beginning of a command line.
  std::string Foster() const {
    std::string line;
    for (const std::string& word : words_) line += word + " ";
    return line;
  }
  std::string FosterAct() const { return Foster() + ActBinary() + " "; }

 private:
  SomebodysNamespace there_;
  std::vector<std::string> words_;
};

constexpr const char* kOptions[] = {"", "--new=pid", "--join=@,pid", "--join=@,pid --new=pid"};
constexpr const char* kNames[] = {"Plain", "Wrapper", "Joined", "WrapperInsideOfOneThatIsJoined"};
constexpr const char* kReap[] = {"", "--reap=wait", "--reap=kernel"};
constexpr const char* kReapNames[] = {"", "WaitReaping", "KernelReaping"};

INSTANTIATE_TEST_SUITE_P(, Terminals, testing::Combine(testing::ValuesIn(kOptions), testing::ValuesIn(kReap)),
                         [](const testing::TestParamInfo<Terminals::ParamType>& info) {
                           std::string name;
                           for (size_t i = 0; i < std::size(kOptions); ++i) name += std::string(std::get<0>(info.param)) == kOptions[i] ? kNames[i] : "";
                           for (size_t i = 0; i < std::size(kReap); ++i) name += std::string(std::get<1>(info.param)) == kReap[i] ? kReapNames[i] : "";
                           return name;
                         });

// An interactive shell with its prompt kept short, and its notices kept until a prompt.
const std::vector<std::string> kShell = {"/bin/bash", "--norc", "--noprofile", "-i"};

TEST_P(Terminals, CtrlCArrivesOnce) {
  OnTerminal shell(kShell);
  shell.Type("PS1='$ '; " + FosterAct() + "listen 2; echo status=$?\n");
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
  shell.Type("PS1='$ '; " + FosterAct() + "hold; echo status=$?\n");
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
  shell.Type("PS1='$ '; set +b; " + FosterAct() + "handle 15 9\n");
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
  std::vector<std::string> words = Words();
  for (const std::string& word : Act({"handle", "1", "9"})) words.push_back(word);
  OnTerminal leader(words);
  leader.Await("ready\r\n");
  leader.HangUp();
  EXPECT_EQ(leader.Wait(), 9);
}

TEST_P(Terminals, AStopLooksToTheShellLikeTheWorkloadsOwn) {
  OnTerminal shell(kShell);
  shell.Type("PS1='$ '; " + FosterAct() + "hold\n");
  shell.Await("ready\r\n");
  shell.Type("\x1a");
  shell.Await("Stopped");
  shell.Type("echo stopped=$?; fg\n");
  shell.Await("stopped=148");
  shell.Await("act hold\r\n");
  shell.Type("\x04");
  shell.Await("$ ");
}

TEST_P(Terminals, InAPipelineTheOtherMembersKeepIt) {
  OnTerminal shell(kShell);
  shell.Type("PS1='$ '; " + FosterAct() + "listen 2 | (trap '' INT; read x </dev/tty; echo read-$x; exec cat)\n");
  shell.Type("something\n");
  shell.Await("read-something");
  shell.Await("ready\r\n");
  shell.Type("\x03");
  shell.Await("got 2 ");
  shell.Type("\x1c");  // told next, so a second 2 would be told before it
  EXPECT_EQ(shell.Await("Quit").find("got 2 "), std::string::npos);
}

TEST_P(Terminals, InAPipelineTheWorkloadGetsItWhenItReadsIt) {
  OnTerminal shell(kShell);
  shell.Type("PS1='$ '; echo piped | " + Foster() + "bash -c 'read x </dev/tty; read y; echo read-$x-$y' | cat; echo status=$?\n");
  shell.Type("typed\n");
  shell.Await("read-typed-piped");
  shell.Await("status=0");
  shell.Type("echo the-shell-$((40+2))\n");
  shell.Await("the-shell-42");
}

TEST_P(Terminals, InAPipelineCtrlZStopsAllAndFgResumesAll) {
  OnTerminal shell(kShell);
  shell.Type("PS1='$ '; " + FosterAct() + "hold </dev/zero | cat; echo status=$?\n");
  shell.Await("ready\r\n");
  shell.Type("\x1a");
  shell.Await("Stopped");
  shell.Type("echo the-shell-$((40+2)); fg\n");
  shell.Await("the-shell-42");
  shell.AwaitForeground(shell.pid(), false);
  shell.Type("\x03");
  shell.AwaitForeground(shell.pid(), true);
  shell.Type("echo after-$((40+3))\n");
  shell.Await("after-43");
}

TEST_P(Terminals, CtrlCEndsTheScriptThatFosterIsIn) {
  OnTerminal shell(kShell);
  shell.Type("PS1='$ '; bash -c '" + Foster() + "bash -c \"echo re\"ady\"; exec sleep 1000\"; echo the script goes on'\n");
  shell.Await("ready\r\n");
  shell.Type("\x03");
  shell.AwaitForeground(shell.pid(), true);  // what is typed before that goes to the script
  shell.Type("echo status=$?\n");
  EXPECT_EQ(shell.Await("status=130").find("goes on"), std::string::npos);
}

TEST_P(Terminals, CtrlCReachesAllOfTheWorkloadsGroup) {
  OnTerminal shell(kShell);
  shell.Type("PS1='$ '; bash -c '" + Foster() + "bash -c \"trap : INT; " + ActBinary() + " listen 2; echo after\"; true'\n");
  shell.Await("ready\r\n");
  shell.Type("\x03");
  shell.Await("got 2 ");
  shell.Type("\x1c");
  shell.Await("got 3 ");
}

TEST_P(Terminals, ABackgroundJobStopsWhereItReadsAndFgGivesItTheTerminal) {
  OnTerminal shell(kShell);
  shell.Type("PS1='$ '; set -b; " + Foster() + "bash -c 'read x; echo read-$x' &\n");
  shell.Await("Stopped");
  shell.Type("fg; echo status=$?\n");
  shell.Await("echo read-$x'\r\n");
  shell.Type("something\n");
  shell.Await("read-something");
  shell.Await("status=0");
}

TEST_P(Terminals, ABackgroundJobThatFgBroughtHearsCtrlC) {
  OnTerminal shell(kShell);
  shell.Type("PS1='$ '; " + FosterAct() + "listen 2 &\n");
  shell.Await("ready\r\n");
  shell.Type("fg; echo status=$?\n");
  shell.AwaitForeground(shell.pid(), false);
  shell.Type("\x03");
  shell.Await("got 2 ");
  shell.Type("\x1c");
  EXPECT_EQ(shell.Await("got 3 ").find("got 2 "), std::string::npos);
  shell.Await("status=0");
}

TEST_P(Terminals, AJobsSignalsArriveOnceAndRewritten) {
  OnTerminal shell(kShell);
  shell.Type("PS1='$ '; " + Foster() + "--rewrite=TERM:USR1 " + ActBinary() + " listen 3 &\n");
  shell.Await("ready\r\n");
  shell.Type("kill %1\n");
  shell.Await("got 10 ");
  shell.Type("kill -USR2 %1\n");
  EXPECT_EQ(shell.Await("got 12 ").find("got 10 "), std::string::npos);
  shell.Type("kill -QUIT %1\n");
  shell.Await("got 3 ");
}

TEST_P(Terminals, TellTheWorkloadOfTheirSize) {
  OnTerminal shell(kShell);
  shell.SetSize(24, 80);
  shell.Type("PS1='$ '; " + FosterAct() + "listen 2; echo status=$?\n");
  shell.Await("ready\r\n");
  shell.SetSize(31, 99);
  shell.Await("got 28 ");
  shell.Type("\x1c");
  EXPECT_EQ(shell.Await("got 3 ").find("got 28 "), std::string::npos);
  shell.Await("status=0");
  shell.Type(Foster() + "stty size\n");
  shell.Await("31 99");
}

TEST_P(Terminals, AnInnerShellHasJobControlOfItsOwn) {
  OnTerminal shell(kShell);
  shell.Type("PS1='$ '; " + Foster() + "bash --norc --noprofile -i; echo status=$?\n");
  shell.Type("PS1='inner '; " + ActBinary() + " hold\n");
  shell.Await("ready\r\n");
  shell.Type("\x1a");
  shell.Await("Stopped");
  shell.Type("echo the-inner-$((40+2))\n");
  shell.Await("the-inner-42");
  const pid_t inner = shell.Foreground();
  shell.Type("fg\n");
  shell.AwaitForeground(inner, false);
  shell.Type("\x03");
  shell.AwaitForeground(inner, true);  // Ctrl-C takes what was typed and not read
  shell.Type("echo again-$((40+3)); exit 7\n");
  shell.Await("again-43");
  shell.Await("status=7");
  shell.Type("echo the-shell-$((40+2))\n");
  shell.Await("the-shell-42");
}

TEST_P(Terminals, AWorkloadWithoutItOnStdinReadsDevTty) {
  OnTerminal shell(kShell);
  shell.Type("PS1='$ '; " + Foster() + "bash -c 'read x; read y </dev/tty; echo read-$x-$y' </dev/null; echo status=$?\n");
  shell.Type("something\n");
  shell.Await("read--something");
  shell.Await("status=0");
}

TEST_P(Terminals, CtrlZDoesNothingWhereNoShellCouldResume) {
  OnTerminal script({"/bin/bash", "-c", Foster() + "bash -c 'echo re\"\"ady; read x; echo read-$x'; exit 5"});
  script.Await("ready\r\n");
  script.Type("\x1a");
  script.Type("something\n");
  script.Await("read-something");
  EXPECT_EQ(script.Wait(), 5);
}

// As under `docker run -it`: foster leads the session.
TEST_P(Terminals, OfASessionsLeaderAreTheWorkloads) {
  std::vector<std::string> words = Words();
  for (const char* word : {"/bin/bash", "--norc", "--noprofile", "-i"}) words.push_back(word);
  OnTerminal leader(words);
  leader.SetSize(17, 71);
  leader.Type("PS1='$ '; stty size; " + ActBinary() + " listen 2\n");
  leader.Await("17 71");
  leader.Await("ready\r\n");
  leader.SetSize(18, 72);
  leader.Await("got 28 ");
  leader.Type("\x1c");
  leader.Await("got 3 ");
  leader.Type(ActBinary() + " hold\n");
  leader.Await("ready\r\n");
  leader.Type("\x1a");
  leader.Await("Stopped");
  leader.Type("echo the-inner-$((40+2))\n");
  leader.Await("the-inner-42");
  const pid_t inner = leader.Foreground();
  leader.Type("fg\n");
  leader.AwaitForeground(inner, false);
  leader.Type("\x03");
  leader.AwaitForeground(inner, true);
  leader.Type("exit 6\n");
  EXPECT_EQ(leader.Wait(), 6);
}

}  // namespace
}  // namespace foster
