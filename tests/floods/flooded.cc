// SPDX-License-Identifier: Apache-2.0
#include "tests/floods/flooded.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gtest/gtest.h"
#include "signals/signal_name.h"
#include "tests/util/proc.h"

namespace foster {

bool InTheEnd(const std::function<bool()>& condition) {
  for (int minute = 0; minute < 10; ++minute) {
    if (Eventually(condition)) return true;
  }
  return false;
}

std::vector<std::string> Flood(std::vector<std::string> verb_and_arguments) {
  static const std::string path = [] {
    const char* given = getenv("FOSTER_FLOOD");
    char* whole = realpath(given != nullptr ? given : "tests/floods/flood", nullptr);
    const std::string found = whole == nullptr ? "" : whole;
    free(whole);
    return found;
  }();
  EXPECT_FALSE(path.empty()) << "no workloads: set FOSTER_FLOOD to the path of tests/floods/flood";
  verb_and_arguments.insert(verb_and_arguments.begin(), path);
  return verb_and_arguments;
}

uint64_t SizeOf(const char* variable, uint64_t otherwise) {
  const char* text = getenv(variable);
  return text == nullptr || *text == '\0' ? otherwise : strtoull(text, nullptr, 10);
}

Senders::Senders(pid_t target, int senders, uint64_t count, Board* board) {
  for (int i = 0; i < senders; ++i) {
    const pid_t pid = fork();
    if (pid == 0) _exit(SendAllKinds(target, count, 1u + static_cast<uint32_t>(i), board) ? 0 : 1);
    if (pid > 0) pids_.push_back(pid);
  }
}

Senders::~Senders() {
  for (pid_t pid : pids_) kill(pid, SIGKILL);
  Join();
}

bool Senders::Join() {
  bool all = true;
  for (pid_t pid : pids_) {
    int word = 0;
    while (waitpid(pid, &word, 0) < 0 && errno == EINTR) {
    }
    all = all && word == 0;
  }
  pids_.clear();
  return all;
}

Memory MemoryOf(pid_t pid) {
  const std::string file = "/proc/" + std::to_string(pid) + "/smaps_rollup";
  const auto kilobytes = [&](const char* field) { return strtol(FieldOf(file, field).c_str(), nullptr, 10); };
  return {kilobytes("Rss"), kilobytes("Private_Dirty"), kilobytes("Anonymous")};
}

double ProcessorTimeOf(pid_t pid) { return strtod(ReadFile("/proc/" + std::to_string(pid) + "/schedstat").c_str(), nullptr) / 1e6; }

std::vector<pid_t> FostersOf(const FosterProcess& foster, Role role) {
  std::vector<pid_t> all = {foster.pid()};
  if (role == Role::kWrapper) all.push_back(foster.parent_of_workload());
  return all;
}

void ExpectNoneWasLost(const FosterProcess& foster, const Board& board) {
  EXPECT_TRUE(InTheEnd([&] { return OnTheirWay(board) == 0; })) << OnTheirWay(board) << " real-time signals are missing";
  for (int signo = 1; signo <= kSignals; ++signo) {
    if (!IsPassedOn(signo)) continue;
    if (IsRealTime(signo)) {
      EXPECT_EQ(board.got[signo], board.sent[signo]) << SignalName(signo);
      continue;
    }
    // CONT takes away the stop signals that are still waiting to be taken, and they take it away (signal(7)): that is the kernel's doing, at the sender.
    const bool cancelled = signo == SIGCONT || signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU;
    if (!cancelled) {
      EXPECT_TRUE(board.sent[signo] == 0 || board.got[signo] > 0) << SignalName(signo);
    }
    // Those before it are all there, as the real-time ones that were sent later say. What comes now is this one.
    const uint64_t before = board.got[signo];
    foster.Signal(signo);
    EXPECT_TRUE(Eventually([&] { return board.got[signo] > before; })) << SignalName(signo);
  }
}

size_t CountOf(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

bool Ships() { return FosterBinary().find("sanitized") == std::string::npos; }

Board* Flooded::board() {
  if (board_ == nullptr) board_ = OpenBoard(board_path().c_str());
  return board_;
}

uint64_t Sent(const Board& board) {
  uint64_t all = 0;
  for (const auto& one : board.sent) all += one;
  return all;
}

uint64_t Got(const Board& board) {
  uint64_t all = 0;
  for (int signo = 1; signo <= kSignals; ++signo) all += IsPassedOn(signo) ? board.got[signo].load() : 0;
  return all;
}

}  // namespace foster
