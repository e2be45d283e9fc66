// SPDX-License-Identifier: Apache-2.0
// A namespace's init at a terminal.
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/kernel/pty.h"
#include "tests/util/proc.h"
#include "tests/util/signals.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

// Opens the terminal in the caller, and makes it the controlling one of its session, which it leads.
long Control(const char* path) {
  const long terminal = NEED_SYS(Checked(::open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)));
  NEED_SYS(Checked(::ioctl(static_cast<int>(terminal), TIOCSCTTY, 0)));
  return terminal;
}

// An actor leads a new session at the terminal. Its descriptor there.
int Seat(Actor& actor, const Pty& pty) {
  char path[64] = {};
  NEED(pty.path.size() < sizeof path);
  memcpy(path, pty.path.data(), pty.path.size());
  struct Path {
    char text[64];
  } copy;
  memcpy(copy.text, path, sizeof path);
  return static_cast<int>(NEED_SYS(actor.Call([copy] {
    NEED_SYS(Sys(SYS_setsid));
    return Control(copy.text);
  })));
}

void Type(const Pty& pty, char key) { NEED_SYS(Checked(::write(pty.master, &key, 1))); }

BEHAVIOUR(Terminals, InterruptSparesInit, "TTY-01", "Ctrl-C kills what is in the foreground group, and not an init without a handler that leads it; the group has its number for whoever asks.", "tty_ioctl(4), TIOCGPGRP; drivers/tty/tty_jobctrl.c", "2.6.28",
          {{"group inside", 1}, {"outside it is init's number", true}, {"child", "killed(SIGINT)"}, {"init", "alive"}}) {
  const Pty pty = Pty::Open(seen);
  Actor init = Actor::Start(CLONE_NEWPID);
  const int terminal = Seat(init, pty);
  Actor child = init.Fork();
  seen.Put("group inside", init.Call([terminal] { return ForegroundGroup(terminal); }));
  seen.Put("outside it is init's number", ForegroundGroup(pty.master) == init.pid());
  Type(pty, '\3');
  init.Call([seen] { seen.Put("child", Wait(2)); });
  seen.Put("init", init.Condition());
}

BEHAVIOUR(Terminals, SuspendDoesNotStopInit, "TTY-02", "Ctrl-Z does not stop an init without a handler.", "kernel/signal.c sig_task_ignored()", "2.6.28", {{"the group got", SIGTSTP}, {"init", "alive"}, {"parent's wait", "nothing yet"}}) {
  const Pty pty = Pty::Open(seen);
  Actor init = Actor::Start(CLONE_NEWPID);
  Seat(init, pty);
  Actor witness = init.Fork();
  witness.Call([] { SetSignalMask(SetOf(SIGTSTP)); });
  Type(pty, '\32');
  seen.Put("the group got", witness.Call([] { return TakeSignal(SetOf(SIGTSTP)); }));
  seen.Put("init", init.Condition());
  seen.Put("parent's wait", Wait(init.pid(), WUNTRACED | WNOHANG));
}

BEHAVIOUR(Terminals, AnOutsidersGroupIsZero, "TTY-03", "Where the foreground group and the session are outside of the namespace, tcgetpgrp(3) and tcgetsid(3) say 0; with a group of its own an init can take the foreground.",
          "drivers/tty/tty_jobctrl.c; otherwise than tcgetpgrp(3) and POSIX have it (more than 1, or -1)", "2.6.24",
          {{"tcgetpgrp", "0"}, {"tcgetsid", "0"}, {"tcsetpgrp", "0"}, {"tcgetpgrp then", "1"}}) {
  const Pty pty = Pty::Open(seen);
  const int terminal = static_cast<int>(Control(pty.path.c_str()));
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Call([seen, terminal] {
    seen.Put("tcgetpgrp", Said(ForegroundGroup(terminal)));
    seen.Put("tcgetsid", Said(TerminalsSession(terminal)));
    SetSignalMask(SetOf(SIGTTOU));
    NEED_SYS(Sys(SYS_setpgid, 0, 0));
    seen.Put("tcsetpgrp", Said(SetForegroundGroup(terminal, 1)));
    seen.Put("tcgetpgrp then", Said(ForegroundGroup(terminal)));
  });
}

// utime and stime of /proc/PID/stat, in ticks of which there are 100 in a second.
long TicksOf(pid_t pid) {
  const std::string stat = ReadFile("/proc/" + std::to_string(pid) + "/stat");
  size_t at = stat.rfind(')');
  long fields[14] = {};
  for (int i = 2; i < 15 && at != std::string::npos; ++i) {
    at = stat.find(' ', at + 1);
    if (i >= 13 && at != std::string::npos) fields[i - 2] = atol(stat.c_str() + at);
  }
  return fields[11] + fields[12];
}

// A background init at its session's terminal does `act`. Whether it spends CPU time on it without ever coming back.
void InBackground(Facts seen, long (*act)(int terminal)) {
  const Pty pty = Pty::Open(seen);
  const int terminal = static_cast<int>(Control(pty.path.c_str()));
  Actor init = Actor::Start(CLONE_NEWPID);
  NEED_SYS(init.Call([] { return Sys(SYS_setpgid, 0, 0); }));  // not orphaned: its parent, the driver, is in the session
  const long before = TicksOf(init.pid());
  init.Begin([=] { return act(terminal); });
  seen.Put("uses CPU time", Eventually([&] { return init.Answered() || TicksOf(init.pid()) - before >= 20; }));
  seen.Put("returned", init.Answered());
  seen.Put("stopped", StateOf(init.pid()) == "T");
  init.Kill(SIGKILL);
  init.Reap();
}

// __tty_check_change() raises SIGTTIN, which is dropped, and has the call restarted.
BEHAVIOUR(Terminals, ReadingInTheBackgroundSpins, "TTY-04", "A background init without a handler for SIGTTIN that reads its terminal is not stopped, and the read never returns: it spins in the kernel.",
          "drivers/tty/tty_jobctrl.c __tty_check_change(); otherwise than termios(3) and POSIX have it", "2.6.28", {{"uses CPU time", true}, {"returned", false}, {"stopped", false}}) {
  InBackground(seen, [](int terminal) {
    char byte;
    return Sys(SYS_read, terminal, &byte, 1);
  });
}

BEHAVIOUR(Terminals, TakingTheForegroundInTheBackgroundSpins, "TTY-05", "So does one without a handler for SIGTTOU that calls tcsetpgrp(3).", "drivers/tty/tty_jobctrl.c __tty_check_change(); otherwise than tcsetpgrp(3) has it", "2.6.28",
          {{"uses CPU time", true}, {"returned", false}, {"stopped", false}}) {
  InBackground(seen, [](int terminal) { return SetForegroundGroup(terminal, 1); });
}

BEHAVIOUR(Terminals, BlockingTheStopLetsItThrough, "TTY-05b", "With SIGTTOU blocked the same tcsetpgrp(3) works at once.", "tcsetpgrp(3)", "2.6.28", {{"returned", true}, {"stopped", false}}) {
  InBackground(seen, [](int terminal) {
    SetSignalMask(SetOf(SIGTTOU));
    return SetForegroundGroup(terminal, 1);
  });
}

BEHAVIOUR(Terminals, HangupSparesInitAndItsChildren, "TTY-06", "When the terminal is hung up, the SIGHUP to an init without a handler that leads the session is dropped, its children hear nothing, and read(2) says end of file.", "drivers/tty/tty_io.c __tty_hangup()", "2.6.28",
          {{"init", "alive"}, {"child", "alive"}, {"read", "0"}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  Actor child = init.Fork();
  const Pty pty = Pty::Open(seen);
  const int terminal = Seat(init, pty);
  ::close(pty.master);
  seen.Put("read", Said(init.Call([terminal] {
             char byte;
             return Sys(SYS_read, terminal, &byte, 1);
           })));
  seen.Put("init", init.Condition());
  seen.Put("child", child.Condition());
}

BEHAVIOUR(Terminals, InterruptComesFromTheKernel, "TTY-07", "An init that handles SIGINT is told of Ctrl-C by the kernel: SI_KERNEL, si_pid 0.", "drivers/tty/n_tty.c isig(); sigaction(2), si_code", "2.6.24",
          {{"count", 1}, {"si_code", SI_KERNEL}, {"si_pid", 0}}) {
  const Pty pty = Pty::Open(seen);
  Actor init = Actor::Start(CLONE_NEWPID);
  Seat(init, pty);
  init.Call([] { RecordSignal(SIGINT); });
  Type(pty, '\3');
  init.Call([seen] {
    NEED(Eventually([] { return Recorded(SIGINT).count > 0; }));
    seen.Put("count", Recorded(SIGINT).count);
    seen.Put("si_code", Recorded(SIGINT).code);
    seen.Put("si_pid", Recorded(SIGINT).pid);
  });
}

BEHAVIOUR(Terminals, AWindowChangeComesFromOutside, "TTY-08", "TIOCSWINSZ on the master by a process outside raises SIGWINCH in an init in the foreground, with si_pid 0.", "ioctl_tty(2), TIOCSWINSZ", "2.6.24", {{"count", 1}, {"si_pid", 0}}) {
  const Pty pty = Pty::Open(seen);
  Actor init = Actor::Start(CLONE_NEWPID);
  Seat(init, pty);
  init.Call([] { RecordSignal(SIGWINCH); });
  const struct winsize size = {30, 100, 0, 0};
  NEED_SYS(Checked(::ioctl(pty.master, TIOCSWINSZ, &size)));
  init.Call([seen] {
    seen.Put("count", Recorded(SIGWINCH).count);
    seen.Put("si_pid", Recorded(SIGWINCH).pid);
  });
}

}  // namespace
}  // namespace foster
