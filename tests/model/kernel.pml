// SPDX-License-Identifier: Apache-2.0
/* The kernel: what foster can see of it, it sees by system calls. And what foster does not know: what must hold. */

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

byte workload;             /* the present run's process */
byte died_with;            /* how it ended; known to foster only from its wait status or its pidfd */
byte other[OTHERS];        /* children of foster: orphans, from their birth on */
bool namesake[OTHERS];     /* has the number that the workload had */
byte outsider;
bool chld_pending;         /* SIGCHLD */
bool chld_ignored;         /* its disposition; with a terminal SA_NOCLDWAIT, which does not silence it */
bool chld_held;            /* not in the set that the signalfd reads */
byte sig_pending;          /* signals that are for the workload, and queue */
bool term_pending;         /* the stop signal; a second one while it is pending is not seen (signal(7)) */

/* A terminal, and who stands still at it. */
#define SHELLS 0
#define OURS 1             /* foster's group is the foreground one */
#define THEIRS 2           /* the workload's */
byte foreground;
#define TSTP 1
#define TTIN 2             /* TTOU is like it */
#define STOP 3
bool stopped;              /* the workload */
byte stopped_by;
byte stop_told;            /* that it was stopped, and by what, for who waits for it (WSTOPPED) */
bool cont_told;            /* that it was continued (WCONTINUED) */
bool foster_stopped;
bool tstp_pending;         /* of foster: a stop signal takes a SIGCONT that waits with it, and a SIGCONT takes that (signal(7)) */
bool self_pending;         /* one that foster sent itself */
bool cont_pending;

/* What the workload has said, and nobody has read. */
bool alive_said;
byte ready_said;           /* by: */
#define BY_WORKLOAD 1
#define BY_ANOTHER 2

/* WHAT MUST HOLD. Foster does not know these. */
byte owed;           /* signals sent to a workload that still lives, or to the first before it began, and that it has not got */
bool term_owed;      /* the same of the first stop signal */
bool term_waits;     /* the workload has it, and stands still */
bool term_sent;
bool outlived;       /* the workload's longest life was over */
bool hung;           /* the workload says nothing more, and ends by no signal but SIGABRT (perhaps) and SIGKILL */
bool has_said_ready; /* in this run */
bool finished;       /* foster has exited … */
byte exit_code;      /* … with this */
bool let_go;         /* by its own exit, which kills whoever is left in a namespace */

/* A deadline: none, to come, or past. When it comes is not foster's business. */
#define NONE 0
#define TO_COME 1
#define PAST 2
byte rung_time;   /* the ladder's */
byte life_time;   /* end_of_life_ */
byte run_time;    /* next_run_ */
byte pause_time;  /* pause_end_ */
byte watch_time;  /* the watchdog's */

#define lives(p) (p == ALIVE || p == STAYS || p == DOOMED)
#define acts(p) (p == ALIVE || p == STAYS)
#define exists(p) (p != UNBORN && p != GONE)
#define anybody (exists(workload) || exists(other[0]) || exists(other[1]) || (exists(outsider) && scope == NAMESPACE))
#define has_children (exists(workload) || exists(other[0]) || exists(other[1]))
#define reapable(p) (p == ZOMBIE)

/* A child of foster's is dead: released at once, or a zombie and a SIGCHLD (wait(2), NOTES). */
inline child_dies(p) {
  if
  :: chld_ignored -> p = GONE; chld_pending = (chld_pending || terminal != NO_TERMINAL)
  :: else -> p = ZOMBIE; chld_pending = true
  fi
}

inline doom(p) {
  if
  :: acts(p) -> p = DOOMED
  :: else
  fi
}

/* A new disposition that ignores, SIG_DFL for SIGCHLD included, drops what is pending (sigaction(2)). */
inline set_child_disposition(ignored) {
  chld_ignored = ignored;
  chld_pending = false
}

/* The workload stands still, and its parent is told. */
inline stop_workload(by) {
  stopped = true;
  stopped_by = by;
  stop_told = by;
  cont_told = false;
  chld_pending = true
}

/* SIGCONT to the workload. */
inline continue_workload() {
  if
  :: stopped && lives(workload) ->
    stopped = false;
    stopped_by = 0;
    stop_told = 0;
    cont_told = true;
    chld_pending = true;
    if
    :: term_waits -> term_waits = false; term_owed = false
    :: else
    fi
  :: else
  fi
}
