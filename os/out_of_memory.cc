// SPDX-License-Identifier: Apache-2.0
// Where foster's memory comes from, and what happens when there is none: foster allocates before the workload runs and never after, so that is the end of
// a start, told like any other. The library's own operator new would go on with a null pointer (there are no exceptions), or abort, which PID 1 must not.
//
// What is small comes from a few pages beside the other variables. malloc has a page for each size or two, and another for its own books: with many options
// most of the memory that an idle foster owns would be that.
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <new>

#include "os/write.h"

namespace {

constexpr int kExitOwnFailure = 125;

constexpr size_t kLargestSmall = 512;
alignas(max_align_t) char small_memory[3072];
size_t small_used = 0;
char* last_small = nullptr;  // the last piece: the only one that can be given back

void* AllocateSmall(size_t size) {
  const size_t rounded = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
  if (size > kLargestSmall || rounded > sizeof small_memory - small_used) return nullptr;
  last_small = small_memory + small_used;
  small_used += rounded;
  return last_small;
}

void* AllocateOrLeave(size_t size) {
  void* memory = AllocateSmall(size);
  if (memory == nullptr) memory = malloc(size);
  if (memory == nullptr) {
    foster::WriteFully(STDERR_FILENO, "foster: out of memory before the workload could be started\n");
    _exit(kExitOwnFailure);
  }
  return memory;
}

void GiveBack(void* memory) {
  const uintptr_t at = reinterpret_cast<uintptr_t>(memory);
  const uintptr_t begin = reinterpret_cast<uintptr_t>(small_memory);
  if (at < begin || at >= begin + sizeof small_memory) {
    free(memory);
  } else if (memory == last_small) {
    small_used = at - begin;
    last_small = nullptr;
  }
}

}  // namespace

void* operator new(size_t size) { return AllocateOrLeave(size); }
void* operator new[](size_t size) { return AllocateOrLeave(size); }
void operator delete(void* memory) noexcept { GiveBack(memory); }
void operator delete[](void* memory) noexcept { GiveBack(memory); }
void operator delete(void* memory, size_t) noexcept { GiveBack(memory); }
void operator delete[](void* memory, size_t) noexcept { GiveBack(memory); }
