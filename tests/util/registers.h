// SPDX-License-Identifier: Apache-2.0
// The registers of a stopped process, and what a tracer needs to know of instructions, the same for every architecture.
#ifndef FOSTER_TESTS_UTIL_REGISTERS_H_
#define FOSTER_TESTS_UTIL_REGISTERS_H_

#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

namespace foster {

using Registers = struct user_regs_struct;

// The instructions of a system call and of a breakpoint: their bits, and those that are looked at.
#if defined(__x86_64__)
constexpr unsigned long kSystemCall = 0x050f, kSystemCallMask = 0xffff;  // syscall
constexpr unsigned long kBreakpoint = 0xcc, kBreakpointMask = 0xff;      // int3
constexpr uint64_t kBehindBreakpoint = 1;                                // how far the processor has gone when it is told of
#elif defined(__aarch64__)
constexpr unsigned long kSystemCall = 0xd4000001, kSystemCallMask = 0xffffffff;  // svc #0
constexpr unsigned long kBreakpoint = 0xd4200000, kBreakpointMask = 0xffffffff;  // brk #0
constexpr uint64_t kBehindBreakpoint = 0;
#endif

// By ptrace(2), of a process that this one traces and that stands still. False where that cannot be done.
bool GetRegisters(pid_t pid, Registers* registers);
bool SetRegisters(pid_t pid, const Registers& registers);

uint64_t InstructionPointer(const Registers& registers);
void SetInstructionPointer(Registers* registers, uint64_t at);

// Where a process stands that was stopped by PTRACE_SYSCALL, by PTRACE_GET_SYSCALL_INFO (Linux 5.3).
struct SystemCallStop {
  bool entry = false;
  long number = -1;  // at the entry; the exit does not tell it
};
SystemCallStop SystemCallOf(pid_t pid);

// Has a process that was stopped in a system call make call `number`, with whatever arguments are there, once it goes on. False where that cannot be done.
bool MakeItCall(pid_t pid, unsigned long number);

}  // namespace foster

#endif  // FOSTER_TESTS_UTIL_REGISTERS_H_
