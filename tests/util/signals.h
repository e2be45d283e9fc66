// SPDX-License-Identifier: Apache-2.0
// Signals by the kernel's own calls: all 64, whatever the C library keeps for itself.
#ifndef FOSTER_TESTS_UTIL_SIGNALS_H_
#define FOSTER_TESTS_UTIL_SIGNALS_H_

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

#include "os/signal_calls.h"

namespace foster {

// Sets of signals, as in os/signal_calls.h: signal n is bit n-1.
template <typename... Signals>
SignalSet SetOf(Signals... signo) {
  return (SignalSet{0} | ... | SignalBit(signo));
}

// rt_sigaction(2) in the kernel's layout.
struct KernelAction {
  void (*handler)(int) = nullptr;  // SIG_DFL, SIG_IGN or a function
  unsigned long flags = 0;
  void (*restorer)() = nullptr;
  SignalSet mask = 0;
};
// Sets what `signo` does; the restorer is filled in. 0 or a negated errno.
long SetAction(int signo, KernelAction action, KernelAction* before = nullptr);

// What the recorder saw last of a signal, and how often.
struct Delivery {
  int count = 0;
  int code = 0;
  int pid = 0;
  int uid = 0;
  int status = 0;
  long value = 0;
};
// Installs a handler that keeps what it is told; interrupted calls go on (SA_RESTART) unless `flags` says otherwise.
void RecordSignal(int signo, unsigned long flags = SA_RESTART);
// What this process has seen since RecordSignal.
Delivery Recorded(int signo);

// A mask that is put back.
class ScopedSignalMask {
 public:
  explicit ScopedSignalMask(SignalSet mask) : before_(SetSignalMask(mask)) {}
  ~ScopedSignalMask() { SetSignalMask(before_); }
  ScopedSignalMask(const ScopedSignalMask&) = delete;
  ScopedSignalMask& operator=(const ScopedSignalMask&) = delete;

 private:
  SignalSet before_;
};

// A disposition that is put back.
class ScopedDisposition {
 public:
  ScopedDisposition(int signo, KernelAction action) : signo_(signo) { SetAction(signo, action, &before_); }
  ~ScopedDisposition() { SetAction(signo_, before_); }
  ScopedDisposition(const ScopedDisposition&) = delete;
  ScopedDisposition& operator=(const ScopedDisposition&) = delete;

 private:
  int signo_;
  KernelAction before_;
};

// rt_sigtimedwait(2) for one of `set`, which is blocked: the signal, or a negated errno (-EAGAIN when `seconds` are over).
long TakeSignal(SignalSet set, siginfo_t* info = nullptr, int seconds = 60);
// rt_sigpending(2).
SignalSet PendingSignals();
// rt_sigqueueinfo(2) with what the caller makes up.
long QueueInfo(pid_t pid, int signo, int code, pid_t claimed_pid = 0, uid_t claimed_uid = 0, long value = 0);
// tgkill(2) of the calling thread to itself: raise(3) without a C library's idea of who that is.
long Raise(int signo);

}  // namespace foster

#endif  // FOSTER_TESTS_UTIL_SIGNALS_H_
