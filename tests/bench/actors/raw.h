// SPDX-License-Identifier: Apache-2.0
// System calls without a C library, for the programs that are measured against or that make work for an init.
// What they cost themselves must be as good as nothing. x86-64 and aarch64 (whose kernel has no vfork, fork, pause: by clone and ppoll).
#ifndef FOSTER_TESTS_BENCH_ACTORS_RAW_H_
#define FOSTER_TESTS_BENCH_ACTORS_RAW_H_

#include <stdint.h>
#include <sys/syscall.h>

static inline long Raw6(long number, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
#else
#error "raw.h is not written for this architecture"
#endif
}
static inline long Raw(long number, long a, long b, long c, long d) { return Raw6(number, a, b, c, d, 0, 0); }

__attribute__((noreturn)) static inline void RawExit(int code) {
  for (;;) Raw(SYS_exit_group, code, 0, 0, 0);
}

// A child on this very stack: with RAW_VFORK the parent stands still until it is gone or has exec'ed. Inlined, so that no return address is
// used twice.
#define RAW_VFORK 0x4111L  // CLONE_VM | CLONE_VFORK | SIGCHLD
#define RAW_FORK 17L       // SIGCHLD
__attribute__((always_inline)) static inline long RawClone(long flags) {
  return Raw6(SYS_clone, flags, 0, 0, 0, 0, 0);
}

static inline int64_t RawNow(void) {
  int64_t at[2];
  Raw(SYS_clock_gettime, 1 /* CLOCK_MONOTONIC */, (long)at, 0, 0);
  return at[0] * 1000000000 + at[1];
}

// Where a program begins: the stack pointer as the kernel leaves it is handed to `main_function`.
#if defined(__x86_64__)
#define RAW_START(main_function) __asm__(".globl _start\n_start:\n xor %ebp,%ebp\n mov %rsp,%rdi\n and $-16,%rsp\n call " #main_function "\n hlt\n")
#else
#define RAW_START(main_function) __asm__(".globl _start\n_start:\n mov x0,sp\n bl " #main_function "\n brk #1\n")
#endif

#endif  // FOSTER_TESTS_BENCH_ACTORS_RAW_H_
