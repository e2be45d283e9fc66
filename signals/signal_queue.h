// SPDX-License-Identifier: Apache-2.0
// The one place where signals arrive. Where nothing else is waited for, sigtimedwait(2) is the shortest way to one; for waiting for
// descriptors as well there is a signalfd(2).
#ifndef FOSTER_SIGNALS_SIGNAL_QUEUE_H_
#define FOSTER_SIGNALS_SIGNAL_QUEUE_H_

#include <sys/signalfd.h>
#include <sys/types.h>

#include "os/file_descriptor.h"
#include "os/signal_calls.h"

namespace foster {

// Where a signal came from, as far as its siginfo tells (sigaction(2)).
enum class SignalOrigin {
  kOutside,  // kill or sigqueue by a process that this PID namespace has no number for (si_pid 0)
  kInside,   // kill, tgkill or sigqueue by a process of this PID namespace
  kSelf,     // raised by foster's own doing: SIGPIPE of its write, a fault, a limit that it ran into
  kKernel,   // sent by the kernel of its own accord: the terminal driver, Ctrl-Alt-Del, SIGPWR
  kRelayed,  // the terminal driver's, passed on by a wrapper's outer half (kRelayedFromTerminal)
};

// The code by which a wrapper's outer half tells the inner that the terminal driver sent this one. Of those below zero, which any process may choose
// (rt_sigqueueinfo(2)), one that nobody uses.
inline constexpr int kRelayedFromTerminal = -0x54;

// Whether the terminal driver, or the kernel on a terminal's behalf, sends this one.
bool IsTerminalSignal(int signo);

// Classifies `info`; `self` is the reader's process id. Pure.
SignalOrigin OriginOf(const struct signalfd_siginfo& info, pid_t self);

// All 64 signals must be blocked for as long as it lives.
class SignalQueue {
 public:
  // Makes the descriptor, for every signal. False, with errno set, where the kernel has none to give; Await works without.
  bool Open();

  bool has_fd() const { return fd_.valid(); }
  int fd() const { return fd_.get(); }

  // Waits for a signal, for `limit` at the longest (null: without end), and takes it. False where none came.
  bool Await(const struct timespec* limit, struct signalfd_siginfo* into) const;

  // Reads what is there, at most `room` of them, without waiting. How many were read.
  int Read(struct signalfd_siginfo* into, int room);

  // While held, SIGCHLD neither arrives nor makes the descriptor readable (it stays pending). For a storm of deaths. There must be a descriptor.
  void HoldChildSignal(bool hold);

 private:
  SignalSet set_ = kAllSignals;
  FileDescriptor fd_;
};

}  // namespace foster

#endif  // FOSTER_SIGNALS_SIGNAL_QUEUE_H_
