// SPDX-License-Identifier: Apache-2.0
#include <signal.h>

#include "init/personality.h"

namespace foster {
namespace {

constexpr ForeignOption kOptions[] = {
    {"single-child", 'c', nullptr, "Run in single-child mode: signals are only proxied to the direct child.", "to", "process"},
    {"rewrite", 'r', "s:r", "Rewrite received signal s to new signal r before proxying; 0 to not proxy it.", "rewrite", nullptr},
    {"verbose", 'v', nullptr, "Print debugging information to stderr.", "verbose", ""},
    {"help", 'h', nullptr, "Print this help message and exit.", "help", ""},
    {"version", 'V', nullptr, "Print the current version and exit.", "version", ""},
};

absl::Status TakeDebug(absl::string_view value, Options* options) {
  return value == "1" ? GiveOption("verbose", "", options) : absl::OkStatus();
}

absl::Status TakeSetsid(absl::string_view value, Options* options) {
  return value == "0" ? GiveOption("to", "process", options) : absl::OkStatus();
}

constexpr ForeignVariable kVariables[] = {
    {"DUMB_INIT_DEBUG", "1: print debugging information to stderr.", TakeDebug},
    {"DUMB_INIT_SETSID", "0: run in single-child mode.", TakeSetsid},
};

void Begin(Options* options) {
  options->supervisor.sandbox.Leave(kSandboxUndumpable);  // images write to /proc/1/fd/1, which a tracer's rights are asked for
  options->exits = {1, 2, 2, 2};
  options->supervisor.target = SignalTarget::kGroup;
  options->supervisor.suspend_too = true;
}

void Finish(Options* options) {
  if (options->supervisor.target != SignalTarget::kGroup) return;
  options->new_session = true;
  // The workload's group is orphaned by its session, so the kernel would not stop it for these three (setpgid(2), "orphaned process group").
  for (int signo : {SIGTSTP, SIGTTIN, SIGTTOU}) options->supervisor.rewrite.AddIfNew(signo, SIGSTOP);
}

}  // namespace

const Personality kDumbInit = {"dumb-init ", "dumb-init v1.2.5 (foster)\n", "dumb-init [option] command [[arg] ...]", kOptions,
                               kVariables, Begin, Finish};

}  // namespace foster
