// SPDX-License-Identifier: Apache-2.0
// How foster stops things: the decision (event, time) -> action. Pure: nothing in here sleeps, signals or reads a clock.
#ifndef FOSTER_INIT_STOP_LADDER_H_
#define FOSTER_INIT_STOP_LADDER_H_

#include <stdint.h>

#include "init/duration.h"

namespace foster {

// What happens to what is left when the workload has ended.
enum class Leftovers : uint8_t {
  kTerm,  // SIGTERM and SIGCONT, the grace period, SIGKILL
  kKill,  // SIGKILL at once
  kWait,  // nothing: foster stays until the last one has gone of its own accord
  kLeave,  // nothing, and foster goes at once: in a namespace of its own the kernel then kills them, elsewhere they live on
};

struct StopPolicy {
  Nanoseconds grace = 5 * kSecond;
  // Whether the grace period also bounds how long a workload may take to end after it was asked to. Without it the workload has all the time that it wants
  // (an engine has a time limit of its own, and a database's shutdown must not be cut off by a default).
  bool bounds_workload = false;
  Leftovers leftovers = Leftovers::kTerm;
};

class StopLadder {
 public:
  enum class Action : uint8_t {
    kNothing,
    kPassOn,        // the signal that asked goes to its target
    kAskEveryone,   // SIGTERM and SIGCONT to everything that is left, the workload included
    kKillEveryone,  // SIGKILL to everything that is left, the workload included
  };

  explicit StopLadder(const StopPolicy& policy) : policy_(policy) {}

  // Somebody sent a stop signal.
  Action StopAsked(Nanoseconds now);
  // The workload has ended.
  Action WorkloadEnded(Nanoseconds now);
  // deadline() has passed.
  Action DeadlinePassed(Nanoseconds now);

  // When DeadlinePassed is due, or kForever.
  Nanoseconds deadline() const { return deadline_; }
  bool draining() const { return ended_; }
  bool forced() const { return rung_ == Rung::kForced; }

 private:
  enum class Rung : uint8_t { kRunning, kAsked, kEveryoneAsked, kForced };

  Action AskEveryone(Nanoseconds now);
  Action Force();

  StopPolicy policy_;
  Rung rung_ = Rung::kRunning;
  bool ended_ = false;
  Nanoseconds deadline_ = kForever;
};

}  // namespace foster

#endif  // FOSTER_INIT_STOP_LADDER_H_
