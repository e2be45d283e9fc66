// SPDX-License-Identifier: Apache-2.0
#include "init/wrapper.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "init/run.h"
#include "init/setup/namespaces.h"
#include "init/secrets.h"
#include "init/supervisor.h"
#include "init/terminal.h"
#include "os/clone.h"
#include "os/datagram.h"
#include "os/pidfd.h"
#include "os/signal_calls.h"
#include "os/status_from_errno.h"

namespace foster {
namespace {

// The pipe on which the inner half tells the outer that the workload was stopped at the terminal, or what it died of.
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

// What the inner half waits for while somebody outside writes the maps of its user namespace: a byte, or the end of the pipe if that went wrong.
class MapGate {
 public:
  bool Open() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    read_ = AboveStdio(FileDescriptor(ends[0]));
    write_ = AboveStdio(FileDescriptor(ends[1]));
    return read_.valid() && write_.valid();
  }
  bool Wait() {
    char byte;
    write_.Reset(-1);
    ssize_t got;
    do got = read(read_.get(), &byte, 1);
    while (got < 0 && errno == EINTR);
    return got == 1;
  }
  absl::Status LetPass() {
    ssize_t put;
    do put = write(write_.get(), ".", 1);
    while (put < 0 && errno == EINTR);
    return put == 1 ? absl::OkStatus() : StatusFromErrno(errno, "write", "the pipe to the inner half");
  }

 private:
  FileDescriptor read_;
  FileDescriptor write_;
};

// What the outer half makes for both.
struct Halves {
  FileDescriptor outer;  // a pidfd
  StopRelay relay;
  FileDescriptor notify_hear;  // what the inner half has to say to whoever supervises foster
  FileDescriptor notify_tell;
  MapGate gate;
  Terminal terminal;
};

// The inner half; PID 1 of its namespace from its first instruction on where that is a new one.
[[noreturn]] void RunInside(const RunSpec& spec, unsigned long born_into, Halves* halves) {
  NamespaceState state;
  state.born_into = born_into;
  state.entered = spec.namespaces.entered & ~static_cast<unsigned long>(CLONE_NEWPID);  // this process is in it
  state.maps = spec.namespaces.maps;
  if ((born_into & CLONE_NEWUSER) != 0) {
    if (state.maps.from_outside) {
      if (!halves->gate.Wait()) _exit(kExitOwnFailure);
    } else {
      absl::Status status = WriteOwnUserMaps(state.maps);
      if (!status.ok()) _exit(Fail(spec.options, status));
    }
  }
  if (((born_into | state.entered) & CLONE_NEWUSER) != 0) BecomeSomebodyInside();
  // After the last change of user, which would undo it. getppid() is 0 in a new PID namespace and proves nothing: if the outer half died before
  // this took effect, its descriptor says so.
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (halves->outer.valid() && PidfdEnded(halves->outer.get())) _exit(kExitOwnFailure);
  setpgid(0, 0);
  if (halves->terminal.to_be_given()) halves->terminal.GiveTo(getpid());
  const RunSpec inner = {spec.options, spec.environment, spec.signals, state, spec.teller, 0, halves->relay.tell.get(), spec.started_as, halves->notify_tell.get()};
  // In a PID namespace that was entered more can be made only by a child (pid_namespaces(7)): that is this process.
  const bool makes_more = (spec.namespaces.entered & CLONE_NEWPID) != 0 && NeedsInnerHalf(spec.options.namespaces, state);
  _exit(makes_more ? RunWrapped(inner) : Run(inner));
}

}  // namespace

int RunWrapped(const RunSpec& spec) {
  const Log log(spec.options.verbosity, spec.options.log_json);
  SupervisorSpec outer_spec;  // nothing rewritten, all to the process: the inner half does what was asked for
  // One death in all its life; and where somebody inside called reboot(2), only wait(2) tells by which signal the namespace ended.
  outer_spec.reap = ReapChoice::kWait;
  outer_spec.tidy = true;
  outer_spec.sandbox = spec.options.supervisor.sandbox;
  Supervisor supervisor(outer_spec, Scope::kNobody, log, spec.teller);
  absl::Status status = supervisor.Prepare(false);
  if (!status.ok()) return Fail(spec.options, status);

  Halves halves;
  halves.terminal = Terminal::Find(spec.stop_relay >= 0);
  if (halves.terminal.found() && !OpenRelay(&halves.relay)) return Fail(spec.options, StatusFromErrno(errno, "pipe2"));
  Ear ear(0);
  if (spec.outside >= 0) {
    const int error = PairForDatagrams(&halves.notify_hear, &halves.notify_tell);
    if (error != 0) return Fail(spec.options, StatusFromErrno(error, "socketpair"));
    ear.relay = halves.notify_hear.get();
    ear.outside = spec.outside;
    supervisor.UseEar(&ear);
  }
  halves.outer = PidfdOpen(getpid());
  const NamespaceState& state = spec.namespaces;
  // The time namespace takes a few more steps, inside. With a PID namespace entered only a child is in it, and only from there more can be made.
  const unsigned long flags = (state.entered & CLONE_NEWPID) != 0 ? 0 : spec.options.namespaces.make & ~kNewTime;
  if ((flags & CLONE_NEWUSER) != 0 && state.maps.from_outside && !halves.gate.Open()) return Fail(spec.options, StatusFromErrno(errno, "pipe2"));

  spec.teller->Prepare();
  CloneResult inner = Fork(flags);
  if (inner.error != 0) {
    return Fail(spec.options, StatusFromErrno(inner.error, "--new: clone", TellNamespaces(flags), NamespaceHint(flags, inner.error)));
  }
  if (inner.pid == 0) RunInside(spec, flags, &halves);
  if ((flags & CLONE_NEWUSER) != 0 && state.maps.from_outside) {
    status = WriteUserMapsOf(inner.pid, state.maps, spec.environment);
    if (status.ok()) status = halves.gate.LetPass();
    if (!status.ok()) {
      halves.gate = MapGate();  // its end lets the inner half go
      while (waitpid(inner.pid, nullptr, 0) < 0 && errno == EINTR) {
      }
      return Fail(spec.options, status);
    }
    halves.gate = MapGate();
  }
  setpgid(inner.pid, inner.pid);
  halves.relay.tell.Reset(-1);
  halves.notify_tell.Reset(-1);
  supervisor.UseStopRelay(spec.stop_relay, halves.relay.hear.get());
  spec.teller->Wrapped(inner.pid);
  if (spec.options.secrets.any()) Erase(spec.options.secrets, false);  // this half's copy; nothing is started again from here
  const Outcome outcome = supervisor.StandBy({inner.pid, std::move(inner.pidfd)}, std::move(halves.terminal), nullptr);
  if (outcome.killed_by != 0) spec.teller->InitKilled(outcome.killed_by, outcome.exit_code);
  if (outcome.die_of != 0) DieOf(outcome.die_of);
  return outcome.exit_code;
}

}  // namespace foster
