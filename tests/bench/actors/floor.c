// SPDX-License-Identifier: Apache-2.0
// The floor: the least that an init can be. vfork, execve of its arguments, wait4 until the child has ended, and its status. It passes no
// signal on and reaps nobody else while it waits for one; whoever does more cannot be quicker.
#include "tests/bench/actors/raw.h"

__attribute__((noreturn, used)) void FloorMain(long* stack) {
  char** argv = (char**)(stack + 1);
  char** environment = argv + stack[0] + 1;
  long pid = RawClone(RAW_VFORK);
  if (pid == 0) {
    Raw(SYS_execve, (long)argv[1], (long)(argv + 1), (long)environment, 0);
    RawExit(127);
  }
  int status = 0;
  Raw(SYS_wait4, pid, (long)&status, 0, 0);
  RawExit((status & 127) != 0 ? 128 + (status & 127) : (status >> 8) & 255);
}

RAW_START(FloorMain);
