// SPDX-License-Identifier: Apache-2.0
#include "init/stop_ladder.h"

namespace foster {

StopLadder::Action StopLadder::AskEveryone(Nanoseconds now) {
  rung_ = Rung::kEveryoneAsked;
  deadline_ = DeadlineIn(now, policy_.grace);
  return Action::kAskEveryone;
}

StopLadder::Action StopLadder::Force() {
  rung_ = Rung::kForced;
  deadline_ = kForever;
  return Action::kKillEveryone;
}

StopLadder::Action StopLadder::StopAsked(Nanoseconds now) {
  switch (rung_) {
    case Rung::kRunning:
      // Only --leftovers=wait leaves an ended workload on this rung: nobody was asked yet.
      if (ended_) return AskEveryone(now);
      rung_ = Rung::kAsked;
      if (policy_.bounds_workload) deadline_ = DeadlineIn(now, policy_.grace);
      return Action::kPassOn;
    case Rung::kAsked:
      if (ended_) return AskEveryone(now);
      // Asked twice means now, where there is a time limit to cut short; else it is one more signal for the workload.
      return policy_.bounds_workload ? Force() : Action::kPassOn;
    case Rung::kEveryoneAsked:
      return Force();
    case Rung::kForced:
      break;
  }
  return Action::kNothing;
}

StopLadder::Action StopLadder::WorkloadEnded(Nanoseconds now) {
  ended_ = true;
  if (rung_ == Rung::kForced) return Action::kKillEveryone;  // whoever was forked meanwhile
  if (rung_ == Rung::kEveryoneAsked) return Action::kNothing;  // they were asked, and the time runs
  switch (policy_.leftovers) {
    case Leftovers::kTerm:
      return AskEveryone(now);
    case Leftovers::kKill:
      return Force();
    case Leftovers::kWait:
    case Leftovers::kLeave:
      deadline_ = kForever;
      break;
  }
  return Action::kNothing;
}

StopLadder::Action StopLadder::DeadlinePassed(Nanoseconds now) {
  switch (rung_) {
    case Rung::kAsked:
      return AskEveryone(now);
    case Rung::kEveryoneAsked:
      return Force();
    case Rung::kRunning:
    case Rung::kForced:
      break;
  }
  deadline_ = kForever;
  return Action::kNothing;
}

}  // namespace foster
