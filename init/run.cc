// SPDX-License-Identifier: Apache-2.0
#include "init/run.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "init/listen_pid.h"
#include "init/poweroff.h"
#include "init/readiness.h"
#include "init/secrets.h"
#include "init/setup.h"
#include "init/setup/parent_death.h"
#include "init/supervisor.h"
#include "init/terminal.h"
#include "init/workload.h"
#include "os/signal_calls.h"
#include "os/status_from_errno.h"

namespace foster {
namespace {

// What execve(2)'s errno says to somebody who typed a command.
absl::string_view ExecHint(int exit_code, int error) {
  if (exit_code == kExitNotFound) return "not found";
  if (error == kNoInterpreter) return "its interpreter (the #! line, or the program's loader) is not there";
  return strerror(error);
}

// Apart, and not on the stack: what PID 1's life needs of memory is the same where nobody asked for this.
__attribute__((noinline)) absl::Status PrepareReadiness(const RunSpec& spec, std::unique_ptr<Readiness>* made, std::vector<std::string>* variables) {
  made->reset(new Readiness(spec.options.supervisor.ready));
  Readiness& readiness = **made;
  absl::Status status = readiness.Open();
  readiness.AddVariables(spec.environment, spec.started_as, variables);
  readiness.ear()->outside = spec.outside;
  // An init does not know the number that it has for whoever put it into its namespace.
  readiness.ear()->outside_names = spec.started_as == 1 ? 0 : spec.started_as;
  return status;
}

Outcome RunToTheEnd(const RunSpec& spec, bool machine, const Log& log) {
  const Options& options = spec.options;
  MountsMade made;
  const auto fail = [&](const absl::Status& why) {
    made.TakeBack();
    spec.teller->Failed(why.message());
    Outcome outcome;
    outcome.exit_code = Fail(options, why);
    return outcome;
  };
  // Found first: a new root may have no /dev/tty.
  Terminal terminal = Terminal::Find(spec.stop_relay >= 0);
  absl::Status status;
  if (options.any_setup) status = SetUp(options, spec.namespaces, &made);
  if (status.ok() && spec.parent_death != 0) status = DieWithParent(spec.parent_death);
  if (!status.ok()) return fail(status);

  const bool is_init = getpid() == 1;
  const Scope scope = machine ? Scope::kMachine : is_init ? Scope::kNamespace : Scope::kDescendants;
  Supervisor supervisor(options.supervisor, scope, log, spec.teller);
  supervisor.UseStopRelay(spec.stop_relay, -1);
  status = supervisor.Prepare(terminal.found());
  if (!status.ok()) return fail(status);

  spec.teller->SetUpDone(is_init);
  const bool restarts = options.supervisor.restart.when != RestartWhen::kNever;
  if (options.supervisor.pause) {
    Erase(options.secrets, restarts);
    return supervisor.StandBy(Workload(), std::move(terminal), nullptr);
  }

  WorkloadSpec workload;
  WorkloadSetUp workload_setup;
  std::unique_ptr<Readiness> readiness;
  if (options.supervisor.ready.wanted()) {
    status = PrepareReadiness(spec, &readiness, &workload_setup.identity.variables);
    supervisor.UseEar(readiness->ear());
    workload.ready_from = readiness->line_end();
    workload.ready_as = options.supervisor.ready.fd;
  }
  if (status.ok() && (options.any_setup || readiness != nullptr)) status = PrepareWorkloadSetUp(options, spec.environment, &workload_setup);
  if (!status.ok()) return fail(status);

  workload.argv = options.command;
  workload.environment = workload_setup.environment.empty() ? spec.environment : const_cast<char* const*>(workload_setup.environment.data());
  ListenPid listen_pid;
  listen_pid.Find(workload.environment, spec.started_as);
  workload.listen_pid = &listen_pid;
  if (options.any_setup && WantsWorkloadSetUp(options)) {
    workload.set_up = SetUpWorkload;
    workload.set_up_argument = &workload_setup;
  }
  workload.signals = spec.signals;
  workload.reset_signals = options.reset_signals;
  workload.pidfd = !supervisor.hurries();
  workload.undumpable = options.supervisor.sandbox.Has(kSandboxUndumpable);
  workload.new_session = options.new_session;
  workload.terminal = terminal.to_be_given() ? terminal.fd() : -1;
  // Its session's leader keeps a terminal to itself. Where it is not ours to give, a new session has none.
  if (options.new_session && !terminal.LetGo()) workload.terminal = -1;
  SpawnResult spawned = Spawn(workload);
  if (spawned.clone_error != 0) {
    return fail(StatusFromErrno(spawned.clone_error, "clone", options.command[0],
                                spawned.clone_error == EAGAIN ? "a limit on processes is reached" : ""));
  }
  if (terminal.to_be_given() && (spawned.setup_failure.failed() || spawned.exec_error != 0)) terminal.TakeBack();
  if (spawned.setup_failure.failed()) {
    const SetupFailure& failure = spawned.setup_failure;
    return fail(StatusFromErrno(failure.error, failure.what, failure.object, failure.hint));
  }
  if (spawned.exec_error != 0) {
    made.TakeBack();
    const absl::string_view why = ExecHint(spawned.exit_code, spawned.exec_error);
    log.Say(Verbosity::kNormal, {"exec \"", options.command[0], "\": ", why});
    Line message;
    spec.teller->Failed(message.Add({"exec \"", options.command[0], "\": ", why}).text());
    Outcome outcome;
    outcome.exit_code = options.exits.For(spawned.exit_code, spawned.exec_error);
    return outcome;
  }
  if (options.new_session) terminal = Terminal();
  if (options.secrets.any()) Erase(options.secrets, restarts);
  return supervisor.StandBy(std::move(spawned.workload), std::move(terminal), &workload);
}

}  // namespace

int Fail(const Options& options, const absl::Status& status) {
  Log(options.verbosity, options.log_json).Say(Verbosity::kNormal, {status.message()});
  return options.exits.own_failure;
}

int Run(const RunSpec& spec) {
  const Log log(spec.options.verbosity, spec.options.log_json);
  const bool machine = spec.options.supervisor.power && IsMachinesInit();
  spec.teller->Prepare();
  const Outcome outcome = RunToTheEnd(spec, machine, log);
  spec.teller->Exit(outcome.exit_code, outcome.reason, outcome.runs, outcome.orphans);
  // A machine's init must not exit, whatever happened: the kernel would panic. A namespace's leaves its exit status, unless somebody asked for more.
  if (machine || outcome.power != PowerAct::kNone) {
    DoPowerAct(outcome.power == PowerAct::kNone ? PowerAct::kPowerOff : outcome.power, machine, log);
  }
  if (outcome.die_of != 0) DieOf(outcome.die_of);
  return outcome.exit_code;
}

}  // namespace foster
