// SPDX-License-Identifier: Apache-2.0
// The terminal and job control: who is in its foreground, and how a stopped workload is told to the outer shell.
//
// The workload leads a process group of its own (a signal to foster's must reach it once, and rewritten), so the terminal has to be handed over
// for it to be read. Where nobody else can be in foster's group that is done at once. A pipeline's other members (`foster x | less`), a script's
// shell and a background job have a terminal to lose: there foster leaves it where it is, passes on what the terminal sends to its own group, and
// hands it over when the workload reads it or sets it, which the kernel tells by stopping the workload (SIGTTIN, SIGTTOU).
#ifndef FOSTER_INIT_TERMINAL_H_
#define FOSTER_INIT_TERMINAL_H_

#include <sys/types.h>

#include "os/file_descriptor.h"

namespace foster {

// The controlling terminal, found once at the start; or none, and then every function here does nothing.
class Terminal {
 public:
  // By /dev/tty, or else stdin. A session's leader finds it only where its group is in the foreground.
  // `handed_down`: this is a wrapper's inner half, whose group was made by the outer one, and is in the foreground where that one gave it away.
  static Terminal Find(bool handed_down);

  bool found() const { return fd_.valid(); }
  int fd() const { return fd_.get(); }

  // Whether an outer shell can resume what stops here: false for a session's leader, which has nobody to give the terminal back to.
  bool has_job_control() const { return has_job_control_; }

  // Whether the workload gets it at once: this group is in its foreground, and nobody else seems to be in this group.
  bool to_be_given() const { return alone_ && foreground_; }
  // Whether the workload gets it whenever this group is in its foreground, and not only when it asks.
  bool alone() const { return alone_; }

  // Makes `group` the foreground one. For a group of this session only: false, and nothing done, for another. The caller has SIGTTOU blocked.
  bool GiveTo(pid_t group) const;
  // Makes this process's own group the foreground one.
  void TakeBack() const;
  // Gives the terminal up, for a workload that is to lead a session of its own with it (TIOCSCTTY). Only a session's leader can: false where another
  // session's member found it. fd() stays open. The hang-up and the SIGCONT that the kernel raises for it are foster's own doing, and told so.
  bool LetGo() const;
  // Whether `group` is the foreground one now.
  bool IsOf(pid_t group) const;
  // Whether this process's own group is (an outer shell's fg made it so).
  bool IsOurs() const;

 private:
  FileDescriptor fd_;
  bool has_job_control_ = false;
  bool alone_ = false;
  bool foreground_ = false;
};

}  // namespace foster

#endif  // FOSTER_INIT_TERMINAL_H_
