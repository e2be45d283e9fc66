// SPDX-License-Identifier: Apache-2.0
// The contract's section "Own safety": once the workload runs nothing is allocated. The test puts breakpoints on all ways to memory in the shipped
// binary, by the symbols that were put aside from it, and follows all of its processes from exec on.
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "os/clone.h"
#include "os/file_descriptor.h"
#include "tests/util/foster_process.h"
#include "tests/util/proc.h"
#include "tests/util/registers.h"
#include "tests/util/setting.h"

namespace foster {
namespace {

// Where memory comes from: operator new and the C library's allocator, by breakpoints (not all of them need be in the binary); and the kernel, by its calls.
constexpr const char* kWaysToMemory[] = {"_Znwm", "_Znam", "malloc", "calloc", "realloc", "aligned_alloc", "memalign", "posix_memalign", "__libc_malloc", "__libc_malloc_impl", "default_malloc"};

// Address to name; empty where there are no symbols.
std::map<uint64_t, std::string> WaysToMemory() {
  std::map<uint64_t, std::string> found;
  const std::string file = ReadFile(FosterBinary() + ".debug");
  if (file.size() < sizeof(Elf64_Ehdr)) return found;
  const auto* header = reinterpret_cast<const Elf64_Ehdr*>(file.data());
  const auto* sections = reinterpret_cast<const Elf64_Shdr*>(file.data() + header->e_shoff);
  for (int i = 0; i < header->e_shnum; ++i) {
    if (sections[i].sh_type != SHT_SYMTAB) continue;
    const char* names = file.data() + sections[sections[i].sh_link].sh_offset;
    const auto* symbols = reinterpret_cast<const Elf64_Sym*>(file.data() + sections[i].sh_offset);
    for (size_t j = 0; j < sections[i].sh_size / sizeof(Elf64_Sym); ++j) {
      for (const char* way : kWaysToMemory) {
        if (ELF64_ST_TYPE(symbols[j].st_info) == STT_FUNC && strcmp(names + symbols[j].st_name, way) == 0) found[symbols[j].st_value] = way;
      }
    }
  }
  return found;
}

struct Run {
  Setting setting;
  std::vector<std::string> options;
  std::string script;  // the workload, for a shell
  bool deaf = false;   // to TERM from its first instruction on
};

struct Account {
  int before = 0;                       // allocations until the workload ran
  std::multiset<std::string> after;     // and since
  int workloads = 0;                    // how many programs foster has started
  int code = -1;                        // foster's exit status
  std::string said;                     // what all of them wrote to stdout, stderr and the status lines
};

class Follower {
 public:
  explicit Follower(std::map<uint64_t, std::string> places) : places_(std::move(places)) {}

  Account Follow(const Run& run) {
    const FileDescriptor said(memfd_create("said", 0));
    Start(run, said.get());
    int word;
    for (pid_t pid; !over_ && ((pid = waitpid(-1, &word, __WALL)) > 0 || errno == EINTR);) {
      if (pid > 0) Take(pid, word);
    }
    char chunk[4096];
    ssize_t got;
    lseek(said.get(), 0, SEEK_SET);
    while ((got = read(said.get(), chunk, sizeof chunk)) > 0) account_.said.append(chunk, static_cast<size_t>(got));
    return account_;
  }

 private:
  void Start(const Run& run, int said) {
    std::vector<std::string> words = {FosterBinary(), run.setting.reaper == Reaper::kKernel ? "--reap=kernel" : "--reap=wait", "--status-fd=9"};
    if (run.setting.role == Role::kWrapper) words.push_back("--new=pid");
    words.insert(words.end(), run.options.begin(), run.options.end());
    words.insert(words.end(), {"--", "/bin/sh", "-c", run.script});
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(&word[0]);
    argv.push_back(nullptr);
    CloneResult child = Fork(run.setting.role == Role::kInit ? CLONE_NEWPID : 0);
    ASSERT_GE(child.pid, 0) << strerror(child.error);
    if (child.pid == 0) {
      for (int fd : {1, 2, 9}) dup2(said, fd);
      setsid();
      if (run.deaf) signal(SIGTERM, SIG_IGN);
      ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
      execv(argv[0], argv.data());
      _exit(124);
    }
    outermost_ = child.pid;
    int word;
    while (waitpid(outermost_, &word, __WALL) < 0 && errno == EINTR) {
    }
    ASSERT_TRUE(WIFSTOPPED(word)) << word;
    ptrace(PTRACE_SETOPTIONS, outermost_, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL);
    for (const auto& place : places_) {
      errno = 0;
      const long text = ptrace(PTRACE_PEEKTEXT, outermost_, place.first, nullptr);
      ASSERT_EQ(errno, 0);
      originals_[place.first] = static_cast<unsigned long>(text);
      Plant(outermost_, place.first);
    }
    ptrace(PTRACE_SYSCALL, outermost_, nullptr, nullptr);
  }

  // Only the bits of a breakpoint are touched: another one may stand beside it.
  static void Put(pid_t pid, uint64_t at, unsigned long instruction) {
    const unsigned long there = static_cast<unsigned long>(ptrace(PTRACE_PEEKTEXT, pid, at, nullptr));
    ptrace(PTRACE_POKETEXT, pid, at, (there & ~kBreakpointMask) | (instruction & kBreakpointMask));
  }
  static void Plant(pid_t pid, uint64_t at) { Put(pid, at, kBreakpoint); }

  void Take(pid_t pid, int word) {
    if (WIFEXITED(word) || WIFSIGNALED(word)) {
      if (pid != outermost_) return;
      over_ = true;
      account_.code = WIFEXITED(word) ? WEXITSTATUS(word) : -WTERMSIG(word);
      return;
    }
    const int event = word >> 16;
    const int signo = WSTOPSIG(word);
    if (event == PTRACE_EVENT_EXEC) {
      ++account_.workloads;
      ptrace(PTRACE_DETACH, pid, nullptr, nullptr);
      return;
    }
    int deliver = 0;
    if (signo == (SIGTRAP | 0x80)) {
      TakeSystemCall(pid);
    } else if (event == 0 && signo == SIGTRAP && TakeBreakpoint(pid)) {
    } else if (event == 0 && signo == SIGSTOP && known_.insert(pid).second) {
      // Of a new one, which is traced like the one that made it.
    } else if (event == 0) {
      deliver = signo;
    }
    ptrace(PTRACE_SYSCALL, pid, nullptr, deliver);
  }

  void Note(const std::string& way) {
    if (account_.workloads == 0) {
      ++account_.before;
    } else {
      account_.after.insert(way);
    }
  }

  void TakeSystemCall(pid_t pid) {
    const SystemCallStop stop = SystemCallOf(pid);
    if (stop.entry) {
      calls_[pid] = stop.number;
      if (stop.number == SYS_mmap) Note("the system call mmap");
      if (stop.number == SYS_brk) Note("the system call brk");
      if (stop.number == SYS_mremap) Note("the system call mremap");
    } else if (calls_[pid] == SYS_madvise) {
      // What foster gives back of its code it gets again from the file, without breakpoints.
      for (const auto& place : places_) Plant(pid, place.first);
    }
  }

  bool TakeBreakpoint(pid_t pid) {
    Registers registers;
    if (!GetRegisters(pid, &registers)) return false;
    const auto place = places_.find(InstructionPointer(registers) - kBehindBreakpoint);
    if (place == places_.end()) return false;
    Note(place->second);
    // The instruction that stood there, alone; then the breakpoint again. Nobody else runs in this memory: its owner waits for a child that shares it.
    SetInstructionPointer(&registers, place->first);
    SetRegisters(pid, registers);
    Put(pid, place->first, originals_[place->first]);
    ptrace(PTRACE_SINGLESTEP, pid, nullptr, nullptr);
    int word;
    while (waitpid(pid, &word, __WALL) < 0 && errno == EINTR) {
    }
    Plant(pid, place->first);
    return true;
  }

  const std::map<uint64_t, std::string> places_;
  std::map<uint64_t, unsigned long> originals_;
  std::map<pid_t, long> calls_;  // in which each is
  std::set<pid_t> known_;
  pid_t outermost_ = -1;
  bool over_ = false;
  Account account_;
};

class Allocations : public InSetting {
 protected:
  void SetUp() override {
    InSetting::SetUp();
    if (IsSkipped()) return;
    places_ = WaysToMemory();
    if (places_.empty()) GTEST_SKIP() << "there are no symbols beside the binary";
    std::set<std::string> names;
    for (const auto& place : places_) names.insert(place.second);
    // operator new[] may be one function with operator new.
    ASSERT_TRUE(names.count("_Znwm") + names.count("_Znam") > 0);
  }

  Account Follow(const std::vector<std::string>& options, const std::string& script, bool deaf = false) const { return Follower(places_).Follow({GetParam(), options, script, deaf}); }

  // Nothing was allocated while the script ran; foster exited with `code`; its lines have all of `words`.
  void None(const std::vector<std::string>& options, const std::string& script, int code, const std::vector<std::string>& words, bool deaf = false) const {
    SCOPED_TRACE(script);
    // With all that tells of it, or with nothing that does.
    for (const char* telling : {"-vv", "--log=json", "--quiet"}) {
      std::vector<std::string> all = options;
      all.push_back(telling);
      const Account account = Follow(all, script, deaf);
      EXPECT_EQ(account.after, std::multiset<std::string>()) << telling;
      EXPECT_EQ(account.code, code) << account.said;
      EXPECT_GE(account.workloads, 1);
      for (const std::string& word : words) EXPECT_NE(account.said.find(word), std::string::npos) << word << " in " << account.said;
    }
  }

  std::map<uint64_t, std::string> places_;
};
IN_EVERY_SETTING(Allocations);

TEST_P(Allocations, AreNoneOnTheWayOfASignal) {
  None({"--rewrite=USR2:USR1"}, "trap 'h=1' HUP; trap 'u=1' USR1; kill -HUP $PPID; kill -USR2 $PPID; while [ \"$h$u\" != 11 ]; do sleep 0.01; done; echo both; "
       "kill -TERM $PPID; while :; do sleep 0.01; done", 143, {"both", "\"stop\""});
}

TEST_P(Allocations, AreNoneOnTheWayOfADeath) {
  None({}, "exit 3", 3, {"\"ended\"", "\"exit\""});
  None({}, "kill -KILL $$", 137, {"\"KILL\""});
  None({}, "for i in 1 2 3 4 5 6 7 8; do (true &); done; exit 3", 3, {"\"ended\""});
}

TEST_P(Allocations, AreNoneOnTheWayDownTheLadder) {
  const std::string deaf = "trap '' TERM; kill -TERM $PPID; while :; do sleep 0.01; done";
  None({"--grace=50ms", "--stop-delay=10ms"}, deaf, 137, {"\"stop\"", "\"leftovers\""});
  None({"--grace=50ms", "--timeout=10ms"}, "while :; do sleep 0.01; done", 137, {"\"timeout\""}, true);
  None({"--grace=50ms"}, "(trap '' TERM; while :; do sleep 0.01; done) & exit 3", 3, {"\"ended\""});
}

TEST_P(Allocations, AreNoneForFurtherRuns) {
  None({"--restart=on-failure:3", "--backoff=1ms..2ms", "--grace=20ms"}, "(trap '' TERM; sleep 3600) & exit 3", 3, {"\"restart\"", "too-many-restarts"});
}

TEST_P(Allocations, AreNoneForNotifications) {
  None({"--ready=notify", "--watchdog=1h"}, ActBinary() + " say STATUS=up READY=1 MAINPID=3 STOPPING=1 </dev/null", 0, {"\"status\"", "\"ready\"", "\"main\"", "\"stopping\""});
  None({"--ready=fd:5"}, "echo >&5", 0, {"\"ready\""});
  None({"--watchdog=10ms"}, "while :; do sleep 0.01; done", 134, {"\"watchdog\""});
}

// That the test sees what there is to see.
TEST_P(Allocations, AreSeenWhereThereAreSome) {
  const Account account = Follow({"--env=ONE=more", "--rlimit=core=0"}, "exit 3");
  EXPECT_EQ(account.code, 3);
  EXPECT_GT(account.before, 0);
}

}  // namespace
}  // namespace foster
