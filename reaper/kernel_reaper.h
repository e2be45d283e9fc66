// SPDX-License-Identifier: Apache-2.0
// Reaping by the kernel itself: with SIGCHLD ignored a dead child is released in its own exit path. It never becomes a zombie, and
// PID 1 is not woken. The workload's exit status is not lost since Linux 6.15: its pidfd still answers for it.
#ifndef FOSTER_REAPER_KERNEL_REAPER_H_
#define FOSTER_REAPER_KERNEL_REAPER_H_

#include "reaper/exit_status.h"

namespace foster {

// Whether this kernel is certain to keep the exit status of the live, unreaped child behind `workload_pidfd`.
bool KernelCanReap(int workload_pidfd);

// From here on the kernel releases children that die. Those that are dead already stay zombies: reap them once, by
// WaitReap, and the workload may be among them. With `hear` SIGCHLD still tells of each, and of stops, for which WaitReap can be asked
// (SA_NOCLDWAIT): PID 1 is then woken by deaths, but has nothing to do for them.
void LetTheKernelReap(bool hear);

// Back to zombies, which are waited for.
void StopTheKernelReaping();

// What became of the workload, once its pidfd says that it has ended and nobody waited for it. False where the kernel does not tell yet: the
// process is dead but not yet released (a tracer holds it); ask again when the descriptor wakes or a child's death is told.
bool KernelReaped(int workload_pidfd, ExitStatus* status);

}  // namespace foster

#endif  // FOSTER_REAPER_KERNEL_REAPER_H_
