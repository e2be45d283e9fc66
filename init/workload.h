// SPDX-License-Identifier: Apache-2.0
// Starting the workload.
#ifndef FOSTER_INIT_WORKLOAD_H_
#define FOSTER_INIT_WORKLOAD_H_

#include <errno.h>
#include <sys/types.h>

#include "init/listen_pid.h"
#include "init/setup/setup_failure.h"
#include "os/credentials.h"
#include "os/file_descriptor.h"
#include "signals/signal_state.h"

namespace foster {

// What the child does between clone and exec, before its signals are given back. System calls only.
using SetUpChild = SetupFailure (*)(const void* argument);

struct WorkloadSpec {
  char* const* argv = nullptr;  // ends with null; argv[0] is looked for in PATH of `environment` where it has no slash
  char* const* environment = nullptr;
  ListenPid* listen_pid = nullptr;  // told the child's number, or null
  InheritedSignals signals;     // what the workload starts with
  bool reset_signals = false;   // all default and nothing blocked instead
  bool pidfd = true;            // make one with it
  bool undumpable = false;      // foster is, before the workload's first instruction (sandbox.h)
  const Capabilities* capabilities = nullptr;  // what the child takes back of what foster does without (sandbox.h), or null
  SetUpChild set_up = nullptr;  // and its argument
  const void* set_up_argument = nullptr;
  bool new_session = false;     // the workload leads a session of its own, and not only a process group
  int terminal = -1;            // hand this terminal's foreground to the workload's group (with a new session: the terminal as such), or -1
  int ready_from = -1;          // this descriptor is the workload's `ready_as`; or -1
  int ready_as = -1;
};

// A started workload: the leader of a process group of its own, whose id is `pid`.
struct Workload {
  pid_t pid = -1;
  FileDescriptor pidfd;  // not valid before Linux 5.2, nor where none was asked for
};

// The exec error of a file that is there while the interpreter that it asks for is not. execve(2) says ENOENT for both and never says this.
inline constexpr int kNoInterpreter = ELIBACC;

struct SpawnResult {
  Workload workload;       // where nothing below says otherwise
  int clone_error = 0;     // there was no room for a process
  SetupFailure setup_failure;  // the child could not be set up; it is gone and reaped
  int exec_error = 0;      // the child could not become the workload; it is gone and reaped
  const char* exec_what = nullptr;  // what it tried when that happened, a word for the message
  int exit_code = 0;       // what foster is to exit with for it: 125, 126 or 127
};

// All signals must be blocked (they stay so in this process). Allocates nothing. When it returns without an error the new program is running.
SpawnResult Spawn(const WorkloadSpec& spec);

}  // namespace foster

#endif  // FOSTER_INIT_WORKLOAD_H_
