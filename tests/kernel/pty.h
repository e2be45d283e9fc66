// SPDX-License-Identifier: Apache-2.0
// A pseudo-terminal of a devpts of its own.
#ifndef FOSTER_TESTS_KERNEL_PTY_H_
#define FOSTER_TESTS_KERNEL_PTY_H_

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <string>

#include "tests/util/facts.h"
#include "tests/util/sandbox.h"
#include "tests/util/sys.h"

namespace foster {

// The master's end, and the path of the other. Processes that are forked later hold the master open, too: fork them first where its
// closing matters.
struct Pty {
  int master = -1;
  std::string path;

  // Skips where there are no pseudo-terminals.
  static Pty Open(Facts seen) {
    const std::string folder = SandboxFolder() + "/pts";
    ::mkdir(folder.c_str(), 0755);
    const long mounted = Checked(::mount("devpts", folder.c_str(), "devpts", 0, "ptmxmode=0666"));
    if (mounted < 0) seen.Skip("no pseudo-terminals: mount of devpts: " + Said(mounted));
    Pty pty;
    pty.master = static_cast<int>(NEED_SYS(Checked(::open((folder + "/ptmx").c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC))));
    int number = 0, unlocked = 0;
    NEED_SYS(Checked(::ioctl(pty.master, TIOCSPTLCK, &unlocked)));
    NEED_SYS(Checked(::ioctl(pty.master, TIOCGPTN, &number)));
    pty.path = folder + "/" + std::to_string(number);
    return pty;
  }
};

// tcgetpgrp(3) and its kin by ioctl: the number, or a negated errno.
inline long ForegroundGroup(int terminal) {
  int group = -1;
  const long result = Sys(SYS_ioctl, terminal, TIOCGPGRP, &group);
  return result < 0 ? result : group;
}
inline long TerminalsSession(int terminal) {
  int session = -1;
  const long result = Sys(SYS_ioctl, terminal, TIOCGSID, &session);
  return result < 0 ? result : session;
}
inline long SetForegroundGroup(int terminal, int group) { return Sys(SYS_ioctl, terminal, TIOCSPGRP, &group); }

}  // namespace foster

#endif  // FOSTER_TESTS_KERNEL_PTY_H_
