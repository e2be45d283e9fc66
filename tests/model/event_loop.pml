// SPDX-License-Identifier: Apache-2.0
/* foster's event loop against a kernel, a workload and a world that do all they may, in every order. Checked by spin; see README.md.
 *
 * One step is one system call and what foster computes after it. A line that begins with "models" names the function that stands below it;
 * model_test.py looks whether the source still has it. "leaves out" names what is not modelled, and why: every function of the class Supervisor
 * is in one of the two.
 *
 * leaves out Supervisor::Prepare: all of it is done before there is a workload, and what fails there ends foster
 * leaves out Supervisor::UseStopRelay: job control
 * leaves out Supervisor::HasWorkload: there is one (--pause has none)
 * leaves out Supervisor::LetGoOfInherited: descriptors decide nothing here
 * leaves out Supervisor::IsForWorkload: a decision on one signal; signals_test has it
 * leaves out Supervisor::TakePowerRequest: becomes a stop signal
 * leaves out Supervisor::UseEar: readiness
 * leaves out Supervisor::ListenFor: readiness
 * leaves out Supervisor::HearAll: readiness: reads what the workload said, decides no end and takes no signal
 * leaves out Supervisor::HearDatagrams: readiness
 * leaves out Supervisor::HearLine: readiness
 * leaves out Supervisor::Relay: readiness
 * leaves out Supervisor::Hear: readiness
 * leaves out Supervisor::BecameReady: readiness
 * leaves out Supervisor::HandOn: readiness
 * leaves out Supervisor::TellOutside: readiness
 * leaves out Supervisor::TellOwed: readiness
 * leaves out Supervisor::HungAt: the watchdog: a time limit that becomes SIGABRT, then SIGKILL, for the workload, which may end at any time here
 * leaves out Supervisor::FoundHung: the watchdog
 * leaves out Supervisor::DeathToShare: job control
 * leaves out Supervisor::HearRelay: job control
 * leaves out Supervisor::IsFromTerminal: job control
 * leaves out Supervisor::TakeTerminalBack: job control
 * leaves out Supervisor::TakeTerminalSignal: job control
 * leaves out Supervisor::SendToGroup: job control
 * leaves out Supervisor::Instead: a decision on one signal
 * leaves out Supervisor::WakeIfStopped: job control
 * leaves out Supervisor::ContinueWorkload: job control
 * leaves out Supervisor::WorkloadStopped: job control
 * leaves out Supervisor::StopWithWorkload: job control
 *
 * What a run is about comes from the environment (CONFIGURATION below), so that the verifier is compiled once.
 */
#define OTHERS 2  /* processes besides the workload, at a time */
#define BATCH 2   /* kBatch: fewer than what can be pending, so that one read does not take all */
#define BOUND 2   /* kRoundBound: fewer than those who can be dead */

/* What a process can be. */
#define UNBORN 0
#define ALIVE 1   /* ends when it pleases, by a SIGTERM or without */
#define STAYS 2   /* ends only by SIGKILL */
#define DOOMED 3  /* SIGKILL is on its way: it ends, and does nothing else */
#define HELD 4    /* dead, and a tracer has not let go of it */
#define ZOMBIE 5
#define GONE 6    /* released */

/* How a run can end; 0 is no end. */
#define EXIT_A 1
#define EXIT_B 2
#define KILLED 3
#define NOT_STARTED 4  /* a further run for which there was no room, or no program */
#define STRANGE 9      /* how everybody else ends */

/* CONFIGURATION */
#define NAMESPACE 0
#define DESCENDANTS 1
#define NOBODY 2
byte scope;       /* Scope */
#define TERM_THEM 0
#define KILL_THEM 1
#define WAIT_FOR_THEM 2
#define LEAVE_THEM 3
byte leftovers;   /* Leftovers */
byte restarts;    /* 0: never; 1: at most one; 2: for ever */
bool kernel_can;  /* this kernel can reap, and nobody minds */
bool bounded;     /* --grace bounds the workload too */
bool delayed;     /* --stop-delay */
bool tracer;      /* somebody traces the workload, and lets go of it some time after its end */
bool timeless;    /* the ladder's time limits never come: all must end without them */
bool outsider_comes;  /* somebody is put into the namespace whose parent is outside */
byte signals;     /* how many signals are sent that are for the workload */
byte stops;       /* how many stop signals are sent */
byte births;      /* how many others are born at most */
bool configured;
byte bug;         /* which mistake is made; 0: none. See BUGS in model_test.py. */
#define BUG(n) (bug == n)

/* THE KERNEL. What foster can see of it, it sees by system calls. */
byte workload;             /* the present run's process */
byte died_with;            /* how it ended; known to foster only from its wait status or its pidfd */
byte other[OTHERS];        /* children of foster: orphans, from their birth on */
bool namesake[OTHERS];     /* has the number that the workload had */
byte outsider;
bool chld_pending;         /* SIGCHLD */
bool chld_ignored;         /* its disposition */
bool chld_held;            /* not in the set that the signalfd reads */
byte sig_pending;          /* signals that are for the workload, and queue */
bool term_pending;         /* the stop signal; a second one while it is pending is not seen (signal(7)) */

/* WHAT MUST HOLD. Foster does not know these. */
byte owed;           /* signals sent to a workload that still lives, or to the first before it began, and that it has not got */
bool term_owed;      /* the same of the first stop signal */
bool term_sent;
bool finished;       /* foster has exited … */
byte exit_code;      /* … with this */
bool let_go;         /* by its own exit, which kills whoever is left in a namespace */

/* A deadline: none, to come, or past. When it comes is not foster's business. */
#define NONE 0
#define TO_COME 1
#define PAST 2
byte rung_time;   /* the ladder's */
byte run_time;    /* next_run_ */
byte pause_time;  /* pause_end_ */

/* models Supervisor::Ended init/supervisor.h: `ended` is the ladder's draining() */
/* The supervisor's members that others look at; the rest are Foster's own, below. */
bool ended, stopping, deserted, storm_pause;

/* THE STOP LADDER'S RUNGS, and what it says is to be done */
#define RUNNING 0
#define DELAYING 1
#define ASKED 2
#define EVERYONE_ASKED 3
#define FORCED 4

#define NOTHING 0
#define PASS_ON 1
#define ASK_WORKLOAD 2
#define ASK_EVERYONE 3
#define KILL_EVERYONE 4
#define lives(p) (p == ALIVE || p == STAYS || p == DOOMED)
#define exists(p) (p != UNBORN && p != GONE)
#define anybody (exists(workload) || exists(other[0]) || exists(other[1]) || (exists(outsider) && scope == NAMESPACE))
#define has_children (exists(workload) || exists(other[0]) || exists(other[1]))
#define reapable(p) (p == ZOMBIE)

/* A child of foster's is dead: released at once, or a zombie and a SIGCHLD (wait(2), NOTES). */
inline child_dies(p) {
  if
  :: chld_ignored -> p = GONE
  :: else -> p = ZOMBIE; chld_pending = true
  fi
}

inline doom(p) {
  if
  :: p == ALIVE || p == STAYS -> p = DOOMED
  :: else
  fi
}

/* A new disposition that ignores, SIG_DFL for SIGCHLD included, drops what is pending (sigaction(2)). */
inline set_child_disposition(ignored) {
  chld_ignored = ignored;
  chld_pending = false
}

/* ---------------------------------------------------------------- THE STOP LADDER */

/* models StopLadder::Started init/stop_ladder.cc */
inline ladder_started() { rung = RUNNING; ended = false; rung_time = NONE }

/* models StopLadder::AskWorkload init/stop_ladder.cc */
inline ladder_ask_workload(how) {
  rung = ASKED;
  if
  :: bounded -> rung_time = TO_COME
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
  :: rung == ASKED && bounded -> ladder_force()
  :: rung == ASKED && !bounded -> action = PASS_ON
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

/* models StopLadder::DeadlinePassed init/stop_ladder.cc */
inline ladder_deadline_passed() {
  action = NOTHING;
  if
  :: rung == DELAYING -> ladder_ask_workload(ASK_WORKLOAD)
  :: rung == ASKED -> ladder_ask_everyone()
  :: rung == EVERYONE_ASKED -> ladder_force()
  :: else -> rung_time = NONE
  fi
}

/* ---------------------------------------------------------------- SIGNALLING */

/* models SendTo init/signal_target.cc: by pidfd, so that it reaches the workload or nobody */
inline send_to_workload() {
  atomic {
    /* models Supervisor::SendToTarget init/supervisor_signals.cc */
    if
    :: lives(workload) && owed > 0 -> owed--
    :: else
    fi
  }
}

inline send_stop_to_workload() { atomic { term_owed = false } }

/* models SignalEveryone init/everyone.cc */
inline signal_everyone(kills) {
  if
  :: scope == NAMESPACE ->
    atomic {  /* kill(-1): one look at all of the namespace */
      any = anybody;
      if
      :: kills -> doom(workload); doom(other[0]); doom(other[1]); doom(outsider)
      :: else
      fi
    }
  :: scope == DESCENDANTS ->
    atomic { any = has_children };  /* waitid(WNOWAIT) */
    if
    :: any ->
      /* /proc is read process by process */
      atomic { any = exists(workload); if :: kills -> doom(workload) :: else fi };
      atomic { any = any || exists(other[0]); if :: kills -> doom(other[0]) :: else fi };
      atomic { any = any || exists(other[1]); if :: kills -> doom(other[1]) :: else fi }
    :: else
    fi
  :: scope == NOBODY -> any = false
  fi
}

#define again (again_due && !stopping)                  /* models Supervisor::Again init/supervisor.h */
#define ends_by_exit (scope == NAMESPACE && !(again))   /* models Supervisor::EndsByExit init/supervisor.h */

/* models Supervisor::Do init/supervisor_signals.cc */
inline do_action() {
  if
  :: action == ASK_WORKLOAD ->
    if
    :: !BUG(7) -> send_stop_to_workload()
    :: else
    fi
  :: action == ASK_EVERYONE ->
    signal_everyone(false);
    if
    :: !any && scope == NAMESPACE -> deserted = true
    :: else
    fi
  :: action == KILL_EVERYONE && (!(ends_by_exit) || !ended) -> signal_everyone(true)
  :: else
  fi;
  atomic { action = NOTHING; any = false }
}

/* ---------------------------------------------------------------- ENDS */

/* models Supervisor::DecideOnRestart init/supervisor_ends.cc */
/* models RestartPolicy::RunEnded init/restart_policy.cc */
inline decide_on_restart() {
  again_due = false;
  if
  :: restarts == 0 || stopping
  :: restarts == 1 && !stopping && in_a_row == 0 -> in_a_row = 1; again_due = true
  :: restarts == 1 && !stopping && in_a_row == 1
  :: restarts == 2 && !stopping -> again_due = true
  fi
}

/* models Supervisor::WorkloadEnded init/supervisor_ends.cc */
/* models StopTheKernelReaping reaper/kernel_reaper.cc */
inline workload_ended(with) {
  atomic {
    status_ = with;
    if
    :: kernel_reaps -> set_child_disposition(false); kernel_reaps = false
    :: !kernel_reaps && storm_pause && !BUG(6) -> chld_held = false; storm_pause = false
    :: else
    fi;
    if
    :: !BUG(3) -> reap_due = true
    :: else
    fi;
    decide_on_restart();
    ladder_workload_ended()
  };
  do_action()
}

inline reap_other(n) {
  other[n] = GONE;
  taken++;
  if
  :: namesake[n] && (BUG(8) || !round_ended) -> round_ended = true; round_status = STRANGE
  :: else -> orphans++
  fi;
  namesake[n] = false
}

/* models WaitReap reaper/wait_reaper.cc */
/* models AskAnyChild os/wait.cc */
inline wait_reap() {
  do
  :: atomic { taken == BOUND -> taken = 0; childless = false; round_more = true; break }
  :: taken < BOUND ->
    atomic {
      if
      :: reapable(workload) ->
        workload = GONE; round_ended = true; round_status = died_with; taken++
      :: reapable(other[0]) -> reap_other(0)
      :: reapable(other[1]) -> reap_other(1)
      :: !reapable(workload) && !reapable(other[0]) && !reapable(other[1]) ->
        childless = !(has_children);
        taken = 0;
        break
      fi
    }
  od
}

/* models KernelReaped reaper/kernel_reaper.cc */
/* models Supervisor::Reap init/supervisor_ends.cc */
inline reap() {
  atomic {
    reap_due = false;
    round_ended = (kernel_reaps && !ended && workload == GONE && !BUG(2))
  };
  if
  :: round_ended -> atomic { round_ended = false }; workload_ended(died_with)
  :: else ->
    wait_reap();
    if
    :: round_more -> atomic { round_more = false; reap_due = !BUG(10) }
    :: else
    fi;
    if
    :: !kernel_reaps && !ended && (orphans > 0 || storm_pause) ->
      atomic {
        /* models StormWatch::PauseAfter reaper/storm.h: whether the last death was long ago is open */
        if
        :: orphans > 0 -> pause = true
        :: pause = false
        fi;
        if
        :: pause != storm_pause ->
          chld_held = pause;  /* models SignalQueue::HoldChildSignal signals/signal_queue.cc */
          storm_pause = pause;
          reap_due = (reap_due || !pause)
        :: else
        fi;
        pause_time = TO_COME
      };
      atomic {
        if
        :: pause && !lives(workload) && !round_ended -> workload_held = true  /* models PidfdEnded os/pidfd.cc */
        :: else
        fi;
        pause = false
      }
    :: else
    fi;
    atomic { orphans = 0; left = (round_ended && (!ended || BUG(9))); round_ended = false };
    if
    :: left -> atomic { left = false }; workload_ended(round_status)
    :: else
    fi;
    round_status = 0
  fi
}

/* models AnyoneLeft init/everyone.cc */
inline anyone_left() {
  if
  :: !childless -> left = (scope != NOBODY)
  :: else -> atomic { left = (scope == NAMESPACE && anybody) }  /* kill(-1, 0) */
  fi
}

/* models Supervisor::NobodyLeft init/supervisor_ends.cc */
inline nobody_left() {
  if
  :: scope == NOBODY || leftovers == LEAVE_THEM || deserted || (rung == FORCED && ends_by_exit) -> left = false
  :: else ->
    if
    :: reap_due -> left = true
    :: else ->
      any = true;
      if
      :: scope == DESCENDANTS && rung == FORCED && !childless -> signal_everyone(true)
      :: else
      fi;
      if
      :: !any -> left = false
      :: else -> atomic { any = false }; anyone_left()
      fi
    fi
  fi
}

/* ---------------------------------------------------------------- RUNS */

/* models Supervisor::ChooseReaper init/supervisor.cc */
/* models LetTheKernelReap reaper/kernel_reaper.cc */
/* models Supervisor::RunBegins init/supervisor.cc */
inline run_begins() {
  atomic {
    ladder_started();
    if
    :: kernel_can -> set_child_disposition(true); kernel_reaps = true
    :: else
    fi;
    if
    :: !BUG(1) -> reap_due = true
    :: else
    fi
  }
}

/* models Spawn init/workload.cc: the workload may end before clone(2) has returned to foster */
inline spawn() {
  atomic {
    died_with = 0;
    if
    :: workload = ALIVE
    :: workload = STAYS
    fi
  }
}

/* models Supervisor::StartAgain init/supervisor_ends.cc */
inline start_again() {
  run_time = NONE;
  assert(!stopping);  /* no run begins after a stop was asked for */
  /* what the last run left is cleared away before the next begins */
  assert(scope == NOBODY || leftovers == LEAVE_THEM || (!exists(other[0]) && !exists(other[1])));
  if
  :: spawn(); atomic { childless = false; workload_held = false; deserted = (deserted && BUG(4)) }; run_begins()
  :: atomic { died_with = NOT_STARTED; status_ = NOT_STARTED; decide_on_restart() }
  fi
}

/* ---------------------------------------------------------------- THE LOOP */

/* models Supervisor::PassOn init/supervisor_signals.cc */
inline pass_on() {
  if
  :: ended ->
    /* dropped: whoever it was sent to has gone */
    assert(owed <= sig_pending + batch_sig);
    if
    :: leftovers == WAIT_FOR_THEM -> signal_everyone(false)
    :: else
    fi
  :: else -> send_to_workload()
  fi
}

/* models Supervisor::StopAsked init/supervisor_signals.cc */
inline stop_asked() {
  atomic { ladder_stop_asked() };
  if
  :: action == PASS_ON ->
    if
    :: ended
    :: else -> send_stop_to_workload()
    fi
  :: else -> do_action()
  fi
}

/* models SignalQueue::Read signals/signal_queue.cc: the lowest numbers first */
/* models Supervisor::TakeSignals init/supervisor_signals.cc */
/* models Supervisor::TakeSignal init/supervisor_signals.cc */
inline take_signals() {
  atomic {
    batch_sig = (sig_pending > BATCH -> BATCH : sig_pending);
    sig_pending = sig_pending - batch_sig;
    taken = batch_sig;
    if
    :: taken < BATCH && term_pending -> batch_term = true; term_pending = false; taken++
    :: else -> batch_term = false
    fi;
    if
    :: taken < BATCH && chld_pending && !chld_held -> batch_chld = true; chld_pending = false
    :: else -> batch_chld = false
    fi;
    taken = 0
  };
  do
  :: batch_sig > 0 -> batch_sig--; pass_on(); if :: BUG(5) -> batch_sig = 0; batch_term = false :: else fi
  :: batch_sig == 0 && batch_term -> batch_term = false; stop_asked()
  :: batch_sig == 0 && !batch_term && batch_chld -> atomic { batch_chld = false; reap_due = true; workload_held = false }
  :: batch_sig == 0 && !batch_term && !batch_chld -> break
  od
}

#define watch (!ended && (kernel_reaps || (storm_pause && !workload_held)))
/* POLLHUP comes when it is released, POLLIN when it has ended. */
#define pidfd_wakes (watch && ((kernel_reaps && !BUG(11) && workload == GONE) || ((!kernel_reaps || BUG(11)) && !lives(workload))))
#define queue_wakes (sig_pending > 0 || term_pending || (chld_pending && !chld_held))
#define outsider_poll (ended && childless && run_time == NONE && !BUG(12))
/* models Supervisor::NextDeadline init/supervisor.cc */
/* models Supervisor::NextAct init/supervisor.cc */
#define time_is_up (rung_time == PAST || run_time == PAST || (storm_pause && pause_time == PAST) || outsider_poll)
#define wakes (queue_wakes || pidfd_wakes || time_is_up)

/* models Supervisor::Wait init/supervisor.cc */
inline wait() {
  skip;
end_asleep:
  atomic {
    wakes ->  /* ppoll(2) */
    by_queue = queue_wakes;
    by_pidfd = pidfd_wakes;
    by_time = !by_queue && !by_pidfd
  };
  if
  :: by_time && outsider_poll ->
progress_slept:
    skip
  :: else
  fi;
  if
  :: by_queue -> take_signals()
  :: else
  fi;
  atomic {
    if
    :: by_pidfd || (storm_pause && pause_time == PAST) || (ended && by_time && run_time == NONE) -> reap_due = true
    :: else
    fi;
    by_queue = false;
    by_pidfd = false;
    by_time = false
  }
}

/* models Supervisor::Conclude init/supervisor.cc */
inline conclude() {
  atomic {
    exit_code = status_;
    finished = true;
    let_go = (scope == NAMESPACE);
    /* "Exit status": the last run's, whatever happened meanwhile */
    assert(exit_code == died_with);
    assert(!lives(workload));
    /* "The end": nobody is left who was not forced to go */
    assert(scope == NOBODY || leftovers == LEAVE_THEM || rung == FORCED || !exists(other[0]) || scope != NAMESPACE);
    assert(scope == NOBODY || leftovers == LEAVE_THEM || rung == FORCED || !exists(other[1]) || scope != NAMESPACE);
    assert(scope != DESCENDANTS || leftovers == LEAVE_THEM || (!exists(other[0]) && !exists(other[1])))
  }
}

/* models Supervisor::Over init/supervisor.cc */
/* models Supervisor::Act init/supervisor.cc */
/* models Supervisor::StandBy init/supervisor.cc */
active proctype Foster() {
  bool reap_due, kernel_reaps, childless, workload_held, again_due;
  byte status_, in_a_row;
  byte rung, action;
  /* of one function, 0 outside of it */
  bool any, left, round_ended, round_more, pause, batch_term, batch_chld, by_queue, by_pidfd, by_time;
  byte taken, orphans, round_status, batch_sig;
  atomic {
    c_code {
      now.scope = from_environment("SCOPE");
      now.leftovers = from_environment("LEFTOVERS");
      now.restarts = from_environment("RESTARTS");
      now.kernel_can = from_environment("KERNEL");
      now.bounded = from_environment("BOUNDED");
      now.delayed = from_environment("DELAYED");
      now.tracer = from_environment("TRACER");
      now.outsider_comes = from_environment("OUTSIDER");
      now.stops = from_environment("STOPS");
      now.timeless = from_environment("TIMELESS");
      now.signals = from_environment("SIGNALS");
      now.births = from_environment("BIRTHS");
      now.bug = from_environment("BUG");
    };
    configured = true;
    if  /* a zombie that was there before foster was */
    :: births > 0 -> other[0] = ZOMBIE; births--
    :: true
    fi
  };
  spawn();
  run_begins();
loop:
  if
  :: reap_due -> reap()
  :: else
  fi;
  if
  :: ended && run_time != NONE && stopping && !BUG(13) -> goto over
  :: ended && run_time == NONE ->
    nobody_left();
    atomic {
      if
      :: left -> left = false
      :: !left && !(again) -> goto over
      :: !left && again -> ladder_cleared(); run_time = TO_COME
      fi
    }
  :: else
  fi;
  if
  :: rung_time == PAST ->
    atomic { ladder_deadline_passed() };
    do_action();
    goto loop
  :: rung_time != PAST && run_time == PAST ->
    if
    :: !BUG(14) -> take_signals()
    :: else
    fi;
    if
    :: !stopping || BUG(13) -> start_again()
    :: else
    fi;
    goto loop
  :: rung_time != PAST && run_time != PAST
  fi;
  if
  :: !reap_due -> wait()
  :: else
  fi;
  goto loop;
over:
  conclude()
}

inline birth(n) {
  if
  :: other[n] = ALIVE
  :: other[n] = STAYS
  fi;
  if
  :: workload == GONE && (other[1 - n] == UNBORN || !namesake[1 - n]) -> namesake[n] = true
  :: namesake[n] = false
  fi
}

/* The workload, whoever is with it in the namespace, and whoever sends signals. */
active proctype World() {
  configured;
end_world:
  do
  /* ends */
  :: atomic { (workload == ALIVE || workload == DOOMED) ->
      if
      :: workload == DOOMED -> died_with = KILLED
      :: workload == ALIVE -> died_with = EXIT_A
      :: workload == ALIVE -> died_with = EXIT_B
      fi;
      owed = 0;
      term_owed = false;
      if
      :: tracer -> workload = HELD
      :: !tracer -> child_dies(workload)
      fi }
  :: atomic { workload == HELD -> child_dies(workload) }
  :: atomic { (other[0] == ALIVE || other[0] == DOOMED) -> child_dies(other[0]) }
  :: atomic { (other[1] == ALIVE || other[1] == DOOMED) -> child_dies(other[1]) }
  /* births, by whoever lives and is not doomed; a new one may get the workload's number once that is free */
  :: atomic { births > 0 && !finished && (workload == ALIVE || workload == STAYS || other[0] == ALIVE || other[0] == STAYS || other[1] == ALIVE || other[1] == STAYS) &&
      !exists(other[0]) -> births--; birth(0) }
  :: atomic { births > 0 && !finished && (workload == ALIVE || workload == STAYS || other[0] == ALIVE || other[0] == STAYS || other[1] == ALIVE || other[1] == STAYS) &&
      exists(other[0]) && !exists(other[1]) -> births--; birth(1) }
  :: atomic { outsider_comes && !finished && !deserted && (workload == ALIVE || workload == STAYS) ->
      outsider_comes = false;
      if
      :: outsider = ALIVE
      :: outsider = STAYS
      fi }
  :: atomic { (outsider == ALIVE || outsider == DOOMED) -> outsider = ZOMBIE }
  :: atomic { outsider == ZOMBIE -> outsider = GONE }
  /* signals */
  :: atomic { signals > 0 && !finished ->
      signals--;
      sig_pending++;
      if
      :: workload == UNBORN || lives(workload) -> owed++
      :: else
      fi }
  :: atomic { stops > 0 && !finished ->
      stops--;
      term_pending = true;
      if
      :: !term_sent && (workload == UNBORN || lives(workload)) -> term_owed = true
      :: else
      fi;
      term_sent = true }
  od
}

active proctype Time() {
  configured;
end_time:
  do
  :: atomic { rung_time == TO_COME && !timeless -> rung_time = PAST }; progress_rung: skip
  :: atomic { run_time == TO_COME -> run_time = PAST }; progress_run: skip
  :: atomic { storm_pause && pause_time == TO_COME -> pause_time = PAST }; progress_pause: skip
  od
}

/* When nothing more can happen: everything is over, or foster waits for a workload that stays. */
active proctype Quiet() {
  configured;
  do
  :: timeout ->
    atomic {
      if
      :: finished
      :: else ->
        /* no signal is lost */
        assert(owed == 0 && !term_owed && sig_pending == 0 && !term_pending);
        /* no orphan is unreaped */
        assert(other[0] != ZOMBIE && other[1] != ZOMBIE && workload != ZOMBIE);
        /* and it is not foster that keeps it from ending */
        assert((workload == STAYS && (!(term_sent && bounded) || timeless)) ||
               (ended && ((leftovers == WAIT_FOR_THEM && !stopping) || timeless) && (other[0] == STAYS || other[1] == STAYS)))
      fi;
      break
    }
  od
}

c_decl {
\#include <stdlib.h>
  extern int from_environment(const char *name);
}
c_code {
  int from_environment(const char *name) {
    const char *text = getenv(name);
    return text != 0 ? atoi(text) : 0;
  }
}

/* always ends: once asked to with a time limit, and once the only run is over */
ltl ends { [] ((!timeless && ((term_sent && bounded) || (workload == GONE && restarts == 0 && leftovers != WAIT_FOR_THEM))) -> <> finished) }
