// SPDX-License-Identifier: Apache-2.0
#include "os/signal_calls.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace foster {
namespace {

// struct kernel_sigaction; the C library's differs. The restorer is there on x86 only, and unused without a handler.
struct KernelSigaction {
  void (*handler)(int);
  unsigned long flags;
#if defined(__x86_64__)
  void (*restorer)();
#endif
  SignalSet mask;
};

Disposition FromHandler(void (*handler)(int)) {
  if (handler == SIG_DFL) return Disposition::kDefault;
  if (handler == SIG_IGN) return Disposition::kIgnored;
  return Disposition::kHandled;
}

}  // namespace

SignalSet SetSignalMask(SignalSet mask) {
  SignalSet before = 0;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, &before, sizeof mask);
  return before;
}

Disposition SetDisposition(int signo, Disposition to) {
  KernelSigaction action = {};
  action.handler = to == Disposition::kIgnored ? SIG_IGN : SIG_DFL;
  KernelSigaction before = {};
  syscall(SYS_rt_sigaction, signo, &action, &before, sizeof(SignalSet));
  return FromHandler(before.handler);
}

void SetNoChildWait() {
  KernelSigaction action = {};
  action.handler = SIG_DFL;
  action.flags = SA_NOCLDWAIT;
  syscall(SYS_rt_sigaction, SIGCHLD, &action, nullptr, sizeof(SignalSet));
}

Disposition GetDisposition(int signo) {
  KernelSigaction now = {};
  syscall(SYS_rt_sigaction, signo, nullptr, &now, sizeof(SignalSet));
  return FromHandler(now.handler);
}

bool StopSelf(int signo) {
  if (signo != SIGTSTP && signo != SIGTTIN && signo != SIGTTOU) return kill(getpid(), SIGSTOP) == 0;
  // A stop signal takes a SIGCONT that waits with it, so what waits afterwards came later and has resumed us; or it was taken by a stop signal in turn.
  const Disposition before = SetDisposition(signo, Disposition::kDefault);
  kill(getpid(), signo);
  SetSignalMask(kAllSignals & ~SignalBit(signo));
  SetSignalMask(kAllSignals);
  if (before == Disposition::kIgnored) SetDisposition(signo, before);
  SignalSet waiting = 0;
  syscall(SYS_rt_sigpending, &waiting, sizeof waiting);
  return (waiting & (SignalBit(SIGCONT) | SignalBit(SIGTSTP) | SignalBit(SIGTTIN) | SignalBit(SIGTTOU))) != 0;
}

void DieOf(int signo) {
  const struct rlimit none = {0, 0};
  prlimit(0, RLIMIT_CORE, &none, nullptr);  // not setrlimit(2): the C library's brings along what reaches other threads
  SetDisposition(signo, Disposition::kDefault);
  kill(getpid(), signo);
  SetSignalMask(kAllSignals & ~SignalBit(signo));
}

int AwaitSignal(SignalSet set, const struct timespec* limit, siginfo_t* info) {
  const long signo = syscall(SYS_rt_sigtimedwait, &set, info, limit, sizeof set);
  return signo < 0 ? 0 : static_cast<int>(signo);
}

FileDescriptor MakeSignalFd(SignalSet set) {
  return AboveStdio(FileDescriptor(static_cast<int>(
      syscall(SYS_signalfd4, -1, &set, sizeof set, O_CLOEXEC | O_NONBLOCK))));
}

void ChangeSignalFd(int fd, SignalSet set) {
  syscall(SYS_signalfd4, fd, &set, sizeof set, O_CLOEXEC | O_NONBLOCK);
}

}  // namespace foster
