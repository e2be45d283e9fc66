// SPDX-License-Identifier: Apache-2.0
#include "reaper/wait_reaper.h"

#include "os/wait.h"

namespace foster {
namespace {

bool IsEnd(int code) { return code == CLD_EXITED || code == CLD_KILLED || code == CLD_DUMPED; }

}  // namespace

ReapRound WaitReap(pid_t workload, bool notice_stops, struct rusage* usage, OrphanReaped tell,
                   void* context) {
  const int events = WEXITED | (notice_stops ? WSTOPPED | WCONTINUED : 0);
  ReapRound round;
  struct rusage scratch;
  for (unsigned taken = 0; taken < kRoundBound; ++taken) {
    siginfo_t info;
    const WaitAnswer answer = AskAnyChild(events, &info, usage != nullptr ? &scratch : nullptr);
    if (answer != WaitAnswer::kChild) {
      round.childless = answer == WaitAnswer::kChildless;
      return round;
    }
    // Once it has been waited for its number is anybody's: who gets it, and ends before this round does, is not the workload.
    const bool is_workload = info.si_pid == workload && !round.workload_ended;
    if (IsEnd(info.si_code)) {
      if (is_workload) {
        round.workload_ended = true;
        round.workload = FromWaitInfo(info);
        if (usage != nullptr) *usage = scratch;
        round.usage = usage;
      } else {
        ++round.orphans;
        if (tell != nullptr) tell(context, info.si_pid, FromWaitInfo(info));
      }
    } else if (is_workload) {
      round.workload_stopped = info.si_code == CLD_CONTINUED ? 0 : info.si_status;
      round.workload_continued = info.si_code == CLD_CONTINUED;
    }
  }
  round.more = true;
  return round;
}

}  // namespace foster
