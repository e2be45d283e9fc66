// SPDX-License-Identifier: Apache-2.0
// The story on one page: options -> set-up -> workload -> supervise -> exit.

#include <errno.h>
#include <unistd.h>

#include "init/explain.h"
#include "init/licence.h"
#include "init/options.h"
#include "init/preflight.h"
#include "init/readiness.h"
#include "init/run.h"
#include "init/setup/namespaces.h"
#include "init/setup/parent_death.h"
#include "init/setup_check.h"
#include "init/status_stream.h"
#include "init/supervisor_spec.h"
#include "init/teller.h"
#include "init/wrapper.h"
#include "os/file_descriptor.h"
#include "os/status_from_errno.h"
#include "os/write.h"
#include "signals/signal_state.h"

namespace foster {
namespace {

// What an errand has to say. A reader that has read enough (head) is no failure.
int Print(const Options& options, absl::string_view text) {
  const int error = WriteFully(STDOUT_FILENO, text);
  return error == 0 || error == EPIPE ? 0 : Fail(options, StatusFromErrno(error, "write", "stdout"));
}

int Main(char** argv, char** environment) {
  const InheritedSignals signals = TakeSignals();
  Options options;
  absl::Status status = ParseOptions(argv, environment, &options);
  if (!status.ok()) return Fail(options, status);
  switch (options.errand) {
    case Errand::kHelp:
      return Print(options, HelpText(options));
    case Errand::kVersion:
      return Print(options, VersionText(options));
    case Errand::kLicense:
      return Print(options, kLicence);
    case Errand::kExplain: {
      const Explanation explanation = Explain(options, GatherFacts(), signals);
      const int printed = Print(options, explanation.text);
      return explanation.would_work ? printed : kExitOwnFailure;
    }
    case Errand::kRun:
      break;
  }
  if (options.any_setup) status = CheckBeforehand(options);
  if (status.ok()) status = CheckSupervision(options.supervisor, getpid() == 1 || options.namespaces.Makes(CLONE_NEWPID));
  if (!status.ok()) return Fail(options, status);
  // Opened where the user named it, before anything changes.
  StatusStream stream;
  if (options.status.wanted()) status = stream.Open(options.status);
  if (!status.ok()) return Fail(options, status);
  Teller teller(&stream);
  FileDescriptor outside;
  if (options.supervisor.ready.wanted()) outside = ConnectOutside(environment, Log(options.verbosity, options.log_json));
  NamespaceState state;
  const NamespaceSpec& namespaces = options.namespaces;
  if (!namespaces.join.empty()) status = JoinNamespaces(namespaces, &state.entered);
  if (status.ok() && namespaces.Makes(CLONE_NEWUSER)) status = PlanUserMaps(namespaces, &state.maps);
  if (!status.ok()) return Fail(options, status);
  RunSpec run = {options, environment, signals, state, &teller, options.parent_death, -1, getpid(), outside.get()};
  if (!NeedsInnerHalf(namespaces, state)) return Run(run);
  if (run.parent_death != 0) status = DieWithParent(run.parent_death);
  run.parent_death = 0;
  return status.ok() ? RunWrapped(run) : Fail(options, status);
}

}  // namespace
}  // namespace foster

int main(int, char** argv, char** environment) {
  // Nothing is registered to run at exit, and PID 1 has no time for looking.
  _exit(foster::Main(argv, environment));
}
