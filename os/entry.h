// SPDX-License-Identifier: Apache-2.0
// Where foster begins: the program's entry point, in assembly, before the C library's own.
//
// For the init of a PID namespace the kernel drops every signal whose disposition is the default and
// that is not blocked (pid_namespaces(7), kernel/signal.c sig_task_ignored()). A SIGTERM that
// comes between exec and the blocking of signals is therefore lost for ever. foster_entry closes that
// window as early as a program can: its first system call blocks all 64 signals, the C
// library's start-up comes after it.
#ifndef FOSTER_OS_ENTRY_H_
#define FOSTER_OS_ENTRY_H_

#include <stdint.h>

extern "C" {
// The signal mask that foster was started with, bit n-1 for signal n. Written once, by foster_entry.
// A program that is linked without it as the entry point (a test) reads 0 here and finds
// foster_entry_ran 0 as well.
extern uint64_t foster_inherited_mask;
extern uint32_t foster_entry_ran;
}

#endif  // FOSTER_OS_ENTRY_H_
