// SPDX-License-Identifier: Apache-2.0
#include "init/stop_ladder.h"

#include <algorithm>

namespace foster {

void StopLadder::Started(Nanoseconds now) {
  if (!clock_runs_) end_of_life_ = DeadlineIn(now, policy_.timeout);
  clock_runs_ = true;
  rung_ = Rung::kRunning;
  ended_ = false;
  deadline_ = kForever;
}

StopLadder::Action StopLadder::AskWorkload(Action how, Nanoseconds now) {
  rung_ = Rung::kAsked;
  deadline_ = policy_.bounds_workload ? DeadlineIn(now, policy_.grace) : kForever;
  return how;
}

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
  stopping_ = true;
  switch (rung_) {
    case Rung::kRunning:
      // Only --leftovers=wait leaves an ended workload on this rung: nobody was asked yet.
      if (ended_) return AskEveryone(now);
      if (policy_.delay == 0) return AskWorkload(Action::kPassOn, now);
      rung_ = Rung::kDelaying;
      deadline_ = DeadlineIn(now, policy_.delay);
      return Action::kNothing;
    case Rung::kDelaying:
      return AskWorkload(Action::kAskWorkload, now);
    case Rung::kAsked:
      // Asked twice means now, where there is a time limit to cut short; else it is one more signal for the workload.
      return policy_.bounds_workload ? Force() : Action::kPassOn;
    case Rung::kAborted:
      return Action::kPassOn;  // its end is near in any case; this is so that there is no further run
    case Rung::kEveryoneAsked:
      return Force();
    case Rung::kForced:
      break;
  }
  return Action::kNothing;
}

StopLadder::Action StopLadder::StopNow() {
  stopping_ = true;
  return Force();
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
      // To stop was asked of all of it, and only the workload has heard.
      if (stopping_) return AskEveryone(now);
      rung_ = Rung::kRunning;
      deadline_ = kForever;
      break;
    case Leftovers::kLeave:
      deadline_ = kForever;
      break;
  }
  return Action::kNothing;
}

void StopLadder::Cleared() {
  rung_ = Rung::kRunning;
  deadline_ = kForever;
}

StopLadder::Action StopLadder::Hung(Nanoseconds now) {
  // One that is being stopped has its own time limit, and often no time for its watchdog.
  if (!can_hang()) return Action::kNothing;
  rung_ = Rung::kAborted;
  deadline_ = DeadlineIn(now, policy_.grace);
  return Action::kAbortWorkload;
}

void StopLadder::Extend(Nanoseconds until) {
  if (ended_) return;
  if (rung_ == Rung::kRunning && end_of_life_ != kForever) end_of_life_ = std::max(end_of_life_, until);
  if (rung_ == Rung::kAsked && deadline_ != kForever) deadline_ = std::max(deadline_, until);
}

StopLadder::Action StopLadder::DeadlinePassed(Nanoseconds now) {
  switch (rung_) {
    case Rung::kRunning:
      if (now < end_of_life_) break;
      // A longest life is one only if it ends: from here on the grace period bounds it.
      policy_.bounds_workload = true;
      end_of_life_ = kForever;
      {
        const Action action = StopAsked(now);
        return action == Action::kPassOn ? Action::kAskWorkload : action;  // there is no signal that asked
      }
    case Rung::kDelaying:
      return AskWorkload(Action::kAskWorkload, now);
    case Rung::kAsked:
      return AskEveryone(now);
    case Rung::kAborted:
      deadline_ = kForever;
      return Action::kKillWorkload;
    case Rung::kEveryoneAsked:
      return Force();
    case Rung::kForced:
      break;
  }
  return Action::kNothing;
}

Nanoseconds StopLadder::deadline() const {
  if (rung_ == Rung::kRunning) return end_of_life_;
  // A workload that was asked and has no other time limit has this one.
  if (rung_ == Rung::kAsked && !ended_) return std::min(deadline_, end_of_life_);
  return deadline_;
}

}  // namespace foster
