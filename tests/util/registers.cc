// SPDX-License-Identifier: Apache-2.0
#include "tests/util/registers.h"

#include <elf.h>
#include <errno.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace foster {
namespace {

// By system call: the C libraries disagree about the names and types of ptrace(2).
constexpr long kPeekText = 1, kGetRegisterSet = 0x4204, kSetRegisterSet = 0x4205;

bool IsSystemCall(pid_t pid, uint64_t at) {
  unsigned long word = 0;
  return syscall(SYS_ptrace, kPeekText, pid, at, &word) == 0 && (word & kSystemCallMask) == kSystemCall;
}

// PTRACE_GET_SYSCALL_INFO's answer as ptrace(2) gives it, of which the number stands at the entry only. The header of either C library knows it by another name.
struct SystemCallInfo {
  uint8_t op;  // 1: entry
  uint8_t pad[3];
  uint32_t arch;
  uint64_t instruction_pointer;
  uint64_t stack_pointer;
  uint64_t number;
  uint64_t arguments[6];
};
constexpr long kGetSystemCallInfo = 0x420e;

}  // namespace

SystemCallStop SystemCallOf(pid_t pid) {
  SystemCallInfo info = {};
  SystemCallStop stop;
  if (syscall(SYS_ptrace, kGetSystemCallInfo, pid, sizeof info, &info) > 0 && info.op == 1) stop = {true, static_cast<long>(info.number)};
  return stop;
}

bool GetRegisters(pid_t pid, Registers* registers) {
  struct iovec where = {registers, sizeof *registers};
  return syscall(SYS_ptrace, kGetRegisterSet, pid, NT_PRSTATUS, &where) == 0;
}

bool SetRegisters(pid_t pid, const Registers& registers) {
  struct iovec where = {const_cast<Registers*>(&registers), sizeof registers};
  return syscall(SYS_ptrace, kSetRegisterSet, pid, NT_PRSTATUS, &where) == 0;
}

#if defined(__x86_64__)
uint64_t InstructionPointer(const Registers& registers) { return registers.rip; }
void SetInstructionPointer(Registers* registers, uint64_t at) { registers->rip = at; }

bool MakeItCall(pid_t pid, unsigned long number) {
  Registers registers;
  if (!GetRegisters(pid, &registers)) return false;
  registers.rip -= 2;  // back on the instruction of the call
  registers.rax = number;
  registers.orig_rax = ~0UL;  // and nothing is restarted
  return IsSystemCall(pid, registers.rip) && SetRegisters(pid, registers);
}
#elif defined(__aarch64__)
uint64_t InstructionPointer(const Registers& registers) { return registers.pc; }
void SetInstructionPointer(Registers* registers, uint64_t at) { registers->pc = at; }

bool MakeItCall(pid_t pid, unsigned long number) {
  Registers registers;
  if (!GetRegisters(pid, &registers)) return false;
  // A call that is to be restarted has been put back on its instruction before its tracer is told of the stop; another one has not.
  if (!IsSystemCall(pid, registers.pc)) registers.pc -= 4;
  registers.regs[8] = number;
  return IsSystemCall(pid, registers.pc) && SetRegisters(pid, registers);
}
#endif

}  // namespace foster
