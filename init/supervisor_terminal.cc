// SPDX-License-Identifier: Apache-2.0
// The supervisor's job control: signals of the terminal, the workload's stops, and whose the terminal is meanwhile.
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "init/supervisor.h"
#include "os/signal_calls.h"

namespace foster {
namespace {

// The relay's byte is the signal that the workload was stopped by, or with this bit the one that it died of.
constexpr unsigned char kDied = 0x80;

// Whether this stop means that the workload needs the terminal: it read it, or set it, from the background.
bool AsksForTerminal(int signo) { return signo == SIGTTIN || signo == SIGTTOU; }

// What a shell makes of a job that the keyboard ended: its script ends too, and not only the command.
bool EndsScripts(int signo) { return signo == SIGINT || signo == SIGQUIT; }

// What carries the terminal's signals to the inner half, which is not in the terminal's foreground and must know that they are not somebody's kill(1).
// Stop signals and SIGCONT go as values of two others: as such each would take the other with it that still waits there (signal(7)), also the
// terminal driver's own, who may find the inner half in the foreground for a moment.
int CarrierOf(int signo) {
  if (signo == SIGTSTP || AsksForTerminal(signo)) return SIGURG;
  return signo == SIGCONT ? SIGIO : signo;
}

struct signalfd_siginfo Relayed(int signo) {
  struct signalfd_siginfo info;
  memset(&info, 0, sizeof info);
  info.ssi_code = kRelayedFromTerminal;
  info.ssi_ptr = static_cast<uint64_t>(signo);
  return info;
}

}  // namespace

// The terminal driver signals the foreground group. Where that was the workload's, foster's copy would not be here; so the workload has none yet.
bool Supervisor::IsFromTerminal(const struct signalfd_siginfo& info) const {
  if (!terminal_.found()) return false;
  const SignalOrigin origin = OriginOf(info, self_);
  if (origin == SignalOrigin::kRelayed) return relay_tell_ >= 0;
  return origin == SignalOrigin::kKernel && IsTerminalSignal(static_cast<int>(info.ssi_signo));
}

void Supervisor::TakeTerminalSignal(const struct signalfd_siginfo& info) {
  const int signo = info.ssi_code == kRelayedFromTerminal ? static_cast<int>(info.ssi_ptr & 0x7f) : static_cast<int>(info.ssi_signo);
  if (signo == SIGCONT) {
    // A hang-up brings one for the session's leader, whose workload was not stopped.
    if (terminal_.has_job_control()) ContinueWorkload();
    return;
  }
  if (Ended() || !HasWorkload()) {
    // Nobody but foster is there to be told of Ctrl-C: whoever waits for it wants it to end.
    if (signo == SIGINT) StopAsked(info);
    return;
  }
  // To the whole group, as the driver does it, and as it is: what --rewrite changes is what people send.
  SendToGroup(signo);
}

void Supervisor::SendToGroup(int signo) {
  if (scope_ == Scope::kNobody) {
    const struct signalfd_siginfo relayed = Relayed(signo);
    SendTo(SignalTarget::kProcess, workload_, scope_, CarrierOf(signo), &relayed);
  } else {
    SendTo(SignalTarget::kGroup, workload_, scope_, signo, nullptr);
  }
}

// An outer shell's fg has made foster's group the foreground one first; bg has not.
void Supervisor::ContinueWorkload() {
  if (!HasWorkload()) return;
  // Where the workload has it already (somebody sent a SIGCONT to a job that runs) it is still to be taken back in the end.
  if (!terminal_given_ || !terminal_.IsOf(workload_.pid)) terminal_given_ = wants_terminal_ && terminal_.IsOurs() && terminal_.GiveTo(workload_.pid);
  SendToGroup(SIGCONT);
}

void Supervisor::TakeTerminalBack() {
  if (terminal_given_) terminal_.TakeBack();
  terminal_given_ = false;
}

void Supervisor::WorkloadStopped(int signo) {
  if (AsksForTerminal(signo)) wants_terminal_ = true;
  if (relay_tell_ >= 0) {
    // PID 1 cannot stop itself. The outermost half, which a shell waits for, can. If the pipe is full it has been told.
    const char told = static_cast<char>(signo);
    if (write(relay_tell_, &told, 1) == 1) return;
    return;
  }
  if (signo == SIGSTOP && !terminal_.has_job_control()) return;  // somebody meant it
  StopWithWorkload(signo);
}

void Supervisor::StopWithWorkload(int signo) {
  if (!terminal_.has_job_control()) {
    // There is no shell that could ever resume it: without foster, as its session's leader, it would not have stopped.
    SendToGroup(SIGCONT);
    return;
  }
  if (AsksForTerminal(signo) && terminal_.IsOurs()) {
    ContinueWorkload();
    // Not given: the workload has left its group, and would be stopped again and again.
    if (terminal_given_) return;
  }
  TakeTerminalBack();
  // By the same signal, so that the shell says of foster what it would say of the workload.
  if (StopSelf(signo)) {
    // Resumed. The SIGCONT that did it is queued as well, but not for certain: a Ctrl-Z that comes before it is read takes it away (signal(7)), and
    // the workload would stand still for ever. It is passed on once.
    if (Instead(SIGCONT) != SIGCONT) return;
    SetDisposition(SIGCONT, Disposition::kDefault);  // drops what is pending (sigaction(2))
    ContinueWorkload();
    return;
  }
  // Without a shell that could resume us (an orphaned group) Ctrl-Z does nothing. A workload that read the terminal must not try it for ever.
  if (signo == SIGTSTP) SendToGroup(SIGCONT);
}

void Supervisor::HearRelay() {
  unsigned char told;
  ssize_t got;
  while ((got = read(relay_hear_, &told, 1)) == 1) {
    if ((told & kDied) != 0) {
      relayed_death_ = told & ~kDied;
    } else if (HasWorkload() && !Ended()) {
      WorkloadStopped(told);
    }
  }
  if (got == 0) relay_hear_ = -1;  // the inner half has gone; its end comes by the other descriptors
}

// 0, or the signal that this process is to die of.
int Supervisor::DeathToShare(int exit_code) {
  if (relay_hear_ >= 0) HearRelay();
  const int death = scope_ == Scope::kNobody ? relayed_death_ : status_.signal;
  if (!terminal_.found() || !terminal_.has_job_control() || !EndsScripts(death) || exit_code != 128 + death) return 0;
  if (relay_tell_ < 0) return IsInit(scope_) ? 0 : death;
  const char told = static_cast<char>(kDied | death);
  if (write(relay_tell_, &told, 1) == 1) return 0;
  return 0;  // the pipe is full of stops: the exit status still says it
}

}  // namespace foster
