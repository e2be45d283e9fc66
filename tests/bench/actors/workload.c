// SPDX-License-Identifier: Apache-2.0
// Workloads that give an init something to do. Everything is told in 64-bit words: commands come on stdin, answers go to stdout.
//
//   workload sleep             tells 1, sleeps until a signal ends it
//   workload leave COUNT       forks COUNT processes that sleep, tells 1, sleeps until a signal ends it; one of those that are left tells 2 if it is
//                              asked to end (SIGTERM) before it is killed
//   workload orphans BURST     for each word N that it is told: makes N orphans, BURST by each parent, and tells how many ns that took;
//                              0 ends it
//   workload zombies BURST     for each word N: makes N orphans, BURST at a time, and tells the longest time in ns from seeing one dead to seeing
//                              it reaped, and then how many were seen dead and not yet reaped
//   workload signals           tells 1, then, for each SIGUSR1 that reaches it, when
#include "tests/bench/actors/raw.h"

enum { kPollIn = 1, kPollHup = 16, kMostInBurst = 128 };
struct PollFd {
  int fd;
  short events, revents;
};

static void Tell(int64_t word) { Raw(SYS_write, 1, (long)&word, sizeof word, 0); }

static int64_t Hear(void) {
  int64_t word = 0;
  return Raw(SYS_read, 0, (long)&word, sizeof word, 0) == sizeof word ? word : 0;
}

static void Sleep(void) {
  for (;;) Raw6(SYS_ppoll, 0, 0, 0, 0, 0, 0);
}

static long Number(const char* text) {
  long value = 0;
  while (text != 0 && *text >= '0' && *text <= '9') value = value * 10 + (*text++ - '0');
  return value;
}

static int Same(const char* a, const char* b) {
  while (*a != 0 && *a == *b) ++a, ++b;
  return *a == *b;
}

// A child in this memory that does nothing but end, and for which the parent does not wait: it may touch no memory, because the parent goes on
// with the same stack.
__attribute__((always_inline)) static inline long CloneToEnd(long flags, int* pidfd) {
#if defined(__x86_64__)
  long result;
  register long r10 __asm__("r10") = 0;
  register long r8 __asm__("r8") = 0;
  __asm__ volatile(
      "syscall\n test %%rax,%%rax\n jnz 1f\n mov %[number],%%eax\n xor %%edi,%%edi\n syscall\n hlt\n1:"
      : "=a"(result)
      : "a"(SYS_clone), "D"(flags), "S"(0L), "d"(pidfd), "r"(r10), "r"(r8), [number] "i"(SYS_exit)
      : "rcx", "r11", "memory");
  return result;
#else
  register long x8 __asm__("x8") = SYS_clone;
  register long x0 __asm__("x0") = flags;
  register long x1 __asm__("x1") = 0;
  register long x2 __asm__("x2") = (long)pidfd;
  register long x3 __asm__("x3") = 0;
  register long x4 __asm__("x4") = 0;
  __asm__ volatile("svc #0\n cbnz x0,1f\n mov x8,%[number]\n svc #0\n1:"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), [number] "i"(SYS_exit)
                   : "memory");
  return x0;
#endif
}

static void Orphans(long burst) {
  for (int64_t count = Hear(); count != 0; count = Hear()) {
    const int64_t begin = RawNow();
    for (int64_t made = 0; made < count;) {
      const long now = count - made < burst ? (long)(count - made) : burst;
      const long parent = RawClone(RAW_VFORK);
      if (parent == 0) {
        for (long i = 0; i < now; ++i) {
          // The namespace's table of processes is full of what the init has not reaped: it is given time.
          while (CloneToEnd(0x100 /* CLONE_VM */ | 17, 0) < 0) Raw(SYS_sched_yield, 0, 0, 0, 0);
        }
        RawExit(0);
      }
      if (parent < 0) {
        Raw(SYS_sched_yield, 0, 0, 0, 0);
        continue;
      }
      Raw(SYS_wait4, parent, 0, 0, 0);
      made += now;
    }
    Tell(RawNow() - begin);
  }
}

// One burst of children that are the init's from birth on (CLONE_PARENT), each watched through its pidfd: readable when dead,
// hung up when reaped (Linux 6.12). The longest time between, as seen from here.
static void WatchBurst(long burst, int64_t* longest, int64_t* seen) {
  static struct PollFd fds[kMostInBurst];
  static int64_t died[kMostInBurst];
  long left = 0;
  for (long i = 0; i < burst; ++i) {
    int fd = -1;
    died[i] = 0;
    if (CloneToEnd(0x100 /* CLONE_VM */ | 0x8000 /* CLONE_PARENT */ | 0x1000 /* CLONE_PIDFD */ | 17, &fd) < 0) continue;
    fds[left].fd = fd;
    fds[left].events = kPollIn;
    ++left;
  }
  const long opened = left;
  while (left > 0) {
    Raw6(SYS_ppoll, (long)fds, opened, 0, 0, 0, 0);
    const int64_t now = RawNow();
    for (long i = 0; i < opened; ++i) {
      if (fds[i].fd < 0) continue;
      if ((fds[i].revents & kPollIn) != 0 && died[i] == 0) {
        died[i] = now;
        if ((fds[i].revents & kPollHup) == 0) {
          ++*seen;
          fds[i].events = 0;  // POLLHUP is told unasked
        }
      }
      if ((fds[i].revents & kPollHup) == 0) continue;
      if (now - died[i] > *longest) *longest = now - died[i];
      Raw(SYS_close, fds[i].fd, 0, 0, 0);
      fds[i].fd = -1;
      --left;
    }
  }
}

static void Zombies(long burst) {
  if (burst > kMostInBurst) burst = kMostInBurst;
  for (int64_t count = Hear(); count != 0; count = Hear()) {
    int64_t longest = 0, seen = 0;
    for (int64_t made = 0; made < count; made += burst) WatchBurst(burst, &longest, &seen);
    Tell(longest);
    Tell(seen);
  }
}

static void Leave(long count) {
  const uint64_t term = (uint64_t)1 << (15 - 1);
  // Blocked before there is a child that could miss it.
  Raw(SYS_rt_sigprocmask, 0 /* SIG_BLOCK */, (long)&term, 0, 8);
  for (long i = 0; i < count; ++i) {
    const long child = RawClone(RAW_FORK);
    if (child < 0) break;
    if (i == 0 && child != 0) Raw(SYS_rt_sigprocmask, 1 /* SIG_UNBLOCK */, (long)&term, 0, 8);
    if (child == 0 && i > 0) Sleep();
    if (child == 0) {
      Raw(SYS_rt_sigtimedwait, (long)&term, 0, 0, 8);
      Tell(2);
      RawExit(0);
    }
  }
  Raw(SYS_rt_sigprocmask, 1 /* SIG_UNBLOCK */, (long)&term, 0, 8);
  Tell(1);
  Sleep();
}

static void Signals(void) {
  // Blocked and waited for: no handler's frame, no libc, nothing but the moment of arrival.
  const uint64_t usr1 = (uint64_t)1 << (10 - 1);
  Raw(SYS_rt_sigprocmask, 0 /* SIG_BLOCK */, (long)&usr1, 0, 8);
  Tell(1);
  for (;;) {
    if (Raw(SYS_rt_sigtimedwait, (long)&usr1, 0, 0, 8) == 10) Tell(RawNow());
  }
}

__attribute__((noreturn, used)) void WorkloadMain(long* stack) {
  char** argv = (char**)(stack + 1);
  const long argc = stack[0];
  const char* what = argc > 1 ? argv[1] : "";
  const long number = argc > 2 ? Number(argv[2]) : 1;
  if (Same(what, "sleep")) Leave(0);
  if (Same(what, "leave")) Leave(number);
  if (Same(what, "orphans")) Orphans(number > 0 ? number : 1);
  if (Same(what, "zombies")) Zombies(number > 0 ? number : 1);
  if (Same(what, "signals")) Signals();
  RawExit(what[0] == 0 || Same(what, "orphans") || Same(what, "zombies") ? 0 : 2);
}

RAW_START(WorkloadMain);
