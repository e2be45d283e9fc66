// SPDX-License-Identifier: Apache-2.0
// Workloads that do to foster what a bad day does. `flood VERB [ARGUMENT...]`; each says "ready" when it is as it shall be.
//
//   sink BOARD [SENDERS COUNT]   takes every signal that comes and counts it; SENDERS children send COUNT each to foster meanwhile ("sent all" when they
//                                have). Ends with 0 when its stdin does.
//   bomb CODE BOARD PAUSE LIFE   a process that makes processes that make processes, none of which heeds SIGTERM, until there is no room for one more and
//                                beyond: each tries again after PAUSE ms, or dies and makes room; after LIFE seconds they end. The first one exits with CODE at
//                                SIGTERM, and says "heard" at USR1.
//   throng COUNT                 COUNT orphans that live at once ("made COUNT"), and die at once when a byte comes on stdin; then ends at SIGTERM.
//   attack CODE                  stops, freezes, traces and kills whatever it can reach from inside a PID namespace, PID 1 first; then exits with CODE. Leaves
//                                three stopped children ("asked" when one is asked to go).
//   hoard TIMES                  TIMES children take memory until they are killed, one after the other; says "killed N", then as sink.
//   babble COUNT                 sends COUNT notifications that make no sense to $NOTIFY_SOCKET: bytes, too much, nothing, descriptors, numbers beyond all bounds;
//                                then that it is ready, says "babbled", and is as sink.
//   brief CODE                   says that it is ready and lives, to $NOTIFY_SOCKET, and exits with CODE.
//   churn BOARD TICKS            as sink, while a child makes a storm in small pieces: every 50 ms some 50 orphans and 200 signals to foster, and ten notifications
//                                that make no sense where there is a $NOTIFY_SOCKET, TICKS times; then "sent all".
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/signal_calls.h"
#include "tests/floods/board.h"
#include "tests/floods/multiply.h"

namespace foster {

void Say(const char* text, long number) {
  char line[64];
  const int size = number < 0 ? snprintf(line, sizeof line, "%s\n", text) : snprintf(line, sizeof line, "%s %ld\n", text, number);
  if (write(STDOUT_FILENO, line, static_cast<size_t>(size)) < 0) _exit(99);
}

void Pause(long milliseconds) {
  const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1'000'000};
  nanosleep(&time, nullptr);
}

namespace {

// The init of a PID namespace that foster made or was put into is foster, and we are its first child.
bool InANamespaceOfOurs() { return getppid() == 1 && getpid() == 2; }

// Blocks every signal; a descriptor from which they come, by the kernel's number for the call.
int TakeSignalsByDescriptor() {
  SetSignalMask(kAllSignals);
  const SignalSet all = kAllSignals;
  return static_cast<int>(syscall(SYS_signalfd4, -1, &all, sizeof all, SFD_CLOEXEC | SFD_NONBLOCK));
}

void TakeWhatCame(int signals, Board* board, int* children) {
  struct signalfd_siginfo infos[64];
  ssize_t got;
  while ((got = read(signals, infos, sizeof infos)) > 0) {
    for (size_t i = 0; i < static_cast<size_t>(got) / sizeof infos[0]; ++i) {
      if (board != nullptr && infos[i].ssi_signo <= kSignals) ++board->got[infos[i].ssi_signo];
      if (infos[i].ssi_signo != SIGCHLD) continue;
      int word;
      while (waitpid(-1, &word, WNOHANG) > 0) {
        if (word != 0) Say("a sender failed", word);
        if (*children > 0 && --*children == 0) Say("sent all");
      }
    }
  }
}

int Sink(int signals, Board* board, int children) {
  struct pollfd both[2] = {{signals, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
  for (;;) {
    poll(both, 2, -1);
    TakeWhatCame(signals, board, &children);
    char byte;
    if (both[1].revents != 0 && read(STDIN_FILENO, &byte, 1) <= 0) return 0;
  }
}

int SinkVerb(char** words) {
  Board* board = OpenBoard(words[0]);
  if (board == nullptr) return 98;
  const int signals = TakeSignalsByDescriptor();
  const int senders = words[1] == nullptr ? 0 : atoi(words[1]);
  const pid_t foster = getppid();
  for (int i = 0; i < senders; ++i) {
    if (fork() == 0) _exit(SendAllKinds(foster, strtoull(words[2], nullptr, 10), 100u + static_cast<uint32_t>(i), board) ? 0 : 1);
  }
  Say("ready");
  return Sink(signals, board, senders);
}

int Attack(char** words) {
  if (!InANamespaceOfOurs()) return 97;
  SetSignalMask(kAllSignals);  // what PID 1 is sent comes back to us
  int ready[2];
  if (pipe(ready) != 0) return 98;
  for (int i = 0; i < 3; ++i) {
    if (fork() != 0) continue;
    if (write(ready[1], "x", 1) != 1) _exit(98);
    siginfo_t info;
    const SignalSet term = SignalBit(SIGTERM);
    while (syscall(SYS_rt_sigtimedwait, &term, &info, nullptr, sizeof term) < 0) {
    }
    Say("asked");
    _exit(0);
  }
  char bytes[1];
  for (int i = 0; i < 3; ++i) {
    if (read(ready[0], bytes, 1) != 1) return 98;
  }
  for (int signo : {SIGSTOP, SIGKILL, SIGTSTP, SIGSEGV, SIGABRT}) kill(1, signo);
  Say("seize", ptrace(PTRACE_SEIZE, 1, nullptr, nullptr) == 0 ? 1 : 0);
  ptrace(PTRACE_INTERRUPT, 1, nullptr, nullptr);
  int word = 0;
  if (waitpid(1, &word, __WALL) == 1) Say("traced");
  // Everybody in this namespace but us and its init, who gets none of it.
  if (!InANamespaceOfOurs()) return 97;
  kill(-1, SIGSTOP);
  for (int stopped = 0; stopped < 3;) {
    const pid_t child = waitpid(-1, &word, WUNTRACED);
    if (child > 1 && WIFSTOPPED(word)) ++stopped;
    if (child < 0 && errno != EINTR) return 96;
  }
  Say("ready");
  // The tracer goes, and with it what it holds.
  return atoi(words[0]);
}

int Hoard(char** words) {
  const int signals = TakeSignalsByDescriptor();
  long killed = 0;
  for (int i = atoi(words[0]); i > 0; --i) {
    const pid_t child = fork();
    if (child == 0) {
      for (;;) {
        void* memory = mmap(nullptr, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory != MAP_FAILED) memset(memory, 1, 1 << 20);
      }
    }
    int word = 0;
    waitpid(child, &word, 0);
    if (WIFSIGNALED(word) && WTERMSIG(word) == SIGKILL) ++killed;
  }
  Say("killed", killed);
  return Sink(signals, nullptr, 0);
}

// A socket that is connected to $NOTIFY_SOCKET, or -1. Never waits for long: the descriptor is foster's only as long as foster lives.
int NotifySocket() {
  const char* name = getenv("NOTIFY_SOCKET");
  struct sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (name == nullptr || strlen(name) >= sizeof address.sun_path) return -1;
  memcpy(address.sun_path, name, strlen(name));
  if (*name == '@') address.sun_path[0] = '\0';
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const socklen_t size = static_cast<socklen_t>(offsetof(struct sockaddr_un, sun_path) + strlen(name));
  return fd >= 0 && connect(fd, reinterpret_cast<const struct sockaddr*>(&address), size) == 0 ? fd : -1;
}

// One datagram, with `descriptors` copies of stdin in it.
void SendDatagram(int fd, const char* bytes, size_t size, int descriptors) {
  struct iovec piece = {const_cast<char*>(bytes), size};
  struct msghdr message = {};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  alignas(struct cmsghdr) char control[CMSG_SPACE(200 * sizeof(int))] = {};
  if (descriptors > 0) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(static_cast<size_t>(descriptors) * sizeof(int));
    struct cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(static_cast<size_t>(descriptors) * sizeof(int));
    for (int i = 0; i < descriptors; ++i) reinterpret_cast<int*>(CMSG_DATA(header))[i] = STDIN_FILENO;
  }
  if (sendmsg(fd, &message, MSG_NOSIGNAL) < 0) Say("sendmsg", errno);
}

void Babble(int fd, long count, uint32_t seed) {
  constexpr const char* kBeginnings[] = {"", "STATUS=", "MAINPID=", "ERRNO=", "EXIT_STATUS=99999", "WATCHDOG_USEC=-", "EXTEND_TIMEOUT_USEC=9", "READY=2\n", "BARRIER=1\n", "=\n\n\n", "WATCHDOG=\n"};
  char bytes[9000];
  uint32_t random = seed;
  const auto next = [&random] { return (random = random * 1664525u + 1013904223u) >> 8; };
  for (; count > 0; --count) {
    const char* beginning = kBeginnings[next() % (sizeof kBeginnings / sizeof *kBeginnings)];
    size_t size = strlen(beginning);
    memcpy(bytes, beginning, size);
    const size_t whole = size + next() % (next() % 8 == 0 ? 8000 : 60);
    const bool digits = next() % 3 == 0;
    for (; size < whole; ++size) bytes[size] = static_cast<char>(digits ? '0' + next() % 10 : next() % 256);
    SendDatagram(fd, bytes, size, next() % 4 == 0 ? static_cast<int>(next() % 200) : 0);
  }
}

int Brief(char** words) {
  const int fd = NotifySocket();
  if (fd < 0) return 98;
  for (const char* text : {"READY=1\nSTATUS=brief", "WATCHDOG=1", "MAINPID=1\nERRNO=2"}) SendDatagram(fd, text, strlen(text), 0);
  return atoi(words[0]);
}

int BabbleVerb(char** words) {
  const int signals = TakeSignalsByDescriptor();
  const int fd = NotifySocket();
  if (fd < 0) return 98;
  Babble(fd, strtol(words[0], nullptr, 10), 1);
  const char sane[] = "READY=1\nSTATUS=sane";
  SendDatagram(fd, sane, sizeof sane - 1, 0);
  Say("babbled");
  return Sink(signals, nullptr, 0);
}

[[noreturn]] void MakeTrouble(pid_t foster, long ticks, Board* board) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // it hears of nothing else
  const int notify = NotifySocket();
  for (; ticks > 0; --ticks) {
    if (notify >= 0) Babble(notify, 10, static_cast<uint32_t>(ticks));
    // A parent that goes without waiting.
    const pid_t middle = fork();
    if (middle == 0) {
      for (int i = 0; i < 50; ++i) {
        const pid_t orphan = fork();
        if (orphan == 0) _exit(0);
        if (orphan > 0) ++board->made;
      }
      _exit(0);
    }
    if (!SendAllKinds(foster, 200, static_cast<uint32_t>(ticks), board)) _exit(1);
    while (middle > 0 && waitpid(middle, nullptr, 0) < 0 && errno == EINTR) {
    }
    Pause(50);
  }
  _exit(0);
}

int Churn(char** words) {
  Board* board = OpenBoard(words[0]);
  if (board == nullptr) return 98;
  const int signals = TakeSignalsByDescriptor();
  const pid_t foster = getppid();
  if (fork() == 0) MakeTrouble(foster, strtol(words[1], nullptr, 10), board);
  Say("ready");
  return Sink(signals, board, 1);
}

int Main(int count, char** words) {
  const struct {
    const char* name;
    int least;
    int (*act)(char** words);
  } verbs[] = {{"sink", 1, SinkVerb}, {"bomb", 4, Bomb}, {"throng", 1, Throng}, {"attack", 1, Attack}, {"hoard", 1, Hoard}, {"babble", 1, BabbleVerb}, {"brief", 1, Brief}, {"churn", 2, Churn}};
  for (const auto& verb : verbs) {
    if (count >= 2 + verb.least && strcmp(words[1], verb.name) == 0) return verb.act(words + 2);
  }
  fprintf(stderr, "flood: no such verb, or too few words\n");
  return 99;
}

}  // namespace
}  // namespace foster

int main(int count, char** words) { return foster::Main(count, words); }
