// SPDX-License-Identifier: Apache-2.0
/* Signalling: the workload, and everybody. */

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

inline send_stop_to_workload() {
  atomic {
    if
    :: stopped && lives(workload) -> term_waits = term_owed
    :: else -> term_owed = false
    fi
  }
}

/* models SignalEveryone init/everyone.cc */
inline signal_everyone(kills) {
  if
  :: scope == NAMESPACE ->
    atomic {  /* kill(-1): one look at all of the namespace */
      any = anybody;
      if
      :: kills -> doom(workload); doom(other[0]); doom(other[1]); doom(outsider)
      :: else -> continue_workload()  /* SIGTERM is followed by SIGCONT */
      fi
    }
  :: scope == DESCENDANTS ->
    atomic { any = has_children };  /* waitid(WNOWAIT) */
    if
    :: any ->
      /* /proc is read process by process */
      atomic { any = exists(workload); if :: kills -> doom(workload) :: else -> continue_workload() fi };
      atomic { any = any || exists(other[0]); if :: kills -> doom(other[0]) :: else fi };
      atomic { any = any || exists(other[1]); if :: kills -> doom(other[1]) :: else fi }
    :: else
    fi
  :: scope == NOBODY -> any = false
  fi
}

#define again (again_due && !stopping)                  /* models Supervisor::Again init/supervisor.h */
#define ends_by_exit (scope == NAMESPACE && !(again))   /* models Supervisor::EndsByExit init/supervisor.h */

/* models Supervisor::HasWorkload init/supervisor.h */
#define has_workload (!pauses)

/* models Supervisor::Do init/supervisor_signals.cc */
/* `end_due`: there is no workload, and the pause is over; whoever calls this says so. */
inline do_action() {
  if
  :: action == ASK_WORKLOAD && !has_workload -> end_due = !BUG(17)
  :: action == ASK_WORKLOAD && has_workload ->
    if
    :: !BUG(7) -> send_stop_to_workload()
    :: else
    fi;
    wake_if_stopped()
  :: action == ABORT_WORKLOAD ->
    atomic {
      if
      :: lives(workload) && hung -> doom(workload)
      :: true
      fi
    };
    wake_if_stopped()
  :: action == KILL_WORKLOAD ->
    atomic {
      if
      :: !BUG(26) -> doom(workload)
      :: else
      fi
    }
  :: action == ASK_EVERYONE ->
    signal_everyone(false);
    if
    :: !any && scope == NAMESPACE -> deserted = true
    :: else
    fi
  :: action == KILL_EVERYONE && (!(ends_by_exit) || (!ended && has_workload)) -> signal_everyone(true); end_due = (!ended && !has_workload)
  :: action == KILL_EVERYONE && ends_by_exit && !ended && !has_workload -> end_due = true
  :: else
  fi;
  atomic { action = NOTHING; any = false }
}
