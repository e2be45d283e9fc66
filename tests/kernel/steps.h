// SPDX-License-Identifier: Apache-2.0
// Steps that many experiments take.
#ifndef FOSTER_TESTS_KERNEL_STEPS_H_
#define FOSTER_TESTS_KERNEL_STEPS_H_

#include <signal.h>
#include <sys/types.h>

#include <string>

#include "tests/kernel/uapi.h"

namespace foster {

// clone(2) with `flags` for a child that exits with `code` at once. Its number, or a negated errno.
long CloneAndExit(unsigned long flags, int code = 0, int exit_signal = SIGCHLD);
// clone3(2), which returns twice: the child's number (0 in the child), or a negated errno.
long Clone3(const CloneArgs& args);
// The same for a child that exits with `code` at once.
long Clone3AndExit(const CloneArgs& args, int code = 0);

// Takes user and group `id`, and no other group, for good. Skips the test where there are no other users.
void BecomeUser(uid_t id);
// What `act` says in a child of the caller that has become user `id`: a result in the kernel's convention.
long AsUser(uid_t id, long (*act)());

// The link /proc/PID/ns/NAME ("pid:[4026531836]"), or the name of the errno; PID 0 is the caller.
std::string NamespaceLink(pid_t pid, const char* name);
// The same file, opened: a descriptor, or a negated errno.
long OpenNamespace(pid_t pid, const char* name);
// setns(2) to it. 0, or a negated errno.
long EnterNamespace(pid_t pid, const char* name, int type);

// Makes an empty folder in the sandbox's writable folder, if it is not there yet. Its path.
std::string Folder(const char* name);
// Makes a file in that folder with `text` in it. Its path.
std::string MakeFile(const char* name, const std::string& text = "");
// mount(2) of a procfs on Folder(name). 0, or a negated errno.
long MountProc(const char* name, const char* options = nullptr);

// `text` with a blank for each tab: fields of /proc/PID/status.
std::string Blanks(std::string text);
// "2 1" for "7\t2\t1", a field of several numbers without its first one: that of the outermost namespace.
std::string WithoutFirst(const std::string& numbers);

// The numeric entries of a procfs, in order, with blanks between.
std::string PidsIn(const std::string& proc);

}  // namespace foster

#endif  // FOSTER_TESTS_KERNEL_STEPS_H_
