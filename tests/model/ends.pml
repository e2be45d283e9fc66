// SPDX-License-Identifier: Apache-2.0
/* Ends, stops and new beginnings of the workload. */

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
  hear_all();
  atomic {
    status_ = with;
    if
    :: terminal_given && !BUG(23) -> foreground = OURS
    :: else
    fi;
    terminal_given = false;
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
      :: terminal != NO_TERMINAL && stop_told != 0 -> round_stopped = stop_told; round_continued = false; stop_told = 0; taken++
      :: terminal != NO_TERMINAL && cont_told -> round_stopped = 0; round_continued = true; cont_told = false; taken++
      :: reapable(workload) ->
        workload = GONE; round_ended = true; round_status = died_with; taken++
      :: reapable(other[0]) -> reap_other(0)
      :: reapable(other[1]) -> reap_other(1)
      :: !reapable(workload) && !reapable(other[0]) && !reapable(other[1]) && (terminal == NO_TERMINAL || (stop_told == 0 && !cont_told)) ->
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
    :: !kernel_reaps && !ended && (orphans > 0 || storm_pause) && has_workload && settled ->
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
    round_status = 0;
    if
    :: round_stopped != 0 || round_continued ->
      atomic {
        if
        :: known_stopped || round_continued -> watchdog_alive()
        :: else
        fi;
        known_stopped = (round_stopped != 0);
        round_continued = false;
        by = round_stopped;
        round_stopped = 0
      };
      if
      :: by != 0 && (!ended || BUG(27)) -> workload_stopped(by)
      :: else
      fi;
      by = 0
    :: else
    fi
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

/* models Supervisor::ChooseReaper init/supervisor.cc */
/* models LetTheKernelReap reaper/kernel_reaper.cc */
inline choose_reaper() {
  if
  :: kernel_can -> set_child_disposition(true); kernel_reaps = true
  :: else
  fi
}

/* models Supervisor::RunBegins init/supervisor.cc */
inline run_begins() {
  atomic {
    ladder_started();
    watchdog_run_begins();
    if
    :: settled -> choose_reaper()
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
    hung = false;
    has_said_ready = false;
    if
    :: ready_said == BY_WORKLOAD -> ready_said = BY_ANOTHER
    :: else
    fi;
    if
    :: workload = ALIVE
    :: workload = STAYS
    fi
  }
}

/* models Supervisor::StartAgain init/supervisor_ends.cc */
inline start_again() {
  run_time = NONE;
  if
  :: !BUG(18) -> hear_all()
  :: else
  fi;
  assert(!stopping);  /* no run begins after a stop was asked for */
  /* what the last run left is cleared away before the next begins */
  assert(scope == NOBODY || leftovers == LEAVE_THEM || (!exists(other[0]) && !exists(other[1])));
  if
  :: spawn(); atomic { childless = false; workload_held = false; deserted = (deserted && BUG(4)) }; run_begins()
  :: atomic { died_with = NOT_STARTED; status_ = NOT_STARTED; decide_on_restart() }
  fi
}
