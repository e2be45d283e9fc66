// SPDX-License-Identifier: Apache-2.0
#include "tests/faults/injector.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/faults/surroundings.h"
#include "tests/util/foster_process.h"
#include "tests/util/registers.h"
#include "tests/util/temp_folder.h"

namespace foster {
namespace {

// ptrace(2) by system call: the C library's declaration takes pointers where numbers are meant.
long Trace(long request, pid_t pid, uintptr_t address, uintptr_t data) { return syscall(SYS_ptrace, request, pid, address, data); }

constexpr uintptr_t kOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                               PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;

// Whether the call does its work whatever it answers: a descriptor is free after close(2) said EINTR or EIO.
bool WorksEvenIfItFails(long call) { return call == SYS_close; }

void SetNumber(pid_t pid, long number) {
  Trace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), static_cast<uintptr_t>(number));
}

void SetResult(pid_t pid, long result) {
  Trace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax), static_cast<uintptr_t>(result));
}

// In the child: waits to be seized, then becomes foster.
[[noreturn]] void BecomeFoster(const FaultyRun& run, const Pipe& go, const Pipe& out, const Pipe& err) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  char byte;
  if (read(go.reader(), &byte, 1) != 1) _exit(99);
  if (run.as_init) {
    // A /proc of this namespace, in a mount namespace of this run.
    mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
  }
  const int null = open("/dev/null", O_RDONLY);
  dup2(null, 0);
  dup2(out.writer(), 1);
  dup2(err.writer(), 2);
  setsid();  // no terminal, and a group of its own
  sigset_t blocked;
  sigemptyset(&blocked);
  for (int signo : run.blocked) sigaddset(&blocked, signo);
  sigprocmask(SIG_SETMASK, &blocked, nullptr);
  std::vector<char*> argv;
  for (const std::string& word : run.argv) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  for (const std::string& variable : run.environment) putenv(const_cast<char*>(variable.c_str()));
  execv(argv[0], argv.data());
  _exit(98);
}

// Follows foster's processes and does what the fault says.
class Tracer {
 public:
  Tracer(const FaultyRun& run, pid_t outermost, Outcome* outcome)
      : fault_(run.fault), outermost_(outermost), ask_to_stop_(run.ask_to_stop), outcome_(outcome) {}

  // Until the outermost has ended or the time is over (the caller's alarm interrupts).
  void Follow() {
    for (;;) {
      int status = 0;
      const pid_t pid = Await(&status);
      if (pid == 0) continue;
      if (pid < 0) {
        if (errno == EINTR) {
          outcome_->hung = true;
          return;
        }
        outcome_->hung = true;  // ECHILD: the outermost is gone and nobody saw its end; cannot be
        return;
      }
      if (WIFEXITED(status) || WIFSIGNALED(status)) {
        tracees_.erase(pid);
        if (pid == vforked_) vforked_ = 0;
        if (pid == outermost_) {
          outcome_->wait_status = status;
          return;
        }
        continue;
      }
      if (WIFSTOPPED(status)) Stopped(pid, status);
    }
  }

 private:
  struct Tracee {
    bool fail_at_exit = false;
  };

  // waitpid(2); while somebody is held back, only until that is over. While a child runs in its parent's memory, and the parent stands still for it, the child
  // alone is waited for: that it has become the workload is seen before what the parent does then.
  pid_t Await(int* status) {
    if (delayed_ == 0 && vforked_ != 0) {
      const pid_t child = waitpid(vforked_, status, __WALL);
      if (child > 0 || errno != ECHILD) return child;
      vforked_ = 0;  // it was let go before its parent's stop told of it
      return 0;
    }
    if (delayed_ == 0) return waitpid(-1, status, __WALL);
    const pid_t pid = waitpid(-1, status, __WALL | WNOHANG);
    if (pid != 0) return pid;
    if (left_to_wait_-- > 0) {
      usleep(1000);
    } else {
      const pid_t whom = delayed_;
      delayed_ = 0;
      Resume(whom, 0);
    }
    return 0;
  }

  // SIGKILL for a process that lives, whose end is awaited: it is dead, and has been told to its parent.
  void Kill(pid_t pid) {
    if (pid <= 0) return;
    const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    if (pidfd < 0) return;  // it has gone already
    struct pollfd end = {pidfd, POLLIN, 0};
    if (poll(&end, 1, 0) == 0 && syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0) == 0) {
      while (poll(&end, 1, -1) < 0 && errno == EINTR) {
      }
      outcome_->injected = true;
    }
    close(pidfd);
  }

  // Those of foster's children that are no foster themselves (such are traced).
  void KillChildren() {
    for (pid_t child : ChildrenOf(outermost_)) {
      if (tracees_.count(child) == 0) Kill(child);
    }
  }

  void Resume(pid_t pid, int signo) {
    if (pid == delayed_) return;
    const bool step = pid == outermost_ && began_ && fault_.kind == Fault::Kind::kSignalAtInstruction && !first_call_;
    Trace(step ? PTRACE_SINGLESTEP : PTRACE_SYSCALL, pid, 0, static_cast<uintptr_t>(signo));
  }

  void Stopped(pid_t pid, int status) {
    const int signo = WSTOPSIG(status);
    const int event = status >> 16;
    if (signo == (SIGTRAP | 0x80)) {
      AtCall(pid);
      return;
    }
    if (event == PTRACE_EVENT_EXEC) {
      if (pid == outermost_ && !began_) {
        began_ = true;
        AtInstruction(pid);
        Resume(pid, 0);
      } else {
        tracees_.erase(pid);
        if (pid == vforked_) vforked_ = 0;
        if (workload_ == 0) outcome_->calls_before_workload = static_cast<int>(outcome_->calls.size());
        workload_ = pid;
        Trace(PTRACE_DETACH, pid, 0, 0);  // the workload; it is on its own
      }
      return;
    }
    if (event == PTRACE_EVENT_STOP) {
      // A new child's first stop, or a group stop, which a seized process is left in until SIGCONT.
      if (signo == SIGTRAP) {
        Resume(pid, 0);
      } else {
        Trace(PTRACE_LISTEN, pid, 0, 0);
        if (fault_.kind == Fault::Kind::kPause && signo == SIGSTOP) kill(pid, SIGCONT);
      }
      return;
    }
    if (event != 0) {
      unsigned long child = 0;
      if (event == PTRACE_EVENT_VFORK && Trace(PTRACE_GETEVENTMSG, pid, 0, reinterpret_cast<uintptr_t>(&child)) == 0) vforked_ = static_cast<pid_t>(child);
      Resume(pid, 0);
      return;
    }
    if (signo == SIGTRAP && pid == outermost_ && !first_call_ && fault_.kind == Fault::Kind::kSignalAtInstruction) {
      AtInstruction(pid);
      Resume(pid, 0);
      return;
    }
    Resume(pid, signo);
  }

  void AtInstruction(pid_t pid) {
    if (fault_.kind != Fault::Kind::kSignalAtInstruction || first_call_) return;
    ++instructions_;
    // At a system call the stepping ends.
    Registers registers;
    unsigned long code = 0;
    const bool known = GetRegisters(pid, &registers) && Trace(PTRACE_PEEKTEXT, pid, InstructionPointer(registers), reinterpret_cast<uintptr_t>(&code)) == 0;
    if (instructions_ == fault_.nth) {
      kill(pid, fault_.value);
      outcome_->injected = true;
    }
    if (known && (code & kSystemCallMask) == kSystemCall) {
      first_call_ = true;
      outcome_->instructions_until_blocked = instructions_;
    }
  }

  void AtCall(pid_t pid) {
    Tracee& tracee = tracees_[pid];
    const SystemCallStop stop = SystemCallOf(pid);
    if (stop.entry) {
      if (began_) Entry(pid, stop.number, &tracee);
    } else if (tracee.fail_at_exit) {
      tracee.fail_at_exit = false;
      SetResult(pid, -fault_.value);
    }
    Resume(pid, 0);
  }

  bool IsItsTime(long number, int nth_of_its_number) const {
    if (fault_.call == kAnyCall) return static_cast<int>(outcome_->calls.size()) == fault_.nth;
    if (fault_.call == kAnyWait) return IsFostersWait(number) && waits_ == fault_.nth;
    return number == fault_.call && nth_of_its_number == fault_.nth;
  }

  void Entry(pid_t pid, long number, Tracee* tracee) {
    outcome_->calls.push_back(number);
    const int nth_of_its_number = ++counts_[number];
    if (IsFostersWait(number)) ++waits_;
    if (ask_to_stop_ && pid == outermost_ && IsFostersWait(number)) {
      ask_to_stop_ = false;
      kill(outermost_, SIGTERM);
    }
    if (outcome_->injected) return;
    if (fault_.kind == Fault::Kind::kError && number == fault_.call && nth_of_its_number == fault_.nth) {
      outcome_->injected = true;
      tracee->fail_at_exit = true;
      if (!WorksEvenIfItFails(number)) SetNumber(pid, -1);
    }
    if (!IsItsTime(number, nth_of_its_number)) return;
    switch (fault_.kind) {
      case Fault::Kind::kSignal:
        outcome_->injected = true;
        kill(outermost_, fault_.value);
        break;
      case Fault::Kind::kDelay:
        outcome_->injected = true;
        delayed_ = pid;
        left_to_wait_ = fault_.value;
        break;
      case Fault::Kind::kPause:
        outcome_->injected = true;
        kill(pid, SIGSTOP);
        break;
      case Fault::Kind::kDeath:
        Kill(workload_);
        break;
      case Fault::Kind::kDeaths:
        KillChildren();
        break;
      case Fault::Kind::kNone:
      case Fault::Kind::kError:
      case Fault::Kind::kSignalAtInstruction:
        break;
    }
  }

  const Fault fault_;
  const pid_t outermost_;
  bool ask_to_stop_;
  Outcome* const outcome_;
  bool began_ = false;
  bool first_call_ = false;
  int instructions_ = 0;
  pid_t workload_ = 0;  // the last one
  pid_t vforked_ = 0;   // who runs in its parent's memory
  pid_t delayed_ = 0;   // who is held back, and for how many more milliseconds
  int left_to_wait_ = 0;
  std::map<pid_t, Tracee> tracees_;
  std::map<long, int> counts_;
  int waits_ = 0;  // calls of IsFostersWait
};

void OnAlarm(int) {}

void Replace(std::string* text, const std::string& from, const std::string& to) {
  for (size_t at = text->find(from); at != std::string::npos; at = text->find(from, at + to.size())) text->replace(at, from.size(), to);
}

}  // namespace

int Outcome::Shell() const {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

Outcome RunWithFault(const FaultyRun& wanted, int seconds) {
  Outcome outcome;
  FaultyRun run = wanted;
  // Of its own, so that what others mount meanwhile is not seen.
  static const bool own_mounts = unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  std::unique_ptr<TempFolder> play;
  if (run.play) {
    play = std::make_unique<TempFolder>(true);
    play->File("file", "", 0644);
    play->CopyOf(Act({}).front());
    mkdir((play->path() + "/root").c_str(), 0755);
    for (std::string& word : run.argv) Replace(&word, "PLAY", play->path());
  }
  const KeptNamespace kept(play == nullptr ? "" : play->File("uts", "", 0644));
  const std::set<std::string> mounts_before = Mounts();
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  Pipe go, out, err;
  const unsigned long flags = run.as_init ? CLONE_NEWPID | CLONE_NEWNS : 0;
  const pid_t pid = static_cast<pid_t>(syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, 0));
  if (pid == 0) BecomeFoster(run, go, out, err);
  // Nothing below may be said to process -1, which is everybody.
  if (pid < 0) {
    outcome.err = "clone failed: no process could be made for this run\n";
    outcome.wait_status = 99 << 8;
    return outcome;
  }
  out.CloseWriter();
  err.CloseWriter();
  Tracer tracer(run, pid, &outcome);
  Trace(PTRACE_SEIZE, pid, 0, kOptions);

  struct sigaction action = {};
  action.sa_handler = OnAlarm;  // only so that waitpid(2) is interrupted
  struct sigaction before;
  sigaction(SIGALRM, &action, &before);
  struct itimerval limit = {{1, 0}, {seconds, 0}};
  setitimer(ITIMER_REAL, &limit, nullptr);
  if (write(go.writer(), "g", 1) == 1) tracer.Follow();
  const struct itimerval off = {};
  setitimer(ITIMER_REAL, &off, nullptr);
  sigaction(SIGALRM, &before, nullptr);

  if (outcome.hung) kill(pid, SIGKILL);
  outcome.left_behind = ClearAway();
  outcome.out = out.Drain();
  outcome.err = err.Drain();
  outcome.mounts_left = own_mounts && MountsWereAdded(mounts_before);
  if (play != nullptr) outcome.files_left = NamesBelow(play->path() + "/root");
  return outcome;
}

}  // namespace foster
