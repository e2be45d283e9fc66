// SPDX-License-Identifier: Apache-2.0
/* Signals that have come. */

/* models Supervisor::PassOn init/supervisor_signals.cc */
inline pass_on() {
  if
  :: ended || pauses ->
    /* dropped: whoever it was sent to has gone */
    assert(pauses || owed <= sig_pending + batch_sig);
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
  :: action == PASS_ON && has_workload ->
    if
    :: ended
    :: else -> send_stop_to_workload(); wake_if_stopped()
    fi
  :: action == PASS_ON && !has_workload -> end_due = true
  :: else -> do_action()
  fi;
  if
  :: end_due -> end_due = false; workload_ended(0)  /* to be asked is all that a pause waits for */
  :: else
  fi
}

/* models Supervisor::TakeTerminalSignal init/supervisor_terminal.cc */
/* models Supervisor::IsFromTerminal init/supervisor_terminal.cc */
inline take_terminal_signal() {
  if
  :: batch_cont -> batch_cont = false; let_workload_go_on()
  :: else ->
    batch_tstp = false;
    if
    :: ended
    :: else -> send_tstp()
    fi
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
    :: taken < BATCH && chld_pending && !chld_held -> batch_chld = true; chld_pending = false; taken++
    :: else -> batch_chld = false
    fi;
    if
    :: taken < BATCH && cont_pending -> batch_cont = true; cont_pending = false; taken++
    :: else -> batch_cont = false
    fi;
    if
    :: taken < BATCH && tstp_pending -> batch_tstp = true; tstp_pending = false
    :: else -> batch_tstp = false
    fi;
    taken = 0
  };
  do
  :: batch_sig > 0 -> batch_sig--; pass_on(); if :: BUG(5) -> batch_sig = 0; batch_term = false :: else fi
  :: batch_sig == 0 && batch_term -> batch_term = false; stop_asked()
  :: batch_sig == 0 && !batch_term && batch_chld -> atomic { batch_chld = false; reap_due = true; workload_held = false }
  :: batch_sig == 0 && !batch_term && !batch_chld && (batch_cont || batch_tstp) -> take_terminal_signal()
  :: batch_sig == 0 && !batch_term && !batch_chld && !batch_cont && !batch_tstp -> break
  od
}
