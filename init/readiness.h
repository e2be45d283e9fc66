// SPDX-License-Identifier: Apache-2.0
// What a workload says of itself, and by which way foster hears it: sd_notify(3)'s protocol on a socket of foster's, or a newline on a descriptor. And
// whoever supervises foster, who is told in the same protocol.
#ifndef FOSTER_INIT_READINESS_H_
#define FOSTER_INIT_READINESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "init/duration.h"
#include "init/log.h"
#include "init/watchdog.h"
#include "os/file_descriptor.h"

namespace foster {

struct ReadySpec {
  bool notify = false;       // --ready=notify
  int fd = -1;               // --ready=fd:N
  Nanoseconds watchdog = 0;  // --watchdog; 0: none

  bool told() const { return notify || fd >= 0; }
  bool wanted() const { return told() || watchdog != 0; }
  // "notify" or "fd:N"
  absl::Status ParseReady(absl::string_view text);
};

// What the supervisor hears it by (descriptors; -1: not there), and what it has heard in this run. Apart from the supervisor, which has none of it where
// nobody asked for it.
struct Ear {
  explicit Ear(Nanoseconds period) : watchdog(period) {}

  int socket = -1;          // the workload speaks sd_notify's protocol
  int line = -1;            // the workload writes a newline
  int relay = -1;           // for the outer half of a wrapper: what the inner half has for `outside`
  int outside = -1;         // takes what is meant for whoever supervises foster
  pid_t outside_names = 0;  // the number by which he knows foster, or 0 where nobody knows it
  int error = -1;           // what the workload said of itself: ERRNO, EXIT_STATUS
  int exit_status = -1;
  bool ready = false;
  bool reloading = false;
  bool hung = false;
  bool owes_ready = false;  // to whoever is outside, who could not take it
  Watchdog watchdog;

  // A further run begins.
  void Forget() {
    error = exit_status = -1;
    ready = reloading = hung = false;
  }
};

// Connects to the NOTIFY_SOCKET that foster was given, before the file systems and the network change. Invalid where there is none, and where it cannot be
// reached, which is said and no reason not to start.
FileDescriptor ConnectOutside(char* const* environment, const Log& log);

// The workload's side of it.
class Readiness {
 public:
  explicit Readiness(const ReadySpec& spec) : spec_(spec), ear_(spec.watchdog) {}

  // Makes what is wanted. After the set-up: an abstract name is good in the network namespace that it was made in.
  absl::Status Open();

  // What the workload's environment has to say: "NAME=VALUE", or "NAME" for what must go. `environment` is foster's own. WATCHDOG_PID names `started_as`, as
  // it does in there (see ListenPid).
  void AddVariables(char* const* environment, pid_t started_as, std::vector<std::string>* variables) const;

  Ear* ear() { return &ear_; }
  int line_end() const { return line_end_.get(); }  // the workload's end

 private:
  const ReadySpec& spec_;
  Ear ear_;
  FileDescriptor socket_;
  std::string name_;
  FileDescriptor line_;
  FileDescriptor line_end_;
};

}  // namespace foster

#endif  // FOSTER_INIT_READINESS_H_
