// SPDX-License-Identifier: Apache-2.0
// Readers of /proc, and waiting for what only /proc can tell.
#ifndef FOSTER_TESTS_UTIL_PROC_H_
#define FOSTER_TESTS_UTIL_PROC_H_

#include <stdint.h>
#include <sys/types.h>

#include <functional>
#include <string>

namespace foster {

// The whole of a file; empty where it cannot be read, with the negated errno in *error.
std::string ReadFile(const std::string& path, long* error = nullptr);
// write(2) of all of `text` to an existing file. 0 or a negated errno.
long WriteFile(const std::string& path, const std::string& text);
// readlink(2): the target, or the name of the errno.
std::string ReadLink(const std::string& path);

// A line of /proc/PID/status without its name and blanks ("NSpid": "3\t1"); empty where there is none.
std::string StatusField(pid_t pid, const std::string& name);
// The same from any file of that shape, /proc/self/fdinfo/N for instance.
std::string FieldOf(const std::string& path, const std::string& name);
// 'S' and so on, as a string; "gone" where there is no such process.
std::string StateOf(pid_t pid);
// One of SigPnd, ShdPnd, SigBlk, SigIgn, SigCgt as a set; signal n is bit n-1.
uint64_t SignalField(pid_t pid, const std::string& name);

// Looks every millisecond until `condition` holds or a minute is over; whether it holds. Only for what the kernel announces by no
// event: that a process sleeps in a certain place, that a freed thing is free.
bool Eventually(const std::function<bool()>& condition);

}  // namespace foster

#endif  // FOSTER_TESTS_UTIL_PROC_H_
