// SPDX-License-Identifier: Apache-2.0
#include "signals/signal_queue.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

namespace foster {

bool IsTerminalSignal(int signo) {
  constexpr SignalSet kTerminals = SignalBit(SIGINT) | SignalBit(SIGQUIT) | SignalBit(SIGTSTP) | SignalBit(SIGTTIN) | SignalBit(SIGTTOU) |
                                   SignalBit(SIGWINCH) | SignalBit(SIGHUP) | SignalBit(SIGCONT);
  return (kTerminals & SignalBit(signo)) != 0;
}

SignalOrigin OriginOf(const struct signalfd_siginfo& info, pid_t self) {
  switch (info.ssi_code) {
    case SI_USER:
    case SI_QUEUE:
    case SI_TKILL:
      // The kernel's own SIGPIPE and its kin look like a kill(2) by the process itself (SEND_SIG_NOINFO).
      if (static_cast<pid_t>(info.ssi_pid) == self) return SignalOrigin::kSelf;
      return info.ssi_pid == 0 ? SignalOrigin::kOutside : SignalOrigin::kInside;
    case SI_KERNEL:
      // What the kernel forces on a task for its own deeds comes with this code as well; nobody else sends these by it.
      switch (info.ssi_signo) {
        case SIGSEGV:
        case SIGBUS:
        case SIGILL:
        case SIGFPE:
        case SIGTRAP:
        case SIGSYS:
        case SIGXCPU:
        case SIGXFSZ:
        case SIGALRM:
        case SIGVTALRM:
        case SIGPROF:
          return SignalOrigin::kSelf;
        default:
          return SignalOrigin::kKernel;
      }
    case SI_TIMER:
    case SI_ASYNCIO:
      return SignalOrigin::kSelf;
    case kRelayedFromTerminal:
      // From inside nobody can say so: the outer half has no number in here.
      return info.ssi_pid == 0 ? SignalOrigin::kRelayed : SignalOrigin::kInside;
    case SI_MESGQ:
      return info.ssi_pid == 0 ? SignalOrigin::kOutside : SignalOrigin::kInside;
    default:
      // Positive codes are signal-specific and come from the kernel (a fault's SEGV_MAPERR, CLD_EXITED, POLL_IN): about foster. Other negative ones
      // can only have been sent by a process (rt_sigqueueinfo(2)).
      if (info.ssi_code > 0) return SignalOrigin::kSelf;
      return info.ssi_pid == 0 ? SignalOrigin::kOutside : SignalOrigin::kInside;
  }
}

bool SignalQueue::Open() {
  fd_ = MakeSignalFd(set_);
  return fd_.valid();
}

bool SignalQueue::Await(const struct timespec* limit, struct signalfd_siginfo* into) const {
  siginfo_t info;
  if (AwaitSignal(set_, limit, &info) == 0) return false;
  // Who sent it, and what came along, lie at the same place for all that a process sends and for SIGCHLD; of others nobody asks for it (OriginOf).
  memset(into, 0, sizeof *into);
  into->ssi_signo = static_cast<uint32_t>(info.si_signo);
  into->ssi_code = info.si_code;
  into->ssi_pid = static_cast<uint32_t>(info.si_pid);
  into->ssi_uid = info.si_uid;
  into->ssi_ptr = reinterpret_cast<uintptr_t>(info.si_value.sival_ptr);
  return true;
}

int SignalQueue::Read(struct signalfd_siginfo* into, int room) {
  ssize_t bytes;
  do {
    bytes = read(fd_.get(), into, static_cast<size_t>(room) * sizeof *into);
  } while (bytes < 0 && errno == EINTR);
  return bytes < 0 ? 0 : static_cast<int>(static_cast<size_t>(bytes) / sizeof *into);
}

void SignalQueue::HoldChildSignal(bool hold) {
  set_ = hold ? kAllSignals & ~SignalBit(SIGCHLD) : kAllSignals;
  ChangeSignalFd(fd_.get(), set_);
}

}  // namespace foster
