// SPDX-License-Identifier: Apache-2.0
// The contract's section "Holes of other inits": what was measured to go wrong with tini, dumb-init or catatonit, and is no sentence of another section.
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
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

std::string Got(int signo) { return "got " + std::to_string(signo) + " "; }

std::string InProc(pid_t pid, const char* file) { return "/proc/" + std::to_string(pid) + "/" + file; }

// The fosters of a test: one, or both halves of a wrapper.
std::vector<pid_t> Fosters(const FosterProcess& foster) {
  std::vector<pid_t> all = {foster.pid()};
  if (foster.parent_of_workload() != foster.pid()) all.push_back(foster.parent_of_workload());
  return all;
}

// How often a process slept and was interrupted, and its time on a processor: all of it stands still while it sleeps.
std::string Activity(pid_t pid) {
  return StatusField(pid, "voluntary_ctxt_switches") + " " + StatusField(pid, "nonvoluntary_ctxt_switches") + " " + ReadFile(InProc(pid, "schedstat"));
}

// Whether there is a second in which it sleeps and nothing wakes it. One that spins, or polls, never has one.
bool HasAQuietSecond(pid_t pid) {
  for (int i = 0; i < 30; ++i) {
    const std::string before = Activity(pid);
    // Here time must pass: what does not happen has no event.
    const struct timespec second = {1, 0};
    nanosleep(&second, nullptr);
    if (StateOf(pid) == "S" && Activity(pid) == before) return true;
  }
  return false;
}

// Whether it has taken every signal that was sent to it, and sleeps again.
bool HasHeardAll(pid_t pid) {
  return Eventually([&] { return (SignalField(pid, "ShdPnd") | SignalField(pid, "SigPnd")) == 0 && StateOf(pid) == "S"; });
}

class HolesOfOthers : public InSetting {
 protected:
  Start Running(const std::vector<std::string>& act, const std::vector<std::string>& options = {}) const {
    return {.setting = GetParam(), .options = options, .command = Act(act)};
  }
};
IN_EVERY_SETTING(HolesOfOthers);

TEST_P(HolesOfOthers, ALogWithoutAReaderMakesNobodySpin) {
  FosterProcess foster(Running({"listen", "2"}, {"-vv"}));
  foster.WaitFor("ready");
  foster.CloseErrors();
  foster.Signal(SIGUSR1);  // foster says that it passes it on, and SIGPIPE is what it gets for that
  EXPECT_EQ(foster.NextLine().find(Got(SIGUSR1)), 0u);
  for (pid_t pid : Fosters(foster)) EXPECT_TRUE(HasAQuietSecond(pid));
  foster.Signal(SIGTERM);
  EXPECT_EQ(foster.NextLine().find(Got(SIGTERM)), 0u);
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(HolesOfOthers, AnAlarmOfFostersOwnIsNotPassedOn) {
  Start start = Running({"listen", "3"});
  start.before_exec = [] {
    SetSignalMask(kAllSignals);
    // The timer is the process's own: it is kept by exec, and the workload does not get it.
    const struct itimerval often = {{0, 5000}, {0, 5000}};
    if (setitimer(ITIMER_REAL, &often, nullptr) != 0) _exit(97);
  };
  FosterProcess foster(start);
  foster.WaitFor("ready");
  const auto woken = [&] { return atol(StatusField(foster.pid(), "voluntary_ctxt_switches").c_str()); };
  for (int signo : {SIGUSR1, SIGHUP, SIGTERM}) {
    const long before = woken();
    ASSERT_TRUE(Eventually([&] { return woken() > before + 5; })) << "no alarm came";
    foster.Signal(signo);
    const std::string line = foster.NextLine();
    ASSERT_EQ(line.find(Got(signo)), 0u) << "it was told of " << line;
  }
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(HolesOfOthers, ALimitOnFostersOwnProcessorTimeIsNotPassedOn) {
  Start start = Running({"listen"});
  start.before_exec = [] {
    // A second is the smallest limit, and what was used before exec counts.
    struct timespec used = {};
    while (used.tv_sec < 1) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  };
  FosterProcess foster(start);
  foster.WaitFor("ready");
  const auto soft_limit = [&](const struct rlimit* set) {
    struct rlimit now = {};
    EXPECT_EQ(prlimit(foster.pid(), RLIMIT_CPU, set, set == nullptr ? &now : nullptr), 0) << strerror(errno);
    return now.rlim_cur;
  };
  const struct rlimit a_second = {1, RLIM_INFINITY};
  soft_limit(&a_second);
  // The kernel looks when a tick finds foster at work. It has sent SIGXCPU when the limit is a second more.
  EXPECT_TRUE(Eventually([&] {
    foster.Signal(SIGUSR1);
    const std::string line = foster.NextLine();
    EXPECT_EQ(line.find(Got(SIGUSR1)), 0u) << "it was told of " << line;
    return HasFailure() || soft_limit(nullptr) > 1;
  }));
  EXPECT_TRUE(HasHeardAll(foster.pid()));
  foster.Signal(SIGWINCH);  // a higher number than XCPU's: it would be told after it
  EXPECT_EQ(foster.NextLine().find(Got(SIGWINCH)), 0u);
  ASSERT_TRUE(SendSignal(foster.workload(), SIGKILL));
  EXPECT_EQ(foster.Wait(), 128 + SIGKILL);
}

TEST_P(HolesOfOthers, DroppingTermKeepsNobodyFromBeingAskedAtTheEnd) {
  FosterProcess foster(Running({"leave", "obey", "5", "2"}, {"--rewrite=TERM:0", "--grace=forever"}));
  EXPECT_EQ(foster.Rest(), "asked\nasked\n");
  EXPECT_EQ(foster.Wait(), 5);
}

TEST_P(HolesOfOthers, ANumberWithMoreBehindItIsNone) {
  const struct {
    std::vector<std::string> options;
    const char* named;
  } kWrong[] = {
      {{"--rewrite=15:2xyz"}, "foster: --rewrite: \"2xyz\": "}, {{"--rewrite=15x:2"}, "foster: --rewrite: \"15x\": "},
      {{"--rewrite=15:"}, "foster: --rewrite: \"\": "},         {{"--rewrite=:2"}, "foster: --rewrite: \"\": "},
      {{"--rewrite=15: 2"}, "foster: --rewrite: \" 2\": "},     {{"--rewrite=4294967311:2"}, "foster: --rewrite: \"4294967311\": "},
      {{"--expect-exit="}, "foster: --expect-exit: \"\": "},    {{"-e", ""}, "foster: -e: \"\": "},
      {{"--expect-exit=3,"}, "foster: --expect-exit: \"\": "},  {{"--expect-exit=3x"}, "foster: --expect-exit: \"3x\": "},
      {{"--expect-exit=256"}, "foster: --expect-exit: \"256\": "}, {{"--expect-exit=-1"}, "foster: --expect-exit: \"-1\": "},
      {{"--grace="}, "foster: --grace: \"\": "},                {{"--grace=5sx"}, "foster: --grace: \"5sx\": "},
  };
  for (const auto& wrong : kWrong) {
    FosterProcess foster(Running({"exit", "0"}, wrong.options));
    const std::string said = foster.Errors();
    EXPECT_EQ(foster.Wait(), 125) << wrong.options.back();
    EXPECT_EQ(said.find(wrong.named), 0u) << said;
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
  }
  FosterProcess verbose({.setting = GetParam(), .command = Act({"exit", "0"}), .environment = {"FOSTER_VERBOSE=1x"}});
  EXPECT_EQ(verbose.Errors().find("foster: FOSTER_VERBOSE: \"1x\": "), 0u);
  EXPECT_EQ(verbose.Wait(), 125);
}

TEST_P(HolesOfOthers, TenThousandZombiesAtOnceAreReaped) {
  // Fewer where a processor is emulated.
  const char* fewer = getenv("FOSTER_ORPHANS");
  const int count = fewer == nullptr ? 10000 : std::min(10000, atoi(fewer) / 10);
  Start start = Running({"hold"});
  start.before_exec = [count] {
    for (int i = 0; i < count; ++i) {
      const pid_t child = fork();
      if (child == 0) _exit(0);
      siginfo_t info;
      if (child < 0 || waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) != 0) _exit(96);
    }
  };
  FosterProcess foster(start);
  const std::string first = foster.NextLine();
  if (first == "(end)" && foster.Wait() == 96) GTEST_SKIP() << "no room for " << count << " processes here";
  EXPECT_EQ(first, "ready");
  EXPECT_TRUE(Eventually([&] { return ChildrenOf(foster.pid()).size() == 1; })) << ChildrenOf(foster.pid()).size() << " are left";
  foster.CloseInput();
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(HolesOfOthers, SignalsArriveWhereNoneCanBeQueued) {
  const struct rlimit none = {0, 0};
  {
    Start start = Running({"listen", "5"});
    start.before_exec = [none] {
      if (setrlimit(RLIMIT_SIGPENDING, &none) != 0) _exit(97);
    };
    FosterProcess foster(start);
    foster.WaitFor("ready");
    for (int signo : {40, SIGTERM, 64, 40, SIGUSR1}) {
      foster.Signal(signo);
      EXPECT_EQ(foster.NextLine().find(Got(signo)), 0u);
    }
    EXPECT_EQ(foster.Wait(), 0);
  }
  // Room at foster, and none at the workload: the value is lost, and the signal is not.
  FosterProcess foster(Running({"listen", "2"}));
  foster.WaitFor("ready");
  ASSERT_EQ(prlimit(foster.workload(), RLIMIT_SIGPENDING, &none, nullptr), 0) << strerror(errno);
  for (int signo : {40, SIGUSR1}) {
    foster.Queue(signo, 7);
    EXPECT_EQ(foster.NextLine().find(Got(signo)), 0u);
  }
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(HolesOfOthers, AWorkloadThatADebuggerHoldsIsWaitedForAsleep) {
  FosterProcess foster(Running({"handle", "15", "9"}));
  foster.WaitFor("ready");
  const pid_t workload = foster.workload();
  // This test is the debugger.
  if (ptrace(PTRACE_SEIZE, workload, nullptr, nullptr) != 0) GTEST_SKIP() << "the workload may not be traced here: " << strerror(errno);
  foster.Signal(SIGTERM);
  int word = 0;
  ASSERT_EQ(waitpid(workload, &word, __WALL), workload);
  ASSERT_TRUE(WIFSTOPPED(word) && WSTOPSIG(word) == SIGTERM) << word;
  ASSERT_EQ(ptrace(PTRACE_CONT, workload, nullptr, SIGTERM), 0);
  // It has exited, and is the debugger's before it is foster's.
  ASSERT_TRUE(Eventually([&] { return StateOf(workload) == "Z"; }));
  for (pid_t pid : Fosters(foster)) EXPECT_TRUE(HasAQuietSecond(pid));
  EXPECT_FALSE(foster.Ended()) << "whose exit status is not known yet";
  ASSERT_EQ(waitpid(workload, &word, __WALL), workload);
  EXPECT_TRUE(WIFEXITED(word) && WEXITSTATUS(word) == 9) << word;
  EXPECT_EQ(foster.Wait(), 9);
}

// A process that has the number `number` in the PID namespace of `like`, blocks every signal, and leads a group of its own. It belongs to the test.
// Its process id, or a negated errno.
pid_t Stranger(pid_t like, pid_t number) {
  const FileDescriptor own(open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
  const FileDescriptor there(open(InProc(like, "ns/pid").c_str(), O_RDONLY | O_CLOEXEC));
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0 || setns(there.get(), CLONE_NEWPID) != 0) return -errno;
  const FileDescriptor reader(ends[0]);
  FileDescriptor writer(ends[1]);
  struct clone_args arguments = {};
  arguments.exit_signal = SIGCHLD;
  arguments.set_tid = reinterpret_cast<uint64_t>(&number);
  arguments.set_tid_size = 1;
  const SignalSet before = SetSignalMask(kAllSignals);
  long child = 0;
  // EEXIST: the last of the dead one's number is not yet given back.
  Eventually([&] { return (child = syscall(SYS_clone3, &arguments, sizeof arguments)) >= 0 || errno != EEXIST; });
  const int error = errno;
  if (child == 0) {
    const int keep[] = {ends[1]};
    CloseAllBut(keep, 1);
    setpgid(0, 0);
    if (write(ends[1], "r", 1) != 1) _exit(1);
    for (;;) pause();
  }
  SetSignalMask(before);
  EXPECT_EQ(setns(own.get(), CLONE_NEWPID), 0) << strerror(errno);
  if (child < 0) return -error;
  writer.Reset(-1);
  char byte;
  EXPECT_EQ(read(reader.get(), &byte, 1), 1);
  return static_cast<pid_t>(child);
}

TEST_P(HolesOfOthers, WhoGetsADeadWorkloadsNumberGetsNoSignal) {
  if (role() == Role::kWrapper) GTEST_SKIP() << "the inner half is what Init is";
  for (const char* target : {"--to=process", "--to=group"}) {
    SCOPED_TRACE(target);
    // Somebody else for whom foster waits, who is in no group of the workload's: its number would stay in use.
    int stay[2];
    ASSERT_EQ(pipe2(stay, O_CLOEXEC), 0);
    const FileDescriptor reader = AboveStdio(FileDescriptor(stay[0]));
    FileDescriptor writer = AboveStdio(FileDescriptor(stay[1]));
    Start start = Running({"hold"}, {target, "--grace=forever", "-v"});
    start.before_exec = [&] {
      const pid_t child = fork();
      if (child < 0) _exit(97);
      if (child > 0) return;
      SetSignalMask(kAllSignals);
      setpgid(0, 0);
      const int keep[] = {reader.get()};
      CloseAllBut(keep, 1);
      char byte;
      while (read(reader.get(), &byte, 1) < 0 && errno == EINTR) {
      }
      _exit(0);
    };
    FosterProcess foster(start);
    foster.WaitFor("ready");
    // The youngest child is the workload.
    const std::vector<pid_t> children = ChildrenOf(foster.pid());
    ASSERT_EQ(children.size(), 2u);
    const std::string numbers = StatusField(children.back(), "NSpid");
    const pid_t number = atoi(numbers.c_str() + numbers.find_last_of(" \t") + 1);
    ASSERT_GT(number, 1) << numbers;
    foster.CloseInput();
    foster.WaitForError("asked what is left to go");
    const pid_t stranger = Stranger(foster.workload(), number);
    if (stranger < 0) {
      writer.Reset(-1);
      EXPECT_EQ(foster.Wait(), 0);
      GTEST_SKIP() << "no process can be given a number here: " << strerror(-stranger);
    }
    for (int signo : {SIGHUP, SIGUSR1, SIGWINCH, SIGCONT, 40}) foster.Signal(signo);
    EXPECT_TRUE(HasHeardAll(foster.pid()));
    EXPECT_EQ(SignalField(stranger, "ShdPnd"), 0u);
    EXPECT_TRUE(SendSignal(stranger, SIGUSR2));
    EXPECT_EQ(SignalField(stranger, "ShdPnd"), SignalBit(SIGUSR2)) << "what is sent to it is seen";
    EXPECT_TRUE(SendSignal(stranger, SIGKILL));
    EXPECT_EQ(waitpid(stranger, nullptr, 0), stranger);
    writer.Reset(-1);
    EXPECT_EQ(foster.Wait(), 0);
  }
}

// A pseudo-terminal that becomes the controlling terminal of a foster which leads its session.
class OwnTerminal {
 public:
  OwnTerminal() : master_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    char name[64] = "";
    if (!master_.valid() || unlockpt(master_.get()) != 0 || ptsname_r(master_.get(), name, sizeof name) != 0) return;
    name_ = name;
  }
  bool there() const { return !name_.empty(); }
  // In the new process: as descriptor `as`.
  void Become(int as) const {
    const int fd = open(name_.c_str(), O_RDWR);
    if (fd < 0 || (ioctl(fd, TIOCSCTTY, 0) != 0) || dup2(fd, as) != as) _exit(97);
    if (fd != as) close(fd);
  }
  pid_t Foreground() const { return tcgetpgrp(master_.get()); }

 private:
  FileDescriptor master_;
  std::string name_;
};

TEST_P(HolesOfOthers, NothingIsBlockedInAWorkloadOnATerminal) {
  const OwnTerminal terminal;
  if (!terminal.there()) GTEST_SKIP() << "no pseudo-terminal can be had here";
  Start start = Running({"tell-signals"});
  start.before_exec = [&] {
    for (int signo = 1; signo <= kLastSignal; ++signo) {
      if (signo != SIGKILL && signo != SIGSTOP) SetDisposition(signo, Disposition::kDefault);
    }
    SetSignalMask(0);
    terminal.Become(0);
  };
  FosterProcess foster(start);
  EXPECT_EQ(foster.NextLine(), "blocked=0000000000000000 ignored=0000000000000000");
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(HolesOfOthers, TheForegroundIsTheWorkloadsWhateverStdinIs) {
  const OwnTerminal terminal;
  if (!terminal.there()) GTEST_SKIP() << "no pseudo-terminal can be had here";
  Start start = Running({"listen", "1"});
  start.before_exec = [&] {
    terminal.Become(2);
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0 || dup2(nothing, 0) != 0) _exit(97);
  };
  FosterProcess foster(start);
  foster.WaitFor("ready");
  EXPECT_EQ(terminal.Foreground(), foster.workload());
  foster.Signal(SIGTERM);
  EXPECT_EQ(foster.NextLine().find(Got(SIGTERM)), 0u);
  EXPECT_EQ(foster.Wait(), 0);
}

}  // namespace
}  // namespace foster
