// SPDX-License-Identifier: Apache-2.0
#include "init/terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <utility>

namespace foster {

namespace {

// A session's leader was given its terminal on one of the standard three. Where it has none there, as in most containers, opening /dev/tty
// would fail, and that takes longer than all other calls before the workload's start but the spawn.
bool MayHaveOne() {
  return getsid(0) != getpid() || isatty(STDIN_FILENO) == 1 || isatty(STDOUT_FILENO) == 1 || isatty(STDERR_FILENO) == 1;
}

// Whether nobody else seems to be in this process's group: a job of one command typed at a shell leads its group and has the terminal on all three. A
// script's group is led by its shell, and of a pipeline each member has a pipe on one of the three.
bool SeemsAlone() {
  const pid_t group = getpgrp();
  // 0 is a group outside of this PID namespace, that of whoever made it (unshare(1)): who is in it cannot be seen.
  return (group == getpid() || group == 0) && isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
}

}  // namespace

Terminal Terminal::Find(bool handed_down) {
  Terminal terminal;
  if (!MayHaveOne()) return terminal;
  FileDescriptor fd(open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!fd.valid() && isatty(STDIN_FILENO) == 1) {
    // No /dev/tty in here (a bare root file system), but stdin may be the controlling terminal all the same.
    fd = FileDescriptor(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  }
  if (!fd.valid()) return terminal;
  // -1 with ENOTTY for a terminal that controls some other session.
  const pid_t foreground = tcgetpgrp(fd.get());
  if (foreground < 0) return terminal;
  terminal.foreground_ = foreground == getpgrp();
  terminal.has_job_control_ = getsid(0) != getpid();
  if (!terminal.foreground_ && !terminal.has_job_control_) return terminal;
  terminal.alone_ = handed_down || !terminal.has_job_control_ || SeemsAlone();
  terminal.fd_ = AboveStdio(std::move(fd));
  return terminal;
}

bool Terminal::GiveTo(pid_t group) const { return found() && tcsetpgrp(fd_.get(), group) == 0; }

void Terminal::TakeBack() const {
  if (found()) tcsetpgrp(fd_.get(), getpgrp());
}

bool Terminal::LetGo() const { return found() && getsid(0) == getpid() && ioctl(fd_.get(), TIOCNOTTY) == 0; }

bool Terminal::IsOf(pid_t group) const { return found() && tcgetpgrp(fd_.get()) == group; }

bool Terminal::IsOurs() const { return IsOf(getpgrp()); }

}  // namespace foster
