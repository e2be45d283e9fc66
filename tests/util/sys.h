// SPDX-License-Identifier: Apache-2.0
// System calls by number, their errors as values, and their names: what tests of the kernel speak in.
//
// A C library may do more, or less, than the call that is named (musl caches the thread id; both keep a few signals for themselves),
// so a test that makes a claim about the kernel calls the kernel.
#ifndef FOSTER_TESTS_UTIL_SYS_H_
#define FOSTER_TESTS_UTIL_SYS_H_

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <limits>
#include <string>

namespace foster {

// What stands for the result of a call that a process did not live to answer.
inline constexpr long kGone = std::numeric_limits<long>::min();

template <typename T>
long SysArgument(T value) {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<long>(value);
  } else if constexpr (std::is_null_pointer_v<T>) {
    return 0;
  } else {
    return static_cast<long>(value);
  }
}

// syscall(2) with the kernel's own convention: the result, or the negated errno.
template <typename... Args>
long Sys(long number, Args... args) {
  const long result = ::syscall(number, SysArgument(args)...);
  return result == -1 ? -static_cast<long>(errno) : result;
}

// The same for a call through the C library: its result, or the negated errno. `Checked(::mount(…))`.
inline long Checked(long result) { return result < 0 ? -static_cast<long>(errno) : result; }

// "EPERM" for EPERM; "errno 4711" for what has no name here.
std::string ErrnoName(int error);

// What a call in the kernel's convention said: "0", "17", "EPERM", and "gone" for kGone.
std::string Said(long result);

}  // namespace foster

#endif  // FOSTER_TESTS_UTIL_SYS_H_
