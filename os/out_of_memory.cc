// SPDX-License-Identifier: Apache-2.0
// What happens when there is no memory: foster allocates before the workload runs and never after, so this is the end of a start, told like any other.
// The library's own operator new would go on with a null pointer (there are no exceptions), or abort, which PID 1 must not.
#include <stdlib.h>
#include <unistd.h>

#include <new>

#include "os/write.h"

namespace {

constexpr int kExitOwnFailure = 125;

void* AllocateOrLeave(size_t size) {
  void* memory = malloc(size);
  if (memory == nullptr) {
    foster::WriteFully(STDERR_FILENO, "foster: out of memory before the workload could be started\n");
    _exit(kExitOwnFailure);
  }
  return memory;
}

}  // namespace

void* operator new(size_t size) { return AllocateOrLeave(size); }
void* operator new[](size_t size) { return AllocateOrLeave(size); }
void operator delete(void* memory) noexcept { free(memory); }
void operator delete[](void* memory) noexcept { free(memory); }
void operator delete(void* memory, size_t) noexcept { free(memory); }
void operator delete[](void* memory, size_t) noexcept { free(memory); }
