// SPDX-License-Identifier: Apache-2.0
/* foster's event loop against a kernel, a workload and a world that do all they may, in every order. Checked by spin; see README.md.
 *
 * One step is one system call and what foster computes after it. A line that begins with "models" names the function that stands below it;
 * model_test.py looks whether the source still has it. "leaves out" names what is not modelled, and why: every function of the class Supervisor
 * is in one of the two.
 *
 * leaves out Supervisor::Prepare: all of it is done before there is a workload, and what fails there ends foster
 * leaves out Supervisor::UseStopRelay: between the halves of a wrapper; terminal_test has them
 * leaves out Supervisor::HearRelay: the same
 * leaves out Supervisor::DeathToShare: decides how foster ends, not when
 * leaves out Supervisor::MayHurry: a decision, on what was asked for
 * leaves out Supervisor::hurries: what MayHurry said
 * leaves out Supervisor::LetGoOfInherited: descriptors decide nothing here
 * leaves out Supervisor::IsForWorkload: a decision on one signal; signals_test has it
 * leaves out Supervisor::Instead: the same
 * leaves out Supervisor::TakePowerRequest: becomes a stop signal
 * leaves out Supervisor::UseEar: the configuration says whether there is one
 * leaves out Supervisor::ListenFor: the same
 * leaves out Supervisor::Relay: what is said to whoever is outside decides nothing in here
 * leaves out Supervisor::HandOn: the same
 * leaves out Supervisor::TellOutside: the same
 * leaves out Supervisor::TellOwed: the same
 *
 * What a run is about comes from the environment (CONFIGURATION below), so that the verifier is compiled once.
 */
#define OTHERS 2  /* processes besides the workload, at a time */
#define BATCH 2   /* kBatch: fewer than what can be pending, so that one read does not take all */
#define BOUND 2   /* kRoundBound: fewer than those who can be dead */

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
bool limited;     /* --timeout */
bool pauses;      /* --pause: no workload */
bool watchdog;    /* --watchdog */
bool says_ready;  /* --ready */
bool another_says;  /* what a run left behind speaks once more after its end */
bool hangs;       /* the workload may hang */
bool hurries;     /* nobody asked for more than to run a program */
#define NO_TERMINAL 0
#define BY_SHELL 1   /* of a shell with job control */
#define OF_LEADER 2  /* foster is its session's leader */
#define ORPHANED 3   /* no shell is left that could resume what stops */
byte terminal;
byte keys;        /* how often the user types Ctrl-Z */
byte reads;       /* how often the workload reads the terminal (or sets it) from the background */
byte halts;       /* how often somebody sends the workload a SIGSTOP */
byte resumes;     /* how often the shell resumes foster */
byte bug;         /* which mistake is made; 0: none. See BUGS in model_test.py. */
#define BUG(n) (bug == n)

#include "kernel.pml"
#include "stop_ladder.pml"
#include "ear.pml"
#include "terminal.pml"
#include "signals.pml"
#include "ends.pml"
#include "taking.pml"

/* ---------------------------------------------------------------- THE LOOP */

#define watch (!ended && has_workload && (kernel_reaps || (storm_pause && !workload_held)))
/* POLLHUP comes when it is released, POLLIN when it has ended. */
#define pidfd_wakes (watch && ((kernel_reaps && !BUG(11) && workload == GONE) || ((!kernel_reaps || BUG(11)) && !lives(workload))))
#define queue_wakes (sig_pending > 0 || term_pending || (chld_pending && !chld_held) || cont_pending || tstp_pending)
#define outsider_poll (ended && childless && run_time == NONE && !BUG(12))
/* models Supervisor::NextDeadline init/supervisor.cc */
/* models Supervisor::NextAct init/supervisor.cc */
#define time_is_up (ladder_due || hung_due || run_time == PAST || (storm_pause && pause_time == PAST) || outsider_poll)
#define ear_wakes (alive_said || ready_said != 0)
#define wakes (queue_wakes || ear_wakes || pidfd_wakes || time_is_up)

/* models Supervisor::Settle init/supervisor.cc */
inline settle() {
  atomic {
    settled = true;
    if
    :: !ended ->
      choose_reaper();
      if
      :: !BUG(31) -> reap_due = true
      :: else
      fi
    :: else
    fi
  }
}

/* models Supervisor::Wait init/supervisor.cc */
/* models Supervisor::WaitForSignal init/supervisor.cc */
inline wait() {
  skip;
end_asleep:
  atomic {
    wakes || !settled ->  /* ppoll(2), or sigtimedwait(2), at first for a moment only */
    has_waited = true;
    by_queue = queue_wakes;
    by_ear = ear_wakes;
    by_pidfd = pidfd_wakes;
    by_time = !by_queue && !by_ear && !by_pidfd
  };
  if
  :: by_time && outsider_poll ->
progress_slept:
    skip
  :: else
  fi;
  if
  :: by_queue ->
    if
    :: !settled && (sig_pending > 0 || term_pending) -> settle()
    :: else
    fi;
    take_signals()
  :: else
  fi;
  if
  :: by_ear -> hear_all()
  :: else
  fi;
  atomic {
    if
    :: by_pidfd || (storm_pause && pause_time == PAST) || (ended && by_time && run_time == NONE) -> reap_due = true
    :: else
    fi;
    by_queue = false;
    by_ear = false;
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
    assert(foreground != THEIRS);  /* whoever reads the terminal next finds it in somebody's hands */
    /* "The end": nobody is left who was not forced to go */
    assert(scope == NOBODY || leftovers == LEAVE_THEM || rung == FORCED || !exists(other[0]) || scope != NAMESPACE);
    assert(scope == NOBODY || leftovers == LEAVE_THEM || rung == FORCED || !exists(other[1]) || scope != NAMESPACE);
    assert(scope != DESCENDANTS || leftovers == LEAVE_THEM || (!exists(other[0]) && !exists(other[1])))
  }
}

/* models Supervisor::FoundHung init/supervisor_notify.cc */
/* models Supervisor::HungAtLast init/supervisor_notify.cc */
inline found_hung() {
  /* What waits to be heard was said before the deadline. What comes now is later than the clock that was read. */
  atomic {
    if
    :: !BUG(28) -> hear_all()
    :: else
    fi;
    left = hung_due
  };
  if
  :: left && terminal != NO_TERMINAL && (stop_told != 0 || cont_told) && !BUG(29) -> atomic { left = false; reap_due = true }
  :: left && (terminal == NO_TERMINAL || (stop_told == 0 && !cont_told) || BUG(29)) ->
    atomic {
      left = false;
      assert(hung || workload == DOOMED || !lives(workload));  /* a healthy one is not found hung */
      ladder_hung();
      watch_time = NONE
    };
    do_action()
  :: else
  fi
}

/* models Supervisor::Over init/supervisor.cc */
/* models Supervisor::Act init/supervisor.cc */
/* models Supervisor::StandBy init/supervisor.cc */
active proctype Foster() {
  bool reap_due, kernel_reaps, childless, workload_held, again_due, known_stopped, wants_terminal, terminal_given, bounds_workload, clock_runs, settled, has_waited;
  byte status_, in_a_row;
  byte rung, action;
  /* of one function, 0 outside of it */
  bool any, left, round_ended, round_more, pause, batch_term, batch_chld, batch_cont, batch_tstp, by_queue, by_ear, by_pidfd, by_time, end_due, round_continued, self_stopped;
  byte taken, orphans, round_status, round_stopped, by, batch_sig;
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
      now.limited = from_environment("LIMITED");
      now.pauses = from_environment("PAUSES");
      now.watchdog = from_environment("WATCHDOG");
      now.says_ready = from_environment("SAYS_READY");
      now.another_says = from_environment("ANOTHER_SAYS");
      now.hangs = from_environment("HANGS");
      now.hurries = from_environment("HURRIES");
      now.terminal = from_environment("TERMINAL");
      now.keys = from_environment("KEYS");
      now.reads = from_environment("READS");
      now.halts = from_environment("HALTS");
      now.resumes = from_environment("RESUMES");
    };
    bounds_workload = bounded;
    settled = !hurries;
    if  /* models Terminal::to_be_given init/terminal.h: at once, or only where the workload asks for it */
    :: terminal == NO_TERMINAL || terminal == BY_SHELL || terminal == ORPHANED -> foreground = SHELLS
    :: terminal == BY_SHELL || terminal == ORPHANED -> foreground = OURS
    :: terminal == BY_SHELL || terminal == ORPHANED || terminal == OF_LEADER -> wants_terminal = true; terminal_given = true; foreground = THEIRS
    :: terminal == BY_SHELL -> wants_terminal = true; foreground = SHELLS
    fi;
    if  /* a zombie that was there before foster was */
    :: births > 0 -> other[0] = ZOMBIE; births--
    :: true
    fi;
    run World();
    run Time();
    if
    :: terminal != NO_TERMINAL -> run User(); run Shell()
    :: else
    fi;
    run Quiet()
  };
  if
  :: has_workload -> spawn()
  :: else
  fi;
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
  :: ladder_due ->
    atomic { ladder_deadline_passed() };
    do_action();
    if
    :: end_due -> end_due = false; workload_ended(0)
    :: else
    fi;
    goto loop
  :: !ladder_due && run_time == PAST ->
    if
    :: !BUG(14) -> take_signals()
    :: else
    fi;
    if
    :: !stopping || BUG(13) -> start_again()
    :: else
    fi;
    goto loop
  :: !ladder_due && run_time != PAST && hung_due -> found_hung(); goto loop
  :: !ladder_due && run_time != PAST && !hung_due
  fi;
  if
  :: !reap_due && has_waited && !settled -> settle()
  :: !reap_due && (!has_waited || settled) -> wait()
  :: else
  fi;
  goto loop;
over:
  conclude()
}

#include "world.pml"

/* When nothing more can happen: everything is over, or foster waits for a workload that stays. */
proctype Quiet() {
  do
  :: timeout ->
    atomic {
      if
      :: finished
      :: !finished && foster_stopped ->
        /* a job that its shell has not resumed: foster stands still because the workload does, and the terminal is the shell's */
        assert((terminal == BY_SHELL && foreground == SHELLS) || (terminal == ORPHANED && stopped_by == STOP));
        /* one that is killed then may be dead before that is known */
        assert((acts(workload) && stopped) || (died_with == KILLED && !ended))
      :: else ->
        /* no signal is lost */
        assert(owed == 0 && !term_owed && sig_pending == 0 && !term_pending);
        /* no orphan is unreaped */
        assert(other[0] != ZOMBIE && other[1] != ZOMBIE && workload != ZOMBIE);
        /* a workload that stopped has stopped foster, or has been continued */
        assert(!stopped || (terminal == OF_LEADER && stopped_by == STOP) || (terminal == ORPHANED && stopped_by != TSTP));
        /* one that is hung is ended, but for one that is being stopped and has all the time that it wants */
        assert(!(hung && watchdog && (!says_ready || has_said_ready) && acts(workload)) || term_sent || timeless);
        /* and it is not foster that keeps it from ending */
        assert((workload == STAYS && (!((term_sent && bounded) || outlived) || timeless)) ||
               (workload == ALIVE && stopped) ||
               (pauses && (timeless || (!term_sent && !outlived))) ||
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
ltl ends { [] ((!timeless && ((term_sent && (bounded || pauses)) || outlived || (hung && watch_time != NONE && restarts == 0) || (workload == GONE && restarts == 0 && leftovers != WAIT_FOR_THEM))) -> <> finished) }
