// SPDX-License-Identifier: Apache-2.0
// Only in a foster that is built with sanitizers: what they may do. They handle no signal, for foster handles none either, and a fault must be one. The stack stays
// where it is, for a child has its own between clone and exec. What they find ends foster with 99, which no test takes for anything else.
#include <unistd.h>

extern "C" __attribute__((used, visibility("default"))) const char* __asan_default_options() {
  return "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0:use_sigaltstack=0:detect_stack_use_after_return=0:detect_leaks=0:exitcode=99:"
         "allocator_may_return_null=1";
}

extern "C" __attribute__((used, visibility("default"))) const char* __ubsan_default_options() { return "print_stacktrace=1"; }

// Called before what does not return: it makes the stack whole for longjmp(3) and exceptions, of which foster has neither, and makes a system call for it
// (sigaltstack(2)) that foster's seccomp filter knows nothing of.
extern "C" void __wrap___asan_handle_no_return() {}

// The filter knows the calls that musl makes: for this one glibc makes another.
extern "C" pid_t __wrap_getpgrp() { return getpgid(0); }
