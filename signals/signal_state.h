// SPDX-License-Identifier: Apache-2.0
// The signal mask and dispositions that foster was started with: kept, so that the workload starts with exactly these.
//
// foster blocks all signals at its entry point (os/entry.h) and never installs a handler. A blocked signal is queued
// whatever its disposition is, SIG_IGN included (kernel/signal.c sig_ignored()), so no disposition but SIGCHLD's is ever
// changed, and there is little to give back.
#ifndef FOSTER_SIGNALS_SIGNAL_STATE_H_
#define FOSTER_SIGNALS_SIGNAL_STATE_H_

#include "os/signal_calls.h"

namespace foster {

struct InheritedSignals {
  SignalSet mask = 0;
  bool child_ignored = false;  // the caller had SIGCHLD ignored, which would make the workload's exit status vanish
};

// Blocks every signal, if the entry point has not already, sets SIGCHLD to the default (an ignored one, inherited, makes other inits
// hang), and tells what was before. One system call where the entry point ran.
InheritedSignals TakeSignals();

// For the child, between clone and exec: gives back what TakeSignals changed, the mask last. Whatever is sent from here on does to
// the child what it does to a program with these dispositions. Makes system calls only.
void GiveBackSignals(const InheritedSignals& inherited);

// For the child, in the place of GiveBackSignals: every disposition default, nothing blocked. For workloads of a broken parent.
void ResetSignals();

}  // namespace foster

#endif  // FOSTER_SIGNALS_SIGNAL_STATE_H_
