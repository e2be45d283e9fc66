// SPDX-License-Identifier: Apache-2.0
/* The stop ladder's rungs, and what it says is to be done. */
#define RUNNING 0
#define DELAYING 1
#define ASKED 2
#define ABORTED 3
#define EVERYONE_ASKED 4
#define FORCED 5

#define NOTHING 0
#define PASS_ON 1
#define ASK_WORKLOAD 2
#define ASK_EVERYONE 3
#define KILL_EVERYONE 4
#define ABORT_WORKLOAD 5
#define KILL_WORKLOAD 6

/* models Supervisor::Ended init/supervisor.h: `ended` is the ladder's draining() */
/* The members that others look at; the rest are Foster's own. */
bool ended, stopping, deserted, storm_pause;

/* models StopLadder::deadline init/stop_ladder.cc */
#define ladder_due \
  ((rung == RUNNING && life_time == PAST) || (rung != RUNNING && rung_time == PAST) || (rung == ASKED && !ended && life_time == PAST && !BUG(16)))
/* models StopLadder::can_hang init/stop_ladder.h */
#define can_hang (rung == RUNNING && !ended)

/* models StopLadder::Started init/stop_ladder.cc */
inline ladder_started() {
  rung = RUNNING;
  ended = false;
  rung_time = NONE;
  if
  :: limited && !clock_runs -> life_time = TO_COME; clock_runs = true
  :: else
  fi
}

/* models StopLadder::AskWorkload init/stop_ladder.cc */
inline ladder_ask_workload(how) {
  rung = ASKED;
  if
  :: bounds_workload -> rung_time = TO_COME
  :: else -> rung_time = NONE
  fi;
  action = how
}

/* models StopLadder::AskEveryone init/stop_ladder.cc */
inline ladder_ask_everyone() { rung = EVERYONE_ASKED; rung_time = TO_COME; action = ASK_EVERYONE }

/* models StopLadder::Force init/stop_ladder.cc */
inline ladder_force() { rung = FORCED; rung_time = NONE; action = KILL_EVERYONE }

/* models StopLadder::StopAsked init/stop_ladder.cc */
inline ladder_stop_asked() {
  stopping = true;
  action = NOTHING;
  if
  :: rung == RUNNING && ended -> ladder_ask_everyone()
  :: rung == RUNNING && !ended && !delayed -> ladder_ask_workload(PASS_ON)
  :: rung == RUNNING && !ended && delayed -> rung = DELAYING; rung_time = TO_COME
  :: rung == DELAYING -> ladder_ask_workload(ASK_WORKLOAD)
  :: rung == ASKED && bounds_workload -> ladder_force()
  :: rung == ASKED && !bounds_workload -> action = PASS_ON
  :: rung == ABORTED -> action = PASS_ON
  :: rung == EVERYONE_ASKED -> ladder_force()
  :: rung == FORCED
  fi
}

/* models StopLadder::WorkloadEnded init/stop_ladder.cc */
inline ladder_workload_ended() {
  ended = true;
  action = NOTHING;
  if
  :: rung == FORCED -> action = KILL_EVERYONE
  :: rung == EVERYONE_ASKED
  :: rung < EVERYONE_ASKED && leftovers == TERM_THEM -> ladder_ask_everyone()
  :: rung < EVERYONE_ASKED && leftovers == KILL_THEM -> ladder_force()
  :: rung < EVERYONE_ASKED && leftovers == WAIT_FOR_THEM && stopping -> ladder_ask_everyone()
  :: rung < EVERYONE_ASKED && leftovers == WAIT_FOR_THEM && !stopping -> rung = RUNNING; rung_time = NONE
  :: rung < EVERYONE_ASKED && leftovers == LEAVE_THEM -> rung_time = NONE
  fi
}

/* models StopLadder::Cleared init/stop_ladder.cc */
inline ladder_cleared() { rung = RUNNING; rung_time = NONE }

/* models StopLadder::Hung init/stop_ladder.cc */
inline ladder_hung() {
  action = NOTHING;
  if
  :: can_hang -> rung = ABORTED; rung_time = TO_COME; action = ABORT_WORKLOAD
  :: else
  fi
}

/* models StopLadder::DeadlinePassed init/stop_ladder.cc */
inline ladder_deadline_passed() {
  action = NOTHING;
  if
  :: rung == RUNNING ->
    bounds_workload = (bounds_workload || !BUG(15));
    life_time = NONE;
    ladder_stop_asked();
    if
    :: action == PASS_ON -> action = ASK_WORKLOAD
    :: else
    fi
  :: rung == DELAYING -> ladder_ask_workload(ASK_WORKLOAD)
  :: rung == ASKED -> ladder_ask_everyone()
  :: rung == ABORTED -> rung_time = NONE; action = KILL_WORKLOAD
  :: rung == EVERYONE_ASKED -> ladder_force()
  :: else -> rung_time = NONE
  fi
}
