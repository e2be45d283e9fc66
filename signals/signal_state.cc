// SPDX-License-Identifier: Apache-2.0
#include "signals/signal_state.h"

#include <signal.h>

#include "os/entry.h"

namespace foster {

InheritedSignals TakeSignals() {
  InheritedSignals inherited;
  inherited.mask = foster_entry_ran != 0 ? foster_inherited_mask : SetSignalMask(kAllSignals);
  inherited.child_ignored = SetDisposition(SIGCHLD, Disposition::kDefault) == Disposition::kIgnored;
  return inherited;
}

void GiveBackSignals(const InheritedSignals& inherited) {
  if (inherited.child_ignored) SetDisposition(SIGCHLD, Disposition::kIgnored);
  SetSignalMask(inherited.mask);
}

void ResetSignals() {
  for (int signo = 1; signo <= kLastSignal; ++signo) {
    if (signo != SIGKILL && signo != SIGSTOP) SetDisposition(signo, Disposition::kDefault);
  }
  SetSignalMask(0);
}

}  // namespace foster
