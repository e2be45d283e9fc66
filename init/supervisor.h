// SPDX-License-Identifier: Apache-2.0
// Standing by the workload until all is over: the event loop.
#ifndef FOSTER_INIT_SUPERVISOR_H_
#define FOSTER_INIT_SUPERVISOR_H_

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/types.h>

#include "absl/status/status.h"
#include "init/everyone.h"
#include "init/log.h"
#include "init/poweroff.h"
#include "init/readiness.h"
#include "init/signal_target.h"
#include "init/restart_policy.h"
#include "init/sandbox.h"
#include "init/stop_ladder.h"
#include "init/supervisor_spec.h"
#include "init/teller.h"
#include "init/terminal.h"
#include "init/workload.h"
#include "os/datagram.h"
#include "reaper/exit_status.h"
#include "reaper/storm.h"
#include "reaper/wait_reaper.h"
#include "signals/signal_queue.h"

namespace foster {

// How it all ended.
struct Outcome {
  int exit_code = 0;  // what foster is to exit with
  absl::string_view reason = "failed";  // a word for the status line: why it ends
  unsigned runs = 0;
  int64_t orphans = -1;  // how many were reaped besides; -1: the kernel did it, uncounted
  uint8_t killed_by = 0;  // the signal that the last run died of
  uint8_t die_of = 0;     // the signal that this process is to die of as well, for the shell that waits for it; exit_code says the same
  PowerAct power = PowerAct::kNone;  // what somebody asked of this init by a signal
};

// Both halves of a wrapper, a namespace's init and a plain process run this same loop. What differs is in the spec, the scope and the two
// ends of the stop relay.
class Supervisor {
 public:
  Supervisor(const SupervisorSpec& spec, Scope scope, Log log, Teller* teller);

  // Everything that can fail, before there is a workload. All signals must be blocked; from here on they queue. `at_terminal`: StandBy will be given one
  // that was found.
  absl::Status Prepare(bool at_terminal);
  // Whether the workload is only waited for at first (Settle). Known once prepared. It then needs no pidfd.
  bool hurries() const { return hurries_; }

  // For the inner half of a wrapper: where to tell how the workload was stopped at the terminal, or died (a pipe's writing end, non-blocking).
  // For the outer: where that is heard, also non-blocking. Either may be -1.
  void UseStopRelay(int tell, int hear) {
    relay_tell_ = tell;
    relay_hear_ = hear;
  }

  // Where somebody wants to hear of readiness, or passes it on. It must live as long.
  void UseEar(Ear* ear) { ear_ = ear; }

  // Takes over a workload that was just started and stays until everything is over. From here on: no allocation, no blocking
  // write, nothing that can fail. With `pause` in the spec there is no workload: one that is not valid, and it ends when it is asked to.
  // `again`: how the workload was started, for the next runs; it must live as long. Null where there is no restart.
  Outcome StandBy(Workload workload, Terminal terminal, WorkloadSpec* again);

 private:
  // How many datagrams may wait of one that has ended, or is taken for hung. There are mostly none, and never more than net.unix.max_dgram_qlen.
  static constexpr int kLastWords = 512;

  bool Ended() const { return ladder_.draining(); }
  bool HasWorkload() const { return workload_.pid > 0; }
  // When it is hung: of no account while it is being stopped, or stands still at its terminal.
  Nanoseconds HungAt() const { return ear_ != nullptr && ladder_.can_hang() && !workload_stopped_ ? ear_->watchdog.deadline() : kForever; }
  // Whether what is left may be left to the kernel, which kills it when this process exits.
  bool EndsByExit() const { return scope_ == Scope::kNamespace && !spec_.power && !Again(); }
  // Whether there is a further run to come.
  bool Again() const { return again_due_ && !ladder_.stopping(); }
  bool MayHurry(bool at_terminal) const;
  void Settle();
  void ChooseReaper();
  void LetGoOfInherited();
  void RunBegins(Nanoseconds now);
  bool Over();
  Nanoseconds NextAct() const;
  void Act(Nanoseconds now);
  Outcome Conclude();
  void Wait();
  int WaitForSignal(const struct timespec* limit);
  Nanoseconds NextDeadline() const;

  // Signals: supervisor_signals.cc.
  void TakeSignals();
  void TakeSignal(const struct signalfd_siginfo& info);
  bool IsForWorkload(const struct signalfd_siginfo& info) const;
  bool TakePowerRequest(const struct signalfd_siginfo& info);
  void StopAsked(const struct signalfd_siginfo& info);
  int Instead(int signo) const;
  void PassOn(const struct signalfd_siginfo& info);
  void SendToTarget(int signo, const struct signalfd_siginfo* received);
  void WakeIfStopped();
  void Do(StopLadder::Action action);

  // Deaths and stops: supervisor_ends.cc.
  void Reap();
  void WorkloadEnded(const ExitStatus& status, const struct rusage* usage);
  bool NobodyLeft();
  void DecideOnRestart(Nanoseconds now);
  void StartAgain();

  // What the workload says of itself: supervisor_notify.cc. Only where there is an ear.
  void ListenFor(struct pollfd* fds, nfds_t* count) const;
  void HearAll(int most);
  void HearDatagrams(int most);
  void HearLine();
  void Relay(int most);
  void Hear(Datagram* datagram);
  void BecameReady(absl::string_view by, Nanoseconds now);
  void HandOn(absl::string_view text, Datagram* descriptors);
  void TellOutside(absl::string_view text, Datagram* descriptors);
  void TellOwed();
  void HungAtLast(Nanoseconds now);
  void FoundHung(Nanoseconds now);
  // Job control: supervisor_terminal.cc.
  bool IsFromTerminal(const struct signalfd_siginfo& info) const;
  void TakeTerminalSignal(const struct signalfd_siginfo& info);
  void SendToGroup(int signo);
  void ContinueWorkload();
  void TakeTerminalBack();
  void WorkloadStopped(int signo);
  void StopWithWorkload(int signo);
  void HearRelay();
  int DeathToShare(int exit_code);

  const SupervisorSpec& spec_;
  const Scope scope_;
  const Log log_;
  Teller* const teller_;
  SignalQueue queue_;
  StopLadder ladder_;
  RestartPolicy restart_;
  Sandbox sandbox_;
  StormWatch storm_;
  Ear* ear_ = nullptr;
  Workload workload_;
  Terminal terminal_;
  pid_t self_ = 0;
  int relay_tell_ = -1;
  int relay_hear_ = -1;
  ExitStatus status_;
  PowerAct power_ = PowerAct::kNone;
  WorkloadSpec* again_ = nullptr;
  unsigned runs_ = 0;
  Nanoseconds run_began_ = 0;
  Nanoseconds next_run_ = kForever;  // when the pause before the next run is over
  int64_t orphans_ = 0;
  absl::string_view reason_ = "ended";
  struct signalfd_siginfo held_ = {};  // the stop signal that is held back
  struct signalfd_siginfo asked_ = {};  // the stop signal that came last, and when
  Nanoseconds asked_at_ = 0;
  bool hurries_ = false;
  bool settled_ = false;
  bool has_waited_ = false;
  bool kernel_reaps_ = false;
  bool reap_due_ = false;         // a death was told, or may have been missed
  bool childless_ = false;        // what the last round of reaping said
  bool deserted_ = false;         // nobody was there to be asked to go
  bool storm_pause_ = false;      // SIGCHLD is held back until pause_end_
  bool workload_held_ = false;    // dead, but a tracer has not let go of it
  bool again_due_ = false;        // what the last run left is cleared away, then there will be another
  bool kernel_reaped_ = false;    // at any time
  bool wants_terminal_ = false;    // the workload is to have it whenever foster's group is the foreground one
  bool terminal_given_ = false;    // and has it, by foster's hand
  bool untidy_ = false;            // code that does not run in every life has run, and is given back before foster sleeps
  bool workload_stopped_ = false;  // as far as it was heard
  int relayed_death_ = 0;          // what the inner half says that the workload died of
  Nanoseconds pause_end_ = kForever;
};

}  // namespace foster

#endif  // FOSTER_INIT_SUPERVISOR_H_
