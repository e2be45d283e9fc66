// SPDX-License-Identifier: Apache-2.0
// The contract's section "Signals": those that come before there is a workload. The test steps foster by ptrace(2) from one system call to the
// next and sends a signal at each.
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/util/foster_process.h"
#include "tests/util/proc.h"
#include "tests/util/registers.h"
#include "tests/util/setting.h"

namespace foster {
namespace {

// ptrace(2) by system call: the two C libraries disagree about its types.
long Trace(long request, pid_t pid, const void* address = nullptr, const void* data = nullptr) { return syscall(SYS_ptrace, request, pid, address, data); }

const void* Flags(unsigned long flags) { return reinterpret_cast<const void*>(flags); }

// A foster that stands where the test has stepped it.
class Stepped {
 public:
  explicit Stepped(Start start) : process((start.traced = true, start)) {
    AwaitStop();
    Trace(PTRACE_SETOPTIONS, process.pid(), nullptr, Flags(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
  }

  // To the next system call's entry or exit; its number, or -1 where foster ended.
  long Step() {
    Trace(PTRACE_SYSCALL, process.pid());
    if (!AwaitStop()) return -1;
    const SystemCallStop stop = SystemCallOf(process.pid());
    at_entry_ = stop.entry;
    if (at_entry_) number_ = stop.number;
    return number_;
  }
  bool at_entry() const { return at_entry_; }

  // One instruction.
  bool StepInstruction() {
    Trace(PTRACE_SINGLESTEP, process.pid());
    return AwaitStop();
  }
  uint64_t InstructionPointer() const {
    Registers registers = {};
    GetRegisters(process.pid(), &registers);
    return foster::InstructionPointer(registers);
  }

  void LetGo() { Trace(PTRACE_DETACH, process.pid()); }

  FosterProcess process;

 private:
  bool AwaitStop() const {
    int word = 0;
    while (waitpid(process.pid(), &word, __WALL) < 0 && errno == EINTR) {
    }
    return WIFSTOPPED(word);
  }
  bool at_entry_ = false;
  long number_ = -1;
};

class EarlySignals : public InSetting {
 protected:
  // A workload that USR1 ends, and that nothing else does.
  Start Waiting(const std::vector<std::string>& options = {}) const {
    return {.setting = GetParam(), .options = options, .command = Act({"hold"}), .traced = true};
  }
};
IN_EVERY_SETTING(EarlySignals);

TEST_P(EarlySignals, AreHeldFromTheFirstSystemCallOn) {
  Stepped foster(Waiting());
  ASSERT_EQ(foster.Step(), SYS_rt_sigprocmask);
  ASSERT_TRUE(foster.at_entry());
  ASSERT_EQ(foster.Step(), SYS_rt_sigprocmask);
  EXPECT_EQ(SignalField(foster.process.pid(), "SigBlk"), 0xfffffffffffbfeffu) << "all but KILL and STOP";
  foster.process.Signal(SIGUSR1);
  foster.LetGo();
  EXPECT_EQ(foster.process.Wait(), 128 + SIGUSR1);
}

TEST_P(EarlySignals, CanBeLostOnlyInTheFirstDozenOfInstructions) {
  Stepped foster(Waiting());
  int instructions = 0;
  for (; instructions < 1000; ++instructions) {
    unsigned long word = 0;
    ASSERT_EQ(Trace(PTRACE_PEEKTEXT, foster.process.pid(), Flags(foster.InstructionPointer()), &word), 0);
    if ((word & kSystemCallMask) == kSystemCall) break;
    ASSERT_TRUE(foster.StepInstruction());
  }
  RecordProperty("instructions", instructions);
  EXPECT_LE(instructions, 12);
  foster.process.Signal(SIGKILL);
  foster.LetGo();
  EXPECT_EQ(foster.process.Wait(), -SIGKILL);
}

// Starts foster again and again, and stops it one system call later each time, until it waits for what happens.
void ReachTheWorkloadFromEverywhere(const Start& start, const Setting& setting) {
  int places = 0;
  for (int stop_after = 1; stop_after < 400; ++stop_after) {
    SCOPED_TRACE("stopped after " + std::to_string(stop_after) + " system call stops");
    Stepped foster(start);
    long number = -1;
    for (int i = 0; i <= stop_after; ++i) number = foster.Step();
    ASSERT_NE(number, -1);
    const bool waits = foster.at_entry() && IsFostersWait(number);
    foster.process.Signal(SIGUSR1);
    foster.LetGo();
    ASSERT_EQ(foster.process.Wait(), 128 + SIGUSR1) << "at system call " << number;
    ++places;
    if (waits) break;
  }
  testing::Test::RecordProperty("places", places);
  EXPECT_GT(places, 10);
  EXPECT_LT(places, 399) << NameOf(setting);
}

TEST_P(EarlySignals, SentAtAnySystemCallReachTheWorkload) { ReachTheWorkloadFromEverywhere(Waiting(), GetParam()); }

TEST_P(EarlySignals, SentAtAnySystemCallReachTheGroupToo) { ReachTheWorkloadFromEverywhere(Waiting({"-g"}), GetParam()); }

TEST_P(EarlySignals, SentWhileTheWorkloadIsBetweenForkAndExecReachIt) {
  if (role() == Role::kWrapper) GTEST_SKIP() << "the outer half's child is the inner half; Init and Plain say the same of that";
  for (const char* target : {"--to=process", "--to=group"}) {
    for (int stop_after = 1; stop_after < 60; ++stop_after) {
      SCOPED_TRACE(std::string(target) + ", the child stopped after " + std::to_string(stop_after) + " system call stops");
      Stepped foster(Waiting({target}));
      const pid_t pid = foster.process.pid();
      Trace(PTRACE_SETOPTIONS, pid, nullptr, Flags(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC));
      Trace(PTRACE_CONT, pid);
      int word = 0;
      ASSERT_EQ(waitpid(pid, &word, __WALL), pid);
      ASSERT_EQ(word >> 8, SIGTRAP | (PTRACE_EVENT_VFORK << 8));
      unsigned long number = 0;
      Trace(PTRACE_GETEVENTMSG, pid, nullptr, &number);
      const pid_t child = static_cast<pid_t>(number);
      ASSERT_EQ(waitpid(child, &word, __WALL), child);
      bool executed = false;
      for (int i = 0; i < stop_after && !executed; ++i) {
        Trace(PTRACE_SYSCALL, child);
        ASSERT_EQ(waitpid(child, &word, __WALL), child);
        ASSERT_TRUE(WIFSTOPPED(word));
        executed = word >> 8 == (SIGTRAP | (PTRACE_EVENT_EXEC << 8));
      }
      foster.process.Signal(SIGUSR1);
      Trace(PTRACE_DETACH, child);
      foster.LetGo();
      ASSERT_EQ(foster.process.Wait(), 128 + SIGUSR1);
      if (executed) break;
      ASSERT_LT(stop_after, 59);
    }
  }
}

}  // namespace
}  // namespace foster
