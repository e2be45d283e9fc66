// SPDX-License-Identifier: Apache-2.0
// The values of the options of the sections Signals, Supervision and Telling.
#include <signal.h>

#include "absl/strings/str_cat.h"
#include "init/duration.h"
#include "init/option_parsers.h"
#include "os/status_from_errno.h"
#include "signals/signal_name.h"

namespace foster {

using absl::OkStatus;
using absl::Status;
using absl::string_view;

Status NotOneOf(string_view value, string_view choices) {
  return Refused(absl::StrCat("\"", value, "\""), absl::StrCat("not one of ", choices));
}

namespace {

Status TakeDuration(string_view value, Nanoseconds* into) {
  if (ParseDuration(value, into)) return OkStatus();
  return Refused(absl::StrCat("\"", value, "\""), "not a duration (5s, 500ms, 2m, 0, forever)");
}

}  // namespace

Status ParseTo(string_view value, Options* options) {
  SignalTarget& target = options->supervisor.target;
  if (value == "process") {
    target = SignalTarget::kProcess;
  } else if (value == "group" || value.empty()) {  // empty: -g
    target = SignalTarget::kGroup;
  } else if (value == "namespace") {
    target = SignalTarget::kNamespace;
  } else {
    return NotOneOf(value, "process, group, namespace");
  }
  return OkStatus();
}

Status ParseRewrite(string_view value, Options* options) {
  return options->supervisor.rewrite.Add(value);
}

Status ParseStopSignal(string_view value, Options* options) {
  const int signo = SignalFromName(value);
  if (signo == 0) return Refused(absl::StrCat("\"", value, "\""), "no such signal");
  if (signo == SIGKILL || signo == SIGSTOP || signo == SIGCHLD) {
    return Refused(absl::StrCat("\"", value, "\""), "asks nobody to stop");
  }
  options->supervisor.stop_signal = static_cast<uint8_t>(signo);
  return OkStatus();
}

Status ParseStopDelay(string_view value, Options* options) { return TakeDuration(value, &options->supervisor.stop.delay); }

Status ParseFrom(string_view value, Options* options) {
  if (value != "any" && value != "outside") return NotOneOf(value, "any, outside");
  options->supervisor.only_from_outside = value == "outside";
  return OkStatus();
}

Status ParseResetSignals(string_view, Options* options) {
  options->reset_signals = true;
  return OkStatus();
}

Status ParseGrace(string_view value, Options* options) {
  options->supervisor.stop.bounds_workload = true;
  return TakeDuration(value, &options->supervisor.stop.grace);
}

Status ParseLeftovers(string_view value, Options* options) {
  Leftovers& leftovers = options->supervisor.stop.leftovers;
  if (value == "term") {
    leftovers = Leftovers::kTerm;
  } else if (value == "kill") {
    leftovers = Leftovers::kKill;
  } else if (value == "wait") {
    leftovers = Leftovers::kWait;
  } else if (value == "leave") {
    leftovers = Leftovers::kLeave;
  } else {
    return NotOneOf(value, "term, kill, wait, leave");
  }
  return OkStatus();
}

Status ParseTimeout(string_view value, Options* options) {
  Nanoseconds& life = options->supervisor.stop.timeout;
  const Status status = TakeDuration(value, &life);
  // To some programs it is no limit, and to others none at all.
  return status.ok() && life == 0 ? Refused("\"0\"", "no time to live in (forever is no limit)") : status;
}

Status ParseRestart(string_view value, Options* options) { return options->supervisor.restart.ParseWhen(value); }

Status ParseBackoff(string_view value, Options* options) { return options->supervisor.restart.ParseBackoff(value); }

Status ParseReady(string_view value, Options* options) { return options->supervisor.ready.ParseReady(value); }

Status ParseWatchdog(string_view value, Options* options) {
  Nanoseconds& period = options->supervisor.ready.watchdog;
  const Status status = TakeDuration(value, &period);
  if (period == kForever) period = 0;
  return period == 0 || period >= kMillisecond ? status : Refused(absl::StrCat("\"", value, "\""), "shorter than 1ms");
}

Status ParseExpectExit(string_view value, Options* options) { return options->supervisor.expected.Add(value); }

Status ParseSubreaper(string_view, Options*) { return OkStatus(); }

Status ParsePoweroff(string_view, Options* options) {
  options->supervisor.power = true;
  return OkStatus();
}

Status ParsePause(string_view, Options* options) {
  options->supervisor.pause = true;
  return OkStatus();
}

Status ParseReap(string_view value, Options* options) {
  ReapChoice& reap = options->supervisor.reap;
  if (value == "auto") {
    reap = ReapChoice::kAuto;
  } else if (value == "kernel") {
    reap = ReapChoice::kKernel;
  } else if (value == "wait") {
    reap = ReapChoice::kWait;
  } else {
    return NotOneOf(value, "auto, kernel, wait");
  }
  return OkStatus();
}

Status ParseNoSandbox(string_view value, Options* options) { return LeaveSandboxParts(value, &options->supervisor.sandbox); }

Status ParseVerbose(string_view, Options* options) {
  Verbosity& verbosity = options->verbosity;
  verbosity = verbosity < Verbosity::kVerbose ? Verbosity::kVerbose : Verbosity::kDebug;
  return OkStatus();
}

Status ParseQuiet(string_view, Options* options) {
  options->verbosity = Verbosity::kQuiet;
  return OkStatus();
}

Status ParseTellOrphans(string_view, Options* options) {
  options->supervisor.tell_orphans = true;
  return OkStatus();
}

Status ParseStatusFd(string_view value, Options* options) {
  int fd = 0;
  for (char digit : value) {
    if (digit < '0' || digit > '9' || fd > 99999999) return Refused(absl::StrCat("\"", value, "\""), "not a descriptor's number");
    fd = fd * 10 + (digit - '0');
  }
  if (value.empty()) return Refused("\"\"", "not a descriptor's number");
  options->status.fd = fd;
  return OkStatus();
}

Status ParseStatusFile(string_view value, Options* options) {
  if (value.empty()) return Refused("\"\"", "a file is needed");
  options->status.file = value.data();  // the byte behind a value is always its null
  return OkStatus();
}

Status ParseLog(string_view value, Options* options) {
  if (value != "text" && value != "json") return NotOneOf(value, "text, json");
  options->log_json = value == "json";
  return OkStatus();
}

}  // namespace foster
