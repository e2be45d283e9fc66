// SPDX-License-Identifier: Apache-2.0
/* Job control: whose the terminal is, and that foster stands still with its workload. */

#define has_job_control (terminal != OF_LEADER)

/* models Supervisor::TakeTerminalBack init/supervisor_terminal.cc */
inline take_terminal_back() {
  atomic {
    if
    :: terminal_given && !BUG(23) -> foreground = OURS
    :: else
    fi;
    terminal_given = false
  }
}

/* models Supervisor::ContinueWorkload init/supervisor_terminal.cc */
inline let_workload_go_on() {
  /* models Terminal::IsOf init/terminal.cc */
  /* models Terminal::IsOurs init/terminal.cc */
  /* models Terminal::GiveTo init/terminal.cc */
  atomic { left = (terminal_given && foreground == THEIRS && !BUG(30)) };
  if
  :: !left ->
    atomic { terminal_given = (wants_terminal && foreground == OURS && exists(workload)) };
    if
    :: terminal_given -> foreground = THEIRS
    :: else
    fi
  :: else
  fi;
  left = false;
  atomic { continue_workload() }
}

/* models Supervisor::SendToGroup init/supervisor_terminal.cc: TSTP, which the workload may handle */
inline send_tstp() {
  atomic {
    if
    :: acts(workload) && !stopped -> stop_workload(TSTP)
    :: true
    fi
  }
}

/* models StopSelf os/signal_calls.cc */
inline stop_self(by) {
  if
  :: by == STOP -> atomic { cont_pending = false; foster_stopped = true }
  :: else ->
    atomic { cont_pending = false; self_pending = true };
    atomic {
      tstp_pending = (tstp_pending && by != TSTP);
      if
      :: self_pending -> self_pending = false; foster_stopped = (terminal != ORPHANED)
      :: else
      fi
    }
  fi;
end_stopped:
  atomic { !foster_stopped -> self_stopped = (by == STOP || cont_pending || (tstp_pending && !BUG(21))) }
}

/* models Supervisor::StopWithWorkload init/supervisor_terminal.cc */
inline stop_with_workload(by) {
  if
  :: !has_job_control -> atomic { continue_workload() }
  :: else ->
    if
    :: by == TTIN && foreground == OURS -> let_workload_go_on()
    :: else
    fi;
    if
    :: by == TTIN && terminal_given
    :: else ->
      take_terminal_back();
      stop_self(by);
      if
      :: self_stopped ->
        atomic { self_stopped = false };
        if
        :: !BUG(21) -> atomic { cont_pending = false }; let_workload_go_on()
        :: else
        fi
      :: else ->
        if
        :: by == TSTP -> atomic { continue_workload() }
        :: else
        fi
      fi
    fi
  fi
}

/* models Supervisor::WorkloadStopped init/supervisor_terminal.cc */
inline workload_stopped(by) {
  wants_terminal = (wants_terminal || by == TTIN);
  if
  :: by == STOP && !has_job_control
  :: BUG(22)
  :: else -> stop_with_workload(by)
  fi
}

/* models Supervisor::WakeIfStopped init/supervisor_signals.cc */
/* models IsStoppedUntold os/wait.cc */
inline wake_if_stopped() {
  atomic {
    if
    :: !ended && (known_stopped || stop_told != 0) && !BUG(25) -> continue_workload()
    :: else
    fi
  }
}
