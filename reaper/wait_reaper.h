// SPDX-License-Identifier: Apache-2.0
// Reaping by waitid(2): for kernels that cannot do it alone, for job control, and for whoever wants to hear of each orphan.
#ifndef FOSTER_REAPER_WAIT_REAPER_H_
#define FOSTER_REAPER_WAIT_REAPER_H_

#include <sys/resource.h>
#include <sys/types.h>

#include "reaper/exit_status.h"

namespace foster {

// What one round of reaping found.
struct ReapRound {
  bool workload_ended = false;
  ExitStatus workload;       // where it ended
  struct rusage* usage = nullptr;  // where the caller gave room for it and the workload ended
  int workload_stopped = 0;  // the signal that stopped it, if it stopped
  bool workload_continued = false;
  unsigned orphans = 0;      // reaped besides
  bool childless = false;    // nobody is left to wait for
  bool more = false;         // the round ended at its bound, not for want of the dead
};

// Told of each orphan that was reaped.
using OrphanReaped = void (*)(void* context, pid_t pid, const ExitStatus& status);

// How many deaths one round takes at the most, so that a storm of them never keeps a signal waiting for long.
inline constexpr unsigned kRoundBound = 512;

// Reaps all that is dead now. `notice_stops`: the workload's stops and continues are asked for as well.
// `usage` may be null; it is filled in when the workload ended.
ReapRound WaitReap(pid_t workload, bool notice_stops, struct rusage* usage, OrphanReaped tell = nullptr,
                   void* context = nullptr);

}  // namespace foster

#endif  // FOSTER_REAPER_WAIT_REAPER_H_
