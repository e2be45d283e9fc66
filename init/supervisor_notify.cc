// SPDX-License-Identifier: Apache-2.0
// The supervisor's ear for what the workload says of itself (readiness, its watchdog, sd_notify(3)), and its word to whoever supervises foster.
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "init/notify_message.h"
#include "init/supervisor.h"

namespace foster {
namespace {

static_assert(Datagram::kRoom == kNotifyRoom);

constexpr absl::string_view kReady = "READY=1";

}  // namespace

void Supervisor::ListenFor(struct pollfd* fds, nfds_t* count) const {
  const int heard[] = {channels_.socket, channels_.line, channels_.relay};
  for (int fd : heard) {
    if (fd >= 0) fds[(*count)++] = {fd, POLLIN, 0};
  }
  if (owes_ready_) fds[(*count)++] = {channels_.outside, POLLOUT, 0};
}

__attribute__((noinline)) void Supervisor::HearAll(int most) {
  if (channels_.line >= 0) HearLine();
  if (channels_.socket >= 0) HearDatagrams(most);
  if (channels_.relay >= 0) Relay(most);
  if (owes_ready_) TellOwed();
}

void Supervisor::HearDatagrams(int most) {
  Datagram datagram;
  while (most-- > 0 && datagram.Receive(channels_.socket)) Hear(&datagram);
}

// A newline on the descriptor, once a run. What is written behind it is read, so that nobody waits for room in the pipe.
void Supervisor::HearLine() {
  char text[256];
  const ssize_t got = read(channels_.line, text, sizeof text);
  if (got > 0) {
    if (memchr(text, '\n', static_cast<size_t>(got)) != nullptr) BecameReady("fd", MonotonicNow());
  } else if (got == 0) {
    channels_.line = -1;  // nobody is left who could write
  }
}

// In the outer half of a wrapper: what the inner half has to say to whoever is outside comes from this process, which he knows.
void Supervisor::Relay(int most) {
  Datagram datagram;
  while (most-- > 0 && datagram.Receive(channels_.relay)) {
    if (datagram.text().empty()) {
      channels_.relay = -1;  // the inner half has gone
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
  if (said.error >= 0) said_error_ = static_cast<int>(said.error);
  if (said.exit_status >= 0) said_exit_ = static_cast<int>(said.exit_status);
  if (!Ended()) {
    if (said.reloading) {
      reloading_ = true;
      teller_->Said("reloading", {});
    }
    if (said.watchdog_usec >= 0) watchdog_.Change(said.watchdog_usec * 1000, now);
    if (said.watchdog) watchdog_.Alive(now);
    if (said.extend_usec >= 0) ladder_.Extend(DeadlineIn(now, said.extend_usec * 1000));
    if (said.ready) BecameReady("notify", now);
    if (said.stopping) {
      watchdog_.Stop();
      teller_->Said("stopping", {});
    }
  }
  if (channels_.outside >= 0) HandOn(text, datagram);
  // Whoever waits at a BARRIER sees its end closed now, or when the one outside closes his: all that was said before has been heard.
  datagram->CloseDescriptors();
  if (said.watchdog_trigger && !Ended()) FoundHung(now);
}

// Apart, so that its copy is on the stack only here.
__attribute__((noinline)) void Supervisor::HandOn(absl::string_view text, Datagram* descriptors) {
  char rewritten[kNotifyRoom];
  const size_t size = RewriteForOutside(text, channels_.outside_names, rewritten);
  if (size != 0) TellOutside({rewritten, size}, descriptors);
}

void Supervisor::BecameReady(absl::string_view by, Nanoseconds now) {
  if (Ended()) return;
  watchdog_.Ready(now);
  if (ready_ && !reloading_) return;
  ready_ = true;
  reloading_ = false;
  teller_->Ready(by, runs_);
  log_.Say(Verbosity::kVerbose, {"the workload is ready"});
  // By sd_notify it has said so itself, and that is passed on as it is.
  if (channels_.outside >= 0 && by == "fd") TellOutside(kReady, nullptr);
}

// Nobody outside can make foster wait: what he cannot take at once is lost, but for READY=1, which he may be waiting for.
void Supervisor::TellOutside(absl::string_view text, Datagram* descriptors) {
  const bool with = descriptors != nullptr && descriptors->has_descriptors();
  const int error = with ? descriptors->SendWithDescriptors(channels_.outside, text) : SendDatagram(channels_.outside, text);
  if (error == 0) return;
  log_.Say(Verbosity::kVerbose, {"cannot notify whoever is outside: ", strerror(error)});
  NotifyMessage said;
  if (error == EAGAIN && ReadNotifyMessage(text, &said) && said.ready) owes_ready_ = true;
}

void Supervisor::TellOwed() {
  if (SendDatagram(channels_.outside, kReady) != EAGAIN) owes_ready_ = false;
}

__attribute__((noinline)) void Supervisor::FoundHung(Nanoseconds now) {
  const StopLadder::Action action = ladder_.Hung(now);
  watchdog_.Stop();
  if (action == StopLadder::Action::kNothing) return;
  hung_ = true;
  reason_ = "watchdog";
  teller_->Watchdog(workload_.pid);
  log_.Say(Verbosity::kNormal, {"the workload is hung: its watchdog heard nothing in time"});
  Do(action);
}

}  // namespace foster
