// SPDX-License-Identifier: Apache-2.0
// The terminal and job control: who is in its foreground, and how a stopped workload is told to the outer shell.
#ifndef FOSTER_INIT_TERMINAL_H_
#define FOSTER_INIT_TERMINAL_H_

#include <sys/types.h>

#include "os/file_descriptor.h"

namespace foster {

// The controlling terminal, found once at the start; or none, and then every function here does nothing.
class Terminal {
 public:
  // By /dev/tty, or else stdin. Found only where this process's group is in its foreground: a background job takes nothing.
  static Terminal Find();

  bool found() const { return fd_.valid(); }
  int fd() const { return fd_.get(); }

  // Whether an outer shell can resume what stops here: false for a session's leader, which has nobody to give the terminal back to.
  bool has_job_control() const { return has_job_control_; }

  // Makes `group` the foreground one. For a group of this session only. The caller has SIGTTOU blocked.
  void GiveTo(pid_t group) const;
  // Makes this process's own group the foreground one.
  void TakeBack() const;
  // Gives the terminal up, for a workload that is to lead a session of its own with it (TIOCSCTTY). Only a session's leader can: false where another
  // session's member found it. fd() stays open. The hang-up and the SIGCONT that the kernel raises for it are foster's own doing, and told so.
  bool LetGo() const;
  // Whether this process's own group is the foreground one now (an outer shell's fg made it so).
  bool IsOurs() const;

 private:
  FileDescriptor fd_;
  bool has_job_control_ = false;
};

}  // namespace foster

#endif  // FOSTER_INIT_TERMINAL_H_
