// SPDX-License-Identifier: Apache-2.0
// The signal system calls with the kernel's own 64-bit set.
//
// musl keeps signals 32 to 34 for itself, glibc 32 and 33, and their sigset functions refuse or silently drop those;
// an init has to see all 64. So the calls are made by number, with a set that is one word.
#ifndef FOSTER_OS_SIGNAL_CALLS_H_
#define FOSTER_OS_SIGNAL_CALLS_H_

#include <signal.h>
#include <stdint.h>
#include <time.h>

#include "os/file_descriptor.h"

namespace foster {

// Signal n is bit n-1.
using SignalSet = uint64_t;
inline constexpr SignalSet kAllSignals = ~SignalSet{0};
inline constexpr int kLastSignal = 64;
inline constexpr SignalSet SignalBit(int signo) { return SignalSet{1} << (signo - 1); }

// What a signal does. foster installs no handlers, so two of the three kinds suffice to be set; a third is only ever read.
enum class Disposition : uint8_t { kDefault, kIgnored, kHandled };

// rt_sigprocmask(SIG_SETMASK). Returns the mask before. Cannot fail.
SignalSet SetSignalMask(SignalSet mask);

// rt_sigaction(2). Returns the disposition before. `signo` is 1..64 and neither KILL nor STOP; `to` is
// kDefault or kIgnored. Cannot fail.
Disposition SetDisposition(int signo, Disposition to);
Disposition GetDisposition(int signo);
// SIGCHLD's default, with SA_NOCLDWAIT: children that die are released by the kernel, and told of all the same. Cannot fail.
void SetNoChildWait();

// Stops this process by `signo`, one of the four that stop, all of which it has blocked; returns once it is resumed. False where the kernel did not stop
// it: nobody is there to resume a member of an orphaned process group, and but for SIGSTOP such a one is not stopped (setpgid(2)).
bool StopSelf(int signo);
// Ends this process by `signo`, which it has blocked, without a core dump. Returns only where that failed.
void DieOf(int signo);

// rt_sigtimedwait(2): waits for one of `set`, which must be blocked, and takes it; for `limit` at the longest, without end where it is null. Its number,
// or 0 where the time is over or a stop and SIGCONT interrupted it.
int AwaitSignal(SignalSet set, const struct timespec* limit, siginfo_t* info);

// signalfd4(2), non-blocking, close-on-exec, above the standard three. Invalid with errno on failure.
FileDescriptor MakeSignalFd(SignalSet set);
// Changes what an existing one receives. Cannot fail for a descriptor made by MakeSignalFd.
void ChangeSignalFd(int fd, SignalSet set);

}  // namespace foster

#endif  // FOSTER_OS_SIGNAL_CALLS_H_
