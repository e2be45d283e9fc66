// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/meter/trace.h"

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tests/bench/meter/process.h"
#include "tests/util/registers.h"

namespace foster::bench {
namespace {

uint64_t ReadWord(pid_t pid, uint64_t address) {
  errno = 0;
  const long word = ptrace(PTRACE_PEEKDATA, pid, address, nullptr);
  return errno == 0 ? static_cast<uint64_t>(word) : 0;
}

}  // namespace

Where WhereIs(pid_t pid) {
  Registers registers;
  if (!GetRegisters(pid, &registers)) Die("PTRACE_GETREGSET");
  Where where;
  where.instruction = InstructionPointer(registers);
#if defined(__x86_64__)
  // orig_rax inside of a call, rax before it.
  where.number = static_cast<int64_t>(registers.orig_rax) >= 0 ? registers.orig_rax : registers.rax;
  const uint64_t arguments[] = {registers.rdi, registers.rsi, registers.rdx, registers.r10};
#elif defined(__aarch64__)
  where.number = registers.regs[8];
  const uint64_t arguments[] = {registers.regs[0], registers.regs[1], registers.regs[2], registers.regs[3]};
#endif
  for (int i = 0; i < 4; ++i) where.arguments[i] = arguments[i];
  return where;
}

bool AtSystemCall(pid_t pid, uint64_t instruction) { return (ReadWord(pid, instruction) & kSystemCallMask) == kSystemCall; }

bool EndsDeafness(pid_t pid, const Where& where) {
  if (where.number == SYS_rt_sigprocmask) {
    return where.arguments[0] != SIG_UNBLOCK && where.arguments[1] != 0 &&
           (ReadWord(pid, where.arguments[1]) >> (SIGTERM - 1) & 1) != 0;
  }
  if (where.number == SYS_rt_sigaction) {
    // The handler is the first word of the kernel's struct sigaction; 0 is the default, 1 is to ignore.
    return where.arguments[0] == SIGTERM && where.arguments[1] != 0 && ReadWord(pid, where.arguments[1]) > 1;
  }
  return false;
}

void CatchAtStart(pid_t pid, long options) {
  int status;
  if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status)) Die("the traced child did not stop");
  if (ptrace(PTRACE_SETOPTIONS, pid, nullptr, options | PTRACE_O_EXITKILL) != 0) Die("PTRACE_SETOPTIONS");
}

}  // namespace foster::bench
