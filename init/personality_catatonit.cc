// SPDX-License-Identifier: Apache-2.0
// catatonit, which is also what podman calls podman-init inside of a container.
#include "init/personality.h"

namespace foster {
namespace {

constexpr ForeignOption kOptions[] = {
    {nullptr, 'g', nullptr, "Forward signals to the process group of the child.", "to", "group"},
    {nullptr, 'h', nullptr, "Print this help message and exit.", "help", ""},
    {nullptr, 'L', nullptr, "Print the licence and exit.", "license", ""},
    {nullptr, 'P', nullptr, "Run in pause mode: no program, wait for a stop signal.", "pause", ""},
    {"version", 'V', nullptr, "Print the version and exit.", "version", ""},
};

absl::Status TakeDebug(absl::string_view, Options* options) {
  options->verbosity = Verbosity::kDebug;
  return absl::OkStatus();
}

constexpr ForeignVariable kVariables[] = {
    {"CATATONIT_DEBUG", "Say what is done.", TakeDebug},
};

void Begin(Options* options) {
  options->supervisor.sandbox.Leave(kSandboxUndumpable);  // images write to /proc/1/fd/1, which a tracer's rights are asked for
  options->exits = {1, 1, 1, 1};
  options->supervisor.stop.leftovers = Leftovers::kLeave;
}

}  // namespace

// It calls itself tini because Docker asks.
const Personality kCatatonit = {"catatonit podman-init ", "tini version 0.1.7_catatonit_foster\n",
                                "catatonit [-ghLPV] [--] <progname> [<arguments>...]", kOptions, kVariables, Begin, nullptr};

}  // namespace foster
