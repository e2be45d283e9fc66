// SPDX-License-Identifier: Apache-2.0
// tini, which is also what Docker calls docker-init.
#include "init/personality.h"

namespace foster {
namespace {

constexpr ForeignOption kOptions[] = {
    {"version", 0, nullptr, "Show version and exit.", "version", ""},
    {nullptr, 'h', nullptr, "Show this help message and exit.", "help", ""},
    {nullptr, 's', nullptr, "Register as a process subreaper (done anyway where it is not PID 1).", "subreaper", ""},
    {nullptr, 'p', "SIGNAL", "Trigger SIGNAL when parent dies, e.g. \"-p SIGKILL\".", "die-with-parent", nullptr},
    {nullptr, 'v', nullptr, "Generate more verbose output. Repeat up to 3 times.", "verbose", ""},
    {nullptr, 'w', nullptr, "Print a warning when processes are getting reaped.", "tell-orphans", ""},
    {nullptr, 'g', nullptr, "Send signals to the child's process group.", "to", "group"},
    {nullptr, 'e', "EXIT_CODE", "Remap EXIT_CODE (from 0 to 255) to 0.", "expect-exit", nullptr},
    {nullptr, 'l', nullptr, "Show license and exit.", "license", ""},
};

absl::Status TakeSubreaper(absl::string_view, Options* options) { return GiveOption("subreaper", "", options); }

absl::Status TakeGroup(absl::string_view, Options* options) { return GiveOption("to", "group", options); }

// 0: fatal errors only, 1: warnings too, 2: what it does, 3 and 4: everything.
absl::Status TakeVerbosity(absl::string_view value, Options* options) {
  if (value.size() != 1 || value[0] < '0' || value[0] > '9') return absl::OkStatus();
  options->verbosity = value[0] >= '3' ? Verbosity::kDebug : value[0] == '2' ? Verbosity::kVerbose : Verbosity::kNormal;
  return absl::OkStatus();
}

constexpr ForeignVariable kVariables[] = {
    {"TINI_SUBREAPER", "Register as a process subreaper.", TakeSubreaper},
    {"TINI_VERBOSITY", "Set the verbosity level (default: 1).", TakeVerbosity},
    {"TINI_KILL_PROCESS_GROUP", "Send signals to the child's process group.", TakeGroup},
};

void Begin(Options* options) {
  options->supervisor.sandbox.Leave(kSandboxUndumpable);  // images write to /proc/1/fd/1, which a tracer's rights are asked for
  options->exits.own_failure = 1;
  options->exits.other_exec_failure = 1;
  options->supervisor.stop.leftovers = Leftovers::kLeave;
}

}  // namespace

// "tini version " and what stands before " - " is what Docker reads.
const Personality kTini = {"tini tini-static docker-init ", "tini version 0.19.0_foster\n", "tini [OPTIONS] PROGRAM -- [ARGS] | --version",
                           kOptions, kVariables, Begin, nullptr};

}  // namespace foster
