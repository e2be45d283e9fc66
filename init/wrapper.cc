// SPDX-License-Identifier: Apache-2.0
#include "init/wrapper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <utility>

#include "init/run.h"
#include "init/supervisor.h"
#include "init/terminal.h"
#include "os/clone.h"
#include "os/pidfd.h"
#include "os/status_from_errno.h"

namespace foster {
namespace {

// The pipe on which the inner half tells the outer that the workload was stopped at the terminal.
struct StopRelay {
  FileDescriptor hear;
  FileDescriptor tell;
};

bool OpenRelay(StopRelay* relay) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return false;
  relay->hear = AboveStdio(FileDescriptor(ends[0]));
  relay->tell = AboveStdio(FileDescriptor(ends[1]));
  return relay->hear.valid() && relay->tell.valid();
}

// The inner half, PID 1 of its namespace from its first instruction on.
[[noreturn]] void RunInside(const Options& options, char* const* environment, const InheritedSignals& signals, FileDescriptor outer,
                            const StopRelay& relay, const Terminal& terminal) {
  // getppid() is 0 in here and proves nothing: if the outer half died before this took effect, its descriptor says so.
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (outer.valid() && PidfdEnded(outer.get())) _exit(kExitOwnFailure);
  setpgid(0, 0);
  terminal.GiveTo(getpid());
  _exit(Run({options, environment, signals, options.namespaces.make, relay.tell.get()}));
}

}  // namespace

int RunWrapped(const Options& options, char* const* environment, const InheritedSignals& signals) {
  const Log log(options.verbosity);
  SupervisorSpec outer_spec;  // nothing rewritten, all to the process: the inner half does what was asked for
  Supervisor supervisor(outer_spec, Scope::kNobody, log);
  absl::Status status = supervisor.Prepare();
  if (!status.ok()) return Fail(options, status);

  Terminal terminal = Terminal::Find();
  StopRelay relay;
  if (terminal.found() && !OpenRelay(&relay)) return Fail(options, StatusFromErrno(errno, "pipe2"));
  FileDescriptor self = PidfdOpen(getpid());

  CloneResult inner = Fork(options.namespaces.make);
  if (inner.error != 0) {
    return Fail(options, StatusFromErrno(inner.error, "--new: clone", "", NamespaceHint(inner.error)));
  }
  if (inner.pid == 0) RunInside(options, environment, signals, std::move(self), relay, terminal);
  setpgid(inner.pid, inner.pid);
  relay.tell.Reset(-1);
  supervisor.UseStopRelay(-1, relay.hear.get());
  return supervisor.StandBy({inner.pid, std::move(inner.pidfd)}, std::move(terminal)).AsExitCode();
}

}  // namespace foster
