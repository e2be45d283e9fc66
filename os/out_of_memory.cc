// SPDX-License-Identifier: Apache-2.0
// Where foster's memory comes from, and what happens when there is none: foster allocates before the workload runs and never after, so that is the end of
// a start, told like any other. The library's own operator new would go on with a null pointer (there are no exceptions), or abort, which PID 1 must not.
//
// What is small comes from a few pages beside the other variables, what is large from the kernel, to which it goes back. malloc has a page for each size or
// two, and another for its own books: with many options most of the memory that an idle foster owns would be that.
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <new>

#include "os/write.h"

#if !defined(__has_feature)
#define __has_feature(feature) 0
#endif

namespace {

constexpr int kExitOwnFailure = 125;

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)

// Who looks for wrong uses of memory must see each piece of it.
void* AllocateSmall(size_t) { return nullptr; }
void* AllocateLarge(size_t size) { return malloc(size); }
void GiveBack(void* memory) { free(memory); }

#else

constexpr size_t kLargestSmall = 1024;
constexpr size_t kAlignment = alignof(max_align_t);
// In one, so that all of it that is used lies together.
struct {
  size_t used;
  char* last;  // the last piece: the only one that can be given back
  alignas(kAlignment) char memory[8192];
} small;

void* AllocateSmall(size_t size) {
  const size_t rounded = (size + (size == 0 ? 1 : 0) + kAlignment - 1) & ~(kAlignment - 1);  // nothing has a place of its own as well
  if (size > kLargestSmall || rounded > sizeof small.memory - small.used) return nullptr;
  small.last = small.memory + small.used;
  small.used += rounded;
  return small.last;
}

// With its whole size in front.
void* AllocateLarge(size_t size) {
  const size_t whole = size + kAlignment;
  if (whole < size) return nullptr;
  void* memory = mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  memcpy(memory, &whole, sizeof whole);
  return static_cast<char*>(memory) + kAlignment;
}

void GiveBack(void* memory) {
  if (memory == nullptr) return;
  const uintptr_t at = reinterpret_cast<uintptr_t>(memory);
  const uintptr_t begin = reinterpret_cast<uintptr_t>(small.memory);
  if (at < begin || at >= begin + sizeof small.memory) {
    char* const whole = static_cast<char*>(memory) - kAlignment;
    size_t size;
    memcpy(&size, whole, sizeof size);
    munmap(whole, size);
  } else if (memory == small.last) {
    small.used = at - begin;
    small.last = nullptr;
  }
}

#endif

void* AllocateOrLeave(size_t size) {
  void* memory = AllocateSmall(size);
  if (memory == nullptr) memory = AllocateLarge(size);
  if (memory == nullptr) {
    foster::WriteFully(STDERR_FILENO, "foster: out of memory before the workload could be started\n");
    _exit(kExitOwnFailure);
  }
  return memory;
}

}  // namespace

void* operator new(size_t size) { return AllocateOrLeave(size); }
void* operator new[](size_t size) { return AllocateOrLeave(size); }
void operator delete(void* memory) noexcept { GiveBack(memory); }
void operator delete[](void* memory) noexcept { GiveBack(memory); }
void operator delete(void* memory, size_t) noexcept { GiveBack(memory); }
void operator delete[](void* memory, size_t) noexcept { GiveBack(memory); }

#if !defined(__GLIBC__)
// For what the C library allocates itself, which in foster is nothing: two functions that could are called with memory of the caller's.
extern "C" void* malloc(size_t size) {
  void* memory = AllocateSmall(size);
  return memory != nullptr ? memory : AllocateLarge(size);
}
extern "C" void free(void* memory) { GiveBack(memory); }
#endif
