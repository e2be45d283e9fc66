// SPDX-License-Identifier: Apache-2.0
/* What the workload says of itself, and when it is taken for hung. A healthy workload speaks in time: the watchdog's deadline does not pass while it
 * runs unless its word lies there to be read. */

/* models Watchdog::RunBegins init/watchdog.h */
inline watchdog_run_begins() {
  if
  :: !watchdog || says_ready || BUG(19) -> watch_time = NONE
  :: else -> watch_time = TO_COME
  fi
}

/* models Watchdog::Alive init/watchdog.h */
inline watchdog_alive() {
  if
  :: watch_time != NONE -> watch_time = TO_COME
  :: else
  fi
}

/* models Supervisor::BecameReady init/supervisor_notify.cc */
/* models Watchdog::Ready init/watchdog.h */
inline became_ready() {
  assert(ready_said == BY_WORKLOAD);  /* nobody's word is taken for the next run's */
  ready_said = 0;
  if
  :: watchdog && watch_time == NONE && !BUG(20) -> watch_time = TO_COME
  :: else
  fi
}

/* models Supervisor::HearAll init/supervisor_notify.cc */
/* models Supervisor::HearDatagrams init/supervisor_notify.cc */
/* models Supervisor::HearLine init/supervisor_notify.cc */
/* models Supervisor::Hear init/supervisor_notify.cc */
inline hear_all() {
  atomic {
    if
    :: alive_said ->
      alive_said = false;
      if
      :: !ended -> watchdog_alive()
      :: else
      fi
    :: else
    fi;
    if
    :: ready_said != 0 && !ended -> became_ready()
    :: else -> ready_said = 0
    fi
  }
}

/* models Supervisor::HungAt init/supervisor.h */
#define hung_due (can_hang && watch_time == PAST && (!known_stopped || BUG(24)))
