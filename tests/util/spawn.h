// SPDX-License-Identifier: Apache-2.0
// Processes by clone(2), and children that cannot outlive their test.
#ifndef FOSTER_TESTS_UTIL_SPAWN_H_
#define FOSTER_TESTS_UTIL_SPAWN_H_

#include <sched.h>
#include <signal.h>
#include <sys/types.h>

#include <functional>
#include <string>

#include "os/file_descriptor.h"
#include "tests/util/facts.h"

namespace foster {

// clone(2) as fork with `flags` (CLONE_NEW…) and the signal that the child's end sends. Returns twice, 0 in the child, a negated
// errno on failure. The C library's idea of the thread's id is right in the child.
long CloneProcess(unsigned long flags, int exit_signal = SIGCHLD);

// A child that runs `body` and exits with what it returns. Its pid; NEED fails where there is none. Nothing ends it but what the test
// does: for use inside of a sandbox, which takes everything with it.
pid_t Spawn(const std::function<int()>& body, unsigned long flags = 0, int exit_signal = SIGCHLD);

// A child that ends with this object: it is killed when its parent's thread ends (PR_SET_PDEATHSIG), and killed and reaped when this
// goes, with its whole PID namespace where it is the init of one. For use in a test's own process. `body` must not use assertions.
class Child {
 public:
  // With `flags` (CLONE_NEW…). Not valid() where the kernel refused; error() is the errno then.
  static Child Start(const std::function<int()>& body, unsigned long flags = 0);
  Child(Child&& from) noexcept;
  Child& operator=(Child&& from) = delete;
  ~Child();

  bool valid() const { return pid_ > 0; }
  int error() const { return error_; }
  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.get(); }

  // Waits for the end, `seconds` at most, after which the child is killed and *in_time false. The wait(2) status, once; the same again later.
  int Wait(int seconds = 120, bool* in_time = nullptr);
  // waitpid(2) for a change of state: WUNTRACED, WCONTINUED. Its status.
  int WaitForChange(int options);
  // SIGKILL by pidfd.
  void Kill();

 private:
  Child() = default;
  pid_t pid_ = -1;
  FileDescriptor pidfd_;
  int error_ = 0;
  bool ended_ = false;
  int status_ = 0;
};

// What a function did as PID 1 of new namespaces.
struct InitResult {
  int error = 0;   // the errno of clone(2), or 0
  int status = 0;  // as of wait(2)
};
// Runs `body` as init of a new PID namespace (and whatever `flags` adds), and waits for its end.
InitResult RunAsInit(const std::function<int()>& body, unsigned long flags = 0);

}  // namespace foster

#endif  // FOSTER_TESTS_UTIL_SPAWN_H_
