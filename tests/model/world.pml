// SPDX-License-Identifier: Apache-2.0
/* The workload, whoever is with it in the namespace, whoever sends signals, the user at the terminal and his shell, and time. */

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


proctype World() {
end_world:
  do
  /* ends */
  :: atomic { ((workload == ALIVE && !stopped) || workload == DOOMED) ->
      if
      :: workload == DOOMED -> died_with = KILLED
      :: workload == ALIVE -> died_with = EXIT_A
      :: workload == ALIVE -> died_with = EXIT_B
      fi;
      owed = 0;
      term_owed = false;
      term_waits = false;
      stopped = false;
      stopped_by = 0;
      stop_told = 0;
      cont_told = false;
      if
      :: tracer -> workload = HELD
      :: !tracer -> child_dies(workload)
      fi }
  :: atomic { workload == HELD -> child_dies(workload) }
  :: atomic { (other[0] == ALIVE || other[0] == DOOMED) -> child_dies(other[0]) }
  :: atomic { (other[1] == ALIVE || other[1] == DOOMED) -> child_dies(other[1]) }
  /* births, by whoever lives and is not doomed, or of somebody who came into the namespace; a new one may get the workload's number once that is free */
  :: atomic { births > 0 && !finished && (acts(workload) || acts(other[0]) || acts(other[1]) || (pauses && !ended)) && !exists(other[0]) -> births--; birth(0) }
  :: atomic { births > 0 && !finished && (acts(workload) || acts(other[0]) || acts(other[1]) || (pauses && !ended)) && exists(other[0]) && !exists(other[1]) -> births--; birth(1) }
  :: atomic { outsider_comes && !finished && !deserted && (acts(workload) || (pauses && !ended)) ->
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
      :: (workload == UNBORN || lives(workload)) && !pauses -> owed++
      :: else
      fi }
  :: atomic { stops > 0 && !finished ->
      stops--;
      term_pending = true;
      if
      :: !term_sent && (workload == UNBORN || lives(workload)) && !pauses -> term_owed = true
      :: else
      fi;
      term_sent = true }
  /* what is said; each time that it says that it lives is progress */
  :: atomic { watchdog && acts(workload) && !hung && !stopped && !alive_said && watch_time == TO_COME -> alive_said = true }; progress_says: skip
  :: atomic { says_ready && acts(workload) && !hung && !stopped && !has_said_ready && ready_said == 0 -> has_said_ready = true; ready_said = BY_WORKLOAD }
  :: atomic { says_ready && ended && workload == GONE && acts(other[0]) && ready_said == 0 && another_says -> another_says = false; ready_said = BY_ANOTHER }
  :: atomic { hangs && acts(workload) && !stopped -> hangs = false; hung = true; workload = STAYS }
  od
}

proctype Time() {
end_time:
  do
  :: atomic { rung_time == TO_COME && !timeless -> rung_time = PAST }; progress_rung: skip
  :: atomic { life_time == TO_COME && !timeless -> life_time = PAST; outlived = true }; progress_life: skip
  :: atomic { run_time == TO_COME -> run_time = PAST }; progress_run: skip
  :: atomic { storm_pause && pause_time == TO_COME -> pause_time = PAST }; progress_pause: skip
  :: atomic { watch_time == TO_COME && (hung || !lives(workload) || stopped || alive_said) -> watch_time = PAST }; progress_watch: skip
  od
}

/* The user's keys, and what the workload and others do about the terminal. */
proctype User() {
end_user:
  do
  :: atomic { keys > 0 && !finished && foreground != SHELLS ->
      keys--;  /* Ctrl-Z */
      if
      :: foreground == THEIRS && acts(workload) && !stopped -> stop_workload(TSTP)
      :: foreground == THEIRS  /* it handles that */
      :: foreground == OURS -> tstp_pending = true; cont_pending = false
      fi }
  :: atomic { reads > 0 && acts(workload) && !stopped && foreground != THEIRS -> reads--; stop_workload(TTIN) }
  :: atomic { halts > 0 && acts(workload) && !stopped -> halts--; stop_workload(STOP) }
  od
}

/* The outer shell: takes the terminal when foster has stopped, and resumes it in the foreground or the background. */
proctype Shell() {
  bool seen;
end_shell:
  do
  :: atomic { foster_stopped && !seen -> seen = true; foreground = SHELLS }
  :: atomic { seen && !foster_stopped -> seen = false }
  :: resumes > 0 && !finished && (seen || foreground == SHELLS) ->
    atomic { 
      resumes--;
      if
      :: foreground = OURS
      :: seen
      fi };
    atomic { cont_pending = true; tstp_pending = false; self_pending = false; foster_stopped = false; seen = false }
  od
}
