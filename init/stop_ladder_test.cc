// SPDX-License-Identifier: Apache-2.0
#include "init/stop_ladder.h"

#include <algorithm>
#include <string>

#include "gtest/gtest.h"

namespace foster {
namespace {

using Action = StopLadder::Action;

StopPolicy Policy(Leftovers leftovers, bool bounds_workload = false) {
  StopPolicy policy;
  policy.grace = 100;
  policy.leftovers = leftovers;
  policy.bounds_workload = bounds_workload;
  return policy;
}

TEST(StopLadder, AWorkloadThatEndsByItselfLeavesTheOthersTheGracePeriod) {
  StopLadder ladder(Policy(Leftovers::kTerm));
  EXPECT_EQ(ladder.deadline(), kForever);
  EXPECT_EQ(ladder.WorkloadEnded(1000), Action::kAskEveryone);
  EXPECT_TRUE(ladder.draining());
  EXPECT_EQ(ladder.deadline(), 1100);
  EXPECT_EQ(ladder.DeadlinePassed(1100), Action::kKillEveryone);
  EXPECT_TRUE(ladder.forced());
  EXPECT_EQ(ladder.deadline(), kForever);
}

TEST(StopLadder, ASecondStopSignalCutsTheGracePeriodShort) {
  StopLadder ladder(Policy(Leftovers::kTerm));
  EXPECT_EQ(ladder.StopAsked(0), Action::kPassOn);
  EXPECT_EQ(ladder.WorkloadEnded(10), Action::kAskEveryone);
  EXPECT_EQ(ladder.StopAsked(20), Action::kKillEveryone);
  EXPECT_EQ(ladder.StopAsked(21), Action::kNothing);
}

TEST(StopLadder, WithoutABoundTheWorkloadHasAllTheTimeItWants) {
  StopLadder ladder(Policy(Leftovers::kTerm));
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(ladder.StopAsked(i), Action::kPassOn);
    EXPECT_EQ(ladder.deadline(), kForever);
  }
}

TEST(StopLadder, ABoundWorkloadIsClimbedUpon) {
  StopLadder ladder(Policy(Leftovers::kTerm, true));
  EXPECT_EQ(ladder.StopAsked(0), Action::kPassOn);
  EXPECT_EQ(ladder.deadline(), 100);
  EXPECT_EQ(ladder.DeadlinePassed(100), Action::kAskEveryone);
  EXPECT_EQ(ladder.deadline(), 200);
  EXPECT_EQ(ladder.WorkloadEnded(150), Action::kNothing) << "they were asked already";
  EXPECT_EQ(ladder.deadline(), 200);
  EXPECT_EQ(ladder.DeadlinePassed(200), Action::kKillEveryone);
}

TEST(StopLadder, AskedTwiceMeansNowWhereThereIsABound) {
  StopLadder ladder(Policy(Leftovers::kTerm, true));
  EXPECT_EQ(ladder.StopAsked(0), Action::kPassOn);
  EXPECT_EQ(ladder.StopAsked(1), Action::kKillEveryone);
  EXPECT_EQ(ladder.WorkloadEnded(2), Action::kKillEveryone) << "what it forked while dying";
}

TEST(StopLadder, KillLeavesNoTime) {
  StopLadder ladder(Policy(Leftovers::kKill));
  EXPECT_EQ(ladder.WorkloadEnded(0), Action::kKillEveryone);
  EXPECT_EQ(ladder.deadline(), kForever);
}

TEST(StopLadder, WaitWaitsUntilItIsAsked) {
  StopLadder ladder(Policy(Leftovers::kWait));
  EXPECT_EQ(ladder.WorkloadEnded(0), Action::kNothing);
  EXPECT_EQ(ladder.deadline(), kForever);
  EXPECT_EQ(ladder.StopAsked(50), Action::kAskEveryone);
  EXPECT_EQ(ladder.deadline(), 150);
  EXPECT_EQ(ladder.DeadlinePassed(150), Action::kKillEveryone);
}

TEST(StopLadder, AGraceOfNothingKillsAtTheNextLook) {
  StopPolicy policy = Policy(Leftovers::kTerm);
  policy.grace = 0;
  StopLadder ladder(policy);
  EXPECT_EQ(ladder.WorkloadEnded(7), Action::kAskEveryone);
  EXPECT_EQ(ladder.deadline(), 7);
}

TEST(StopLadder, ForeverIsForever) {
  StopPolicy policy = Policy(Leftovers::kTerm);
  policy.grace = kForever;
  StopLadder ladder(policy);
  EXPECT_EQ(ladder.WorkloadEnded(7), Action::kAskEveryone);
  EXPECT_EQ(ladder.deadline(), kForever);
}

TEST(StopLadder, ADelayHoldsTheFirstStopBack) {
  StopPolicy policy = Policy(Leftovers::kTerm, true);
  policy.delay = 30;
  StopLadder ladder(policy);
  ladder.Started(0);
  EXPECT_EQ(ladder.StopAsked(10), Action::kNothing);
  EXPECT_TRUE(ladder.stopping());
  EXPECT_EQ(ladder.deadline(), 40);
  EXPECT_EQ(ladder.DeadlinePassed(40), Action::kAskWorkload);
  EXPECT_EQ(ladder.deadline(), 140) << "the grace period begins when the workload was asked";
}

TEST(StopLadder, AskedAgainTheDelayIsOver) {
  StopPolicy policy = Policy(Leftovers::kTerm);
  policy.delay = 30;
  StopLadder ladder(policy);
  ladder.Started(0);
  EXPECT_EQ(ladder.StopAsked(10), Action::kNothing);
  EXPECT_EQ(ladder.StopAsked(11), Action::kAskWorkload);
  EXPECT_EQ(ladder.StopAsked(12), Action::kPassOn);
}

TEST(StopLadder, ATimeoutStopsAsASignalDoesAndBoundsTheWorkload) {
  StopPolicy policy = Policy(Leftovers::kTerm);
  policy.timeout = 1000;
  StopLadder ladder(policy);
  ladder.Started(5);
  EXPECT_EQ(ladder.deadline(), 1005);
  EXPECT_EQ(ladder.DeadlinePassed(1005), Action::kAskWorkload);
  EXPECT_TRUE(ladder.stopping());
  EXPECT_EQ(ladder.deadline(), 1105);
  EXPECT_EQ(ladder.DeadlinePassed(1105), Action::kAskEveryone);
  EXPECT_EQ(ladder.DeadlinePassed(1205), Action::kKillEveryone);
}

TEST(StopLadder, ATimeoutIsOfAllRunsTogether) {
  StopPolicy policy = Policy(Leftovers::kTerm);
  policy.timeout = 1000;
  StopLadder ladder(policy);
  ladder.Started(0);
  EXPECT_EQ(ladder.WorkloadEnded(600), Action::kAskEveryone);
  ladder.Started(700);
  EXPECT_EQ(ladder.deadline(), 1000);
}

TEST(StopLadder, BetweenTwoRunsOnlyTheTimeoutAndAStopAreHeard) {
  StopPolicy policy = Policy(Leftovers::kTerm);
  policy.timeout = 1000;
  StopLadder ladder(policy);
  ladder.Started(0);
  EXPECT_EQ(ladder.WorkloadEnded(600), Action::kAskEveryone);
  ladder.Cleared();
  EXPECT_EQ(ladder.deadline(), 1000);
  EXPECT_TRUE(ladder.draining());
  EXPECT_FALSE(ladder.stopping());
  StopLadder other = ladder;
  EXPECT_EQ(ladder.DeadlinePassed(1000), Action::kAskEveryone);
  EXPECT_TRUE(ladder.stopping());
  EXPECT_EQ(other.StopAsked(700), Action::kAskEveryone);
  EXPECT_TRUE(other.stopping());
}

TEST(StopLadder, AWorkloadThatWasAskedInVainStillHasItsTimeout) {
  StopPolicy policy = Policy(Leftovers::kTerm);
  policy.timeout = 1000;
  StopLadder ladder(policy);
  ladder.Started(0);
  EXPECT_EQ(ladder.StopAsked(10), Action::kPassOn);
  EXPECT_EQ(ladder.deadline(), 1000);
  EXPECT_EQ(ladder.DeadlinePassed(1000), Action::kAskEveryone);
}

TEST(StopLadder, AHungWorkloadIsAbortedThenKilledAndTheRestAskedAsEver) {
  StopLadder ladder(Policy(Leftovers::kTerm));
  ladder.Started(0);
  EXPECT_EQ(ladder.Hung(10), Action::kAbortWorkload);
  EXPECT_EQ(ladder.deadline(), 110);
  EXPECT_FALSE(ladder.stopping()) << "it may be started again";
  EXPECT_EQ(ladder.DeadlinePassed(110), Action::kKillWorkload);
  EXPECT_EQ(ladder.deadline(), kForever);
  EXPECT_EQ(ladder.WorkloadEnded(111), Action::kAskEveryone);
}

TEST(StopLadder, TheWatchdogIsDeafWhileTheWorkloadStops) {
  StopLadder ladder(Policy(Leftovers::kTerm));
  ladder.Started(0);
  EXPECT_EQ(ladder.StopAsked(1), Action::kPassOn);
  EXPECT_EQ(ladder.Hung(2), Action::kNothing);
}

TEST(StopLadder, WaitBecomesTermForWhoWasAskedToStop) {
  StopLadder ladder(Policy(Leftovers::kWait));
  ladder.Started(0);
  EXPECT_EQ(ladder.StopAsked(1), Action::kPassOn);
  EXPECT_EQ(ladder.WorkloadEnded(2), Action::kAskEveryone);
}

TEST(StopLadder, MoreTimeIsNeverLessTime) {
  StopPolicy policy = Policy(Leftovers::kTerm, true);
  policy.timeout = 1000;
  StopLadder ladder(policy);
  ladder.Started(0);
  ladder.Extend(500);
  EXPECT_EQ(ladder.deadline(), 1000);
  ladder.Extend(1500);
  EXPECT_EQ(ladder.deadline(), 1500);
  EXPECT_EQ(ladder.StopAsked(600), Action::kPassOn);
  ladder.Extend(650);
  EXPECT_EQ(ladder.deadline(), 700);
  ladder.Extend(900);
  EXPECT_EQ(ladder.deadline(), 900);
  EXPECT_EQ(ladder.WorkloadEnded(800), Action::kAskEveryone);
  ladder.Extend(5000);
  EXPECT_EQ(ladder.deadline(), 900) << "no workload, no say";
}

// Every sequence of events up to kDeepest, under every policy, against what must hold whatever happens.
class EverySequence {
 public:
  EverySequence(const StopPolicy& policy, bool restarts) : policy_(policy), restarts_(restarts) {}

  void Run() {
    StopLadder ladder(policy_);
    ladder.Started(0);
    Seen seen;
    Walk(ladder, seen, 0, 0, "");
  }

  static int sequences;

 private:
  static constexpr int kDeepest = 7;

  struct Seen {
    bool ended = false;
    bool stop_asked = false;       // by somebody, or by the timeout
    bool workload_asked = false;   // it was told to stop, or aborted
    bool everyone_asked = false;
    bool forced = false;
  };

  void Walk(const StopLadder& before, const Seen& seen, Nanoseconds now, int depth, const std::string& story) {
    ++sequences;
    if (depth == kDeepest) return;
    now += 7;
    for (char event : {'s', 'n', 'e', 'd', 'h', 'x', 'r'}) {
      if (event == 'e' && seen.ended) continue;
      if (event == 'd' && before.deadline() == kForever) continue;
      if (event == 'r' && (!restarts_ || !seen.ended || before.stopping() || before.forced())) continue;
      StopLadder ladder = before;
      Seen after = seen;
      Nanoseconds at = now;
      Action action = Action::kNothing;
      switch (event) {
        case 's':
          action = ladder.StopAsked(at);
          after.stop_asked = true;
          break;
        case 'n':
          action = ladder.StopNow();
          after.stop_asked = true;
          break;
        case 'e':
          after.ended = true;
          action = ladder.WorkloadEnded(at);
          break;
        case 'd':
          at = std::max(now, before.deadline());
          action = ladder.DeadlinePassed(at);
          break;
        case 'h':
          action = ladder.Hung(at);
          break;
        case 'x':
          ladder.Extend(at + 1000);
          break;
        case 'r':
          ladder.Started(at);
          after = Seen();
          break;
      }
      const std::string now_story = story + event;
      Check(before, ladder, seen, &after, event, action, at, now_story);
      if (::testing::Test::HasFailure()) return;
      Walk(ladder, after, at, depth + 1, now_story);
    }
  }

  void Check(const StopLadder& before, const StopLadder& ladder, const Seen& seen, Seen* after, char event, Action action, Nanoseconds at,
             const std::string& story) {
    SCOPED_TRACE(story);
    after->stop_asked |= ladder.stopping();
    // Each action has its occasions.
    if (action == Action::kPassOn) {
      EXPECT_EQ(event, 's');
    }
    if (action == Action::kAbortWorkload) {
      EXPECT_EQ(event, 'h');
    }
    if (event == 'h' || event == 'x') {
      EXPECT_EQ(ladder.stopping(), before.stopping()) << "only a stop is a stop";
    }
    if (action == Action::kPassOn || action == Action::kAskWorkload || action == Action::kAbortWorkload || action == Action::kKillWorkload) {
      EXPECT_FALSE(seen.ended) << "nothing is sent to a workload that is no more";
    }
    if (action == Action::kPassOn || action == Action::kAskWorkload || action == Action::kAbortWorkload) after->workload_asked = true;
    if (action == Action::kKillWorkload) {
      EXPECT_TRUE(seen.workload_asked) << "nobody is killed unasked";
    }
    if (action == Action::kAskEveryone) after->everyone_asked = true;
    if (action == Action::kKillEveryone) {
      const bool asked = seen.everyone_asked || seen.stop_asked || policy_.leftovers == Leftovers::kKill || event == 'n';
      EXPECT_TRUE(seen.forced || asked) << "nobody is killed unasked";
      after->forced = true;
    }
    EXPECT_EQ(ladder.forced(), after->forced);
    if (seen.forced && event != 'r') {
      EXPECT_TRUE(ladder.forced()) << "there is no way down";
    }
    EXPECT_EQ(ladder.draining(), after->ended);
    // Nothing waits for ever that has a time limit.
    const bool limited = policy_.bounds_workload ? ladder.stopping() : false;
    const bool draining = after->ended && (policy_.leftovers == Leftovers::kTerm || ladder.stopping());
    if ((limited || draining) && !ladder.forced() && policy_.grace != kForever && action != Action::kKillWorkload && !aborted_out(ladder)) {
      EXPECT_NE(ladder.deadline(), kForever);
    }
    // However it stands, time alone ends it in a few steps, once it has a deadline that is not the timeout's alone.
    if (ladder.deadline() != kForever) {
      StopLadder climbing = ladder;
      int steps = 0;
      bool workload_killed = false;
      while (climbing.deadline() != kForever && steps < 10) {
        workload_killed |= climbing.DeadlinePassed(std::max(at, climbing.deadline())) == Action::kKillWorkload;
        ++steps;
      }
      EXPECT_LE(steps, 4);
      // A delay that runs out for a workload without bounds ends in a question, not in a kill.
      const bool unbound = !policy_.bounds_workload && policy_.timeout == kForever && !after->ended;
      EXPECT_TRUE(climbing.forced() || workload_killed || unbound);
    }
  }

  // The workload was killed alone and its death is all that is waited for: SIGKILL needs no time limit.
  static bool aborted_out(const StopLadder& ladder) {
    StopLadder probe = ladder;
    return !ladder.draining() && probe.StopAsked(0) == Action::kPassOn && probe.deadline() == kForever;
  }

  const StopPolicy policy_;
  const bool restarts_;
};

int EverySequence::sequences = 0;

TEST(StopLadder, HoldsItsPromisesInEverySequenceOfEvents) {
  for (Leftovers leftovers : {Leftovers::kTerm, Leftovers::kKill, Leftovers::kWait}) {
    for (bool bounds : {false, true}) {
      for (Nanoseconds delay : {Nanoseconds{0}, Nanoseconds{50}}) {
        for (Nanoseconds timeout : {kForever, Nanoseconds{20}}) {
          for (bool restarts : {false, true}) {
            StopPolicy policy = Policy(leftovers, bounds);
            policy.delay = delay;
            policy.timeout = timeout;
            EverySequence(policy, restarts).Run();
            ASSERT_FALSE(HasFailure()) << "leftovers " << static_cast<int>(leftovers) << " bounds " << bounds << " delay " << delay
                                       << " timeout " << timeout;
          }
        }
      }
    }
  }
  EXPECT_GT(EverySequence::sequences, 100000);
}

}  // namespace
}  // namespace foster
