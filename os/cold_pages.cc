// SPDX-License-Identifier: Apache-2.0
// It lies in the hot segment itself, or its own return would bring back what it has given away; so it uses nothing but what lies there.
#include "os/cold_pages.h"

#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

// From init/foster.ld: at borders of pages.
extern "C" {
extern const char foster_cold_begin[] __attribute__((weak));
extern const char foster_cold_end[] __attribute__((weak));
}

namespace foster {
namespace {

// Which page size this kernel has is not asked: the largest that it can have is a multiple of it.
#if defined(__x86_64__)
constexpr uintptr_t kPage = 4096;
#else
constexpr uintptr_t kPage = 65536;
#endif
// What this function and the call still use of the stack.
constexpr uintptr_t kLive = 256;
// How deep the start may have been in the stack. The kernel passes over what is not there.
constexpr uintptr_t kDeep = 131072;

void GiveBack(uintptr_t begin, uintptr_t end) { syscall(SYS_madvise, begin, end - begin, MADV_DONTNEED); }

}  // namespace

void LetGoOfColdPages() {
  const uintptr_t begin = reinterpret_cast<uintptr_t>(foster_cold_begin);
  if (begin != 0) GiveBack(begin, reinterpret_cast<uintptr_t>(foster_cold_end));
  const uintptr_t live = (reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) - kLive) & ~(kPage - 1);
  GiveBack(live - kDeep, live);
}

}  // namespace foster
