// SPDX-License-Identifier: Apache-2.0
// What is told on the status stream, event by event; docs/status.md describes each. Costs nothing where there is no stream.
#ifndef FOSTER_INIT_TELLER_H_
#define FOSTER_INIT_TELLER_H_

#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/types.h>

#include "absl/strings/string_view.h"
#include "init/duration.h"
#include "init/everyone.h"
#include "init/oom.h"
#include "init/status_stream.h"
#include "reaper/exit_status.h"
#include "signals/signal_queue.h"

namespace foster {

// A run of the workload that has ended.
struct RunEnd {
  pid_t pid = -1;
  unsigned run = 0;
  ExitStatus status;
  const struct rusage* usage = nullptr;  // null: not known
  int notified_error = -1;               // what it said of itself by sd_notify, or -1
  int notified_exit = -1;
};

class Teller {
 public:
  // `stream` may be null.
  explicit Teller(StatusStream* stream) : stream_(stream) {}

  bool on() const { return stream_ != nullptr && stream_->on(); }
  // Looks for the counter of out-of-memory kills. Before the file systems change; allocates.
  void Prepare();
  // The descriptors that it needs, at most 3; -1 for those that are not there.
  void Descriptors(int (&fds)[3]) const;

  void SetUpDone(bool init);
  void Wrapped(pid_t init);  // by the outer half
  void Started(pid_t pid, unsigned run, bool kernel_reaps, char* const* argv);
  void Ready(absl::string_view by, unsigned run);
  void Said(absl::string_view event, absl::string_view status);  // "status", "reloading", "stopping": by the workload
  void MainPid(pid_t pid);
  // `origin` is of no account where `why` is not "signal".
  void Stop(absl::string_view why, const struct signalfd_siginfo& info, SignalOrigin origin, bool outer);
  void Watchdog(pid_t pid);
  void Ended(const RunEnd& end);
  // Who is left, by name; `signal`: what they get.
  void Leftovers(Scope scope, absl::string_view signal);
  void Restart(unsigned run, Nanoseconds pause);
  void Failed(absl::string_view message);  // what foster itself could not do
  void Exit(int code, absl::string_view reason, unsigned runs, int64_t orphans);
  void InitKilled(int signo, int code);    // by the outer half, which alone is left to tell it

 private:
  StatusStream* stream_;
  OomCounter oom_;
  int64_t oom_before_ = -1;  // when the run began
  int64_t oom_at_start_ = -1;
};

}  // namespace foster

#endif  // FOSTER_INIT_TELLER_H_
