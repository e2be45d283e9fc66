// SPDX-License-Identifier: Apache-2.0
#include "tests/util/signals.h"

#include <string.h>
#include <time.h>

#include "tests/util/sys.h"

namespace foster {
namespace {

constexpr unsigned long kRestorer = 0x04000000;  // SA_RESTORER, which C libraries keep to themselves

#ifdef __x86_64__
// x86-64 has no other way back from a handler than one that the caller brings.
extern "C" void foster_test_restorer();
asm(".pushsection .text\n"
    ".type foster_test_restorer, @function\n"
    "foster_test_restorer:\n"
    "  mov $15, %eax\n"  // rt_sigreturn
    "  syscall\n"
    ".popsection\n");
#endif

volatile Delivery deliveries[65];

void Keep(int signo, siginfo_t* info, void*) {
  volatile Delivery& kept = deliveries[signo];
  kept.count = kept.count + 1;
  kept.code = info->si_code;
  kept.pid = info->si_pid;
  kept.uid = static_cast<int>(info->si_uid);
  kept.status = info->si_status;
  kept.value = signo == SIGCHLD ? 0 : reinterpret_cast<long>(info->si_value.sival_ptr);
}

}  // namespace

long SetAction(int signo, KernelAction action, KernelAction* before) {
#ifdef __x86_64__
  action.flags |= kRestorer;
  action.restorer = foster_test_restorer;
#else
  (void)kRestorer;
#endif
  return Sys(SYS_rt_sigaction, signo, &action, before, sizeof(SignalSet));
}

void RecordSignal(int signo, unsigned long flags) {
  KernelAction action;
  action.handler = reinterpret_cast<void (*)(int)>(reinterpret_cast<void*>(Keep));
  action.flags = flags | SA_SIGINFO;
  SetAction(signo, action);
}

Delivery Recorded(int signo) {
  const volatile Delivery& kept = deliveries[signo];
  Delivery copy;
  copy.count = kept.count;
  copy.code = kept.code;
  copy.pid = kept.pid;
  copy.uid = kept.uid;
  copy.status = kept.status;
  copy.value = kept.value;
  return copy;
}

long TakeSignal(SignalSet set, siginfo_t* info, int seconds) {
  const struct timespec limit = {seconds, 0};
  for (;;) {
    const long result = Sys(SYS_rt_sigtimedwait, &set, info, &limit, sizeof set);
    if (result != -EINTR) return result;
  }
}

SignalSet PendingSignals() {
  SignalSet set = 0;
  Sys(SYS_rt_sigpending, &set, sizeof set);
  return set;
}

long QueueInfo(pid_t pid, int signo, int code, pid_t claimed_pid, uid_t claimed_uid, long value) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  info.si_signo = signo;
  info.si_code = code;
  info.si_pid = claimed_pid;
  info.si_uid = claimed_uid;
  info.si_value.sival_ptr = reinterpret_cast<void*>(value);
  return Sys(SYS_rt_sigqueueinfo, pid, signo, &info);
}

long Raise(int signo) { return Sys(SYS_tgkill, Sys(SYS_getpid), Sys(SYS_gettid), signo); }

}  // namespace foster
