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

// Where the supervisor hears and tells of it; -1: not there.
struct NotifyChannels {
  int socket = -1;          // the workload speaks sd_notify's protocol
  int line = -1;            // the workload writes a newline
  int relay = -1;           // for the outer half of a wrapper: what the inner half has for `outside`
  int outside = -1;         // takes what is meant for whoever supervises foster
  pid_t outside_names = 0;  // the number by which he knows foster

  bool any() const { return socket >= 0 || line >= 0 || relay >= 0; }
};

// Connects to the NOTIFY_SOCKET that foster was given, before the file systems and the network change. Invalid where there is none, and where it cannot be
// reached, which is said and no reason not to start.
FileDescriptor ConnectOutside(char* const* environment, const Log& log);

// The workload's side of it.
class Readiness {
 public:
  // Makes what is wanted. After the set-up: an abstract name is good in the network namespace that it was made in.
  absl::Status Open(const ReadySpec& spec);

  // What the workload's environment has to say: "NAME=VALUE", or "NAME" for what must go. `environment` is foster's own. WATCHDOG_PID names `started_as`, as
  // it does in there (see ListenPid).
  std::vector<std::string> Variables(const ReadySpec& spec, char* const* environment, pid_t started_as) const;

  NotifyChannels channels() const;
  int line_end() const { return line_end_.get(); }  // the workload's end

 private:
  FileDescriptor socket_;
  std::string name_;
  FileDescriptor line_;
  FileDescriptor line_end_;
};

}  // namespace foster

#endif  // FOSTER_INIT_READINESS_H_
