// SPDX-License-Identifier: Apache-2.0
// The supervisor's ear for what the workload says of itself (readiness, its watchdog, sd_notify(3)), and its word to whoever supervises foster.
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "init/notify_message.h"
#include "init/supervisor.h"
#include "os/wait.h"

namespace foster {
namespace {

static_assert(Datagram::kRoom == kNotifyRoom);

constexpr absl::string_view kReady = "READY=1";

}  // namespace

void Supervisor::ListenFor(struct pollfd* fds, nfds_t* count) const {
  const int heard[] = {ear_->socket, ear_->line, ear_->relay};
  for (int fd : heard) {
    if (fd >= 0) fds[(*count)++] = {fd, POLLIN, 0};
  }
  if (ear_->owes_ready) fds[(*count)++] = {ear_->outside, POLLOUT, 0};
}

__attribute__((noinline)) void Supervisor::HearAll(int most) {
  untidy_ = true;
  if (ear_->line >= 0) HearLine();
  if (ear_->socket >= 0) HearDatagrams(most);
  if (ear_->relay >= 0) Relay(most);
  if (ear_->owes_ready) TellOwed();
}

void Supervisor::HearDatagrams(int most) {
  Datagram datagram;
  while (most-- > 0 && datagram.Receive(ear_->socket)) Hear(&datagram);
}

// A newline on the descriptor, once a run. What is written behind it is read, so that nobody waits for room in the pipe.
void Supervisor::HearLine() {
  char text[256];
  const ssize_t got = read(ear_->line, text, sizeof text);
  if (got > 0) {
    if (memchr(text, '\n', static_cast<size_t>(got)) != nullptr) BecameReady("fd", MonotonicNow());
  } else if (got == 0) {
    ear_->line = -1;  // nobody is left who could write
  }
}

// In the outer half of a wrapper: what the inner half has to say to whoever is outside comes from this process, which he knows.
void Supervisor::Relay(int most) {
  Datagram datagram;
  while (most-- > 0 && datagram.Receive(ear_->relay)) {
    if (datagram.text().empty()) {
      ear_->relay = -1;  // the inner half has gone
      return;
    }
    TellOutside(datagram.text(), &datagram);
  }
}

void Supervisor::Hear(Datagram* datagram) {
  const pid_t sender = datagram->sender();
  if (sender != workload_.pid && !IsAmong(scope_, sender)) {
    log_.Say(Verbosity::kDebug, {"a notification from ", sender == 0 ? "outside" : "a stranger", " is not heard"});
    return;
  }
  absl::string_view text = datagram->text();
  if (!text.empty() && text.back() == '\0') text.remove_suffix(1);  // whoever sends a string of C with its end
  NotifyMessage said;
  if (datagram->cut() || !ReadNotifyMessage(text, &said)) {
    log_.Say(Verbosity::kDebug, {"a notification that makes no sense is not heard"});
    return;
  }
  const Nanoseconds now = MonotonicNow();
  if (said.has_status) {
    teller_->Said("status", said.status);
    log_.Say(Verbosity::kVerbose, {"the workload says: ", said.status});
  }
  if (said.main_pid != 0) teller_->MainPid(static_cast<pid_t>(said.main_pid));
  if (said.error >= 0) ear_->error = static_cast<int>(said.error);
  if (said.exit_status >= 0) ear_->exit_status = static_cast<int>(said.exit_status);
  if (!Ended()) {
    if (said.reloading) {
      ear_->reloading = true;
      teller_->Said("reloading", {});
    }
    if (said.watchdog_usec >= 0) ear_->watchdog.Change(said.watchdog_usec * 1000, now);
    if (said.watchdog) ear_->watchdog.Alive(now);
    if (said.extend_usec >= 0) ladder_.Extend(DeadlineIn(now, said.extend_usec * 1000));
    if (said.ready) BecameReady("notify", now);
    if (said.stopping) {
      ear_->watchdog.Stop();
      teller_->Said("stopping", {});
    }
  }
  if (ear_->outside >= 0) HandOn(text, datagram);
  // Whoever waits at a BARRIER sees its end closed now, or when the one outside closes his: all that was said before has been heard.
  datagram->CloseDescriptors();
  if (said.watchdog_trigger && !Ended()) FoundHung(now);
}

// Apart, so that its copy is on the stack only here.
__attribute__((noinline)) void Supervisor::HandOn(absl::string_view text, Datagram* descriptors) {
  char rewritten[kNotifyRoom];
  const size_t size = RewriteForOutside(text, ear_->outside_names, rewritten);
  if (size != 0) TellOutside({rewritten, size}, descriptors);
}

void Supervisor::BecameReady(absl::string_view by, Nanoseconds now) {
  if (Ended()) return;
  ear_->watchdog.Ready(now);
  if (ear_->ready && !ear_->reloading) return;
  ear_->ready = true;
  ear_->reloading = false;
  teller_->Ready(by, runs_);
  log_.Say(Verbosity::kVerbose, {"the workload is ready"});
  // By sd_notify it has said so itself, and that is passed on as it is.
  if (ear_->outside >= 0 && by == "fd") TellOutside(kReady, nullptr);
}

// Nobody outside can make foster wait: what he cannot take at once is lost, but for READY=1, which he may be waiting for.
void Supervisor::TellOutside(absl::string_view text, Datagram* descriptors) {
  const bool with = descriptors != nullptr && descriptors->has_descriptors();
  const int error = with ? descriptors->SendWithDescriptors(ear_->outside, text) : SendDatagram(ear_->outside, text);
  if (error == 0) return;
  log_.Say(Verbosity::kVerbose, {"cannot notify whoever is outside: ", strerror(error)});
  NotifyMessage said;
  if (error == EAGAIN && ReadNotifyMessage(text, &said) && said.ready) ear_->owes_ready = true;
}

void Supervisor::TellOwed() {
  if (SendDatagram(ear_->outside, kReady) != EAGAIN) ear_->owes_ready = false;
}

__attribute__((noinline)) void Supervisor::HungAtLast(Nanoseconds now) {
  // What it said in time may wait to be heard, behind more than one turn takes; and that it was stopped or continued at its terminal may not have been told yet.
  HearAll(kLastWords);
  if (now < HungAt()) return;
  if (terminal_.found() && HasMovedUntold(workload_.pid)) {
    reap_due_ = true;
    return;
  }
  FoundHung(now);
}

__attribute__((noinline)) void Supervisor::FoundHung(Nanoseconds now) {
  const StopLadder::Action action = ladder_.Hung(now);
  ear_->watchdog.Stop();
  if (action == StopLadder::Action::kNothing) return;
  ear_->hung = true;
  reason_ = "watchdog";
  teller_->Watchdog(workload_.pid);
  log_.Say(Verbosity::kNormal, {"the workload is hung: its watchdog heard nothing in time"});
  Do(action);
}

}  // namespace foster
