// SPDX-License-Identifier: Apache-2.0
// The values of the options of the sections Signals, Supervision and Telling.
#include "absl/strings/str_cat.h"
#include "init/duration.h"
#include "init/option_parsers.h"
#include "os/status_from_errno.h"

namespace foster {

using absl::OkStatus;
using absl::Status;
using absl::string_view;

Status NotOneOf(string_view value, string_view choices) {
  return Refused(absl::StrCat("\"", value, "\""), absl::StrCat("not one of ", choices));
}

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

Status ParseResetSignals(string_view, Options* options) {
  options->reset_signals = true;
  return OkStatus();
}

Status ParseGrace(string_view value, Options* options) {
  if (!ParseDuration(value, &options->supervisor.stop.grace)) {
    return Refused(absl::StrCat("\"", value, "\""), "not a duration (5s, 500ms, 2m, 0, forever)");
  }
  options->supervisor.stop.bounds_workload = true;
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

}  // namespace foster
