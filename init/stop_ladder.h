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
  kWait,  // nothing: foster stays until the last one has gone of its own accord, or until it is asked to stop
  kLeave,  // nothing, and foster goes at once: in a namespace of its own the kernel then kills them, elsewhere they live on
};

struct StopPolicy {
  Nanoseconds grace = 5 * kSecond;
  // Whether the grace period also bounds how long a workload may take to end after it was asked to. Without it the workload has all the time that it wants
  // (an engine has a time limit of its own, and a database's shutdown must not be cut off by a default).
  bool bounds_workload = false;
  Leftovers leftovers = Leftovers::kTerm;
  Nanoseconds delay = 0;           // how long a stop signal is held back first
  Nanoseconds timeout = kForever;  // the workload's longest life, all its runs together
};

// The rungs, from the ground: running; the delay; the workload was asked; everyone was asked; everyone is killed. Time climbs them one by
// one; so does whoever asks again. A second, shorter way up is that of a workload that its watchdog found hung.
class StopLadder {
 public:
  enum class Action : uint8_t {
    kNothing,
    kPassOn,         // the signal that just asked goes to its target
    kAskWorkload,    // the signal that was held back goes to its target; a stop signal where there is none (the timeout)
    kAbortWorkload,  // SIGABRT to the workload: it is hung, and its core tells where
    kKillWorkload,   // SIGKILL to the workload alone
    kAskEveryone,    // SIGTERM and SIGCONT to everything that is left, the workload included
    kKillEveryone,   // SIGKILL to everything that is left, the workload included
  };

  explicit StopLadder(const StopPolicy& policy) : policy_(policy) {}

  // A run of the workload has begun. The first one starts the clock of the timeout. Not to be called once a stop was asked for.
  void Started(Nanoseconds now);
  // Somebody sent a stop signal.
  Action StopAsked(Nanoseconds now);
  // Somebody wants all to end without any grace.
  Action StopNow();
  // The workload has ended.
  Action WorkloadEnded(Nanoseconds now);
  // Everybody has gone, and the next run has to wait for its time.
  void Cleared();
  // The watchdog found the workload hung.
  Action Hung(Nanoseconds now);
  // The workload asked for time: what is due for it (its timeout, the grace period after it was asked) is not due before `until`.
  void Extend(Nanoseconds until);
  // deadline() has passed.
  Action DeadlinePassed(Nanoseconds now);

  // When DeadlinePassed is due, or kForever.
  Nanoseconds deadline() const;
  // The workload has ended and no further run has begun.
  bool draining() const { return ended_; }
  // It runs and nobody asked anything of it: only then can Hung find it so.
  bool can_hang() const { return rung_ == Rung::kRunning && !ended_; }
  bool forced() const { return rung_ == Rung::kForced; }
  // Somebody asked, or the timeout did: there will be no further run.
  bool stopping() const { return stopping_; }

 private:
  enum class Rung : uint8_t { kRunning, kDelaying, kAsked, kAborted, kEveryoneAsked, kForced };

  Action AskWorkload(Action how, Nanoseconds now);
  Action AskEveryone(Nanoseconds now);
  Action Force();

  StopPolicy policy_;
  Rung rung_ = Rung::kRunning;
  bool ended_ = false;
  bool stopping_ = false;
  bool clock_runs_ = false;             // the timeout's
  Nanoseconds deadline_ = kForever;     // of the rung
  Nanoseconds end_of_life_ = kForever;  // the timeout
};

}  // namespace foster

#endif  // FOSTER_INIT_STOP_LADDER_H_
