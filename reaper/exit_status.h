// SPDX-License-Identifier: Apache-2.0
// How a process ended, and what foster exits with because of it. Pure.
#ifndef FOSTER_REAPER_EXIT_STATUS_H_
#define FOSTER_REAPER_EXIT_STATUS_H_

#include <signal.h>
#include <stdint.h>

namespace foster {

// foster's own exit statuses (the contract's "Exit status").
inline constexpr int kExitOwnFailure = 125;
inline constexpr int kExitNotExecutable = 126;
inline constexpr int kExitNotFound = 127;

// What foster exits with where it was not the workload that ended. Other inits have numbers of their own.
struct FailureExits {
  uint8_t own_failure = kExitOwnFailure;           // wrong usage, a set-up that failed
  uint8_t not_found = kExitNotFound;
  uint8_t not_executable = kExitNotExecutable;     // no right to execute it
  uint8_t other_exec_failure = kExitNotExecutable;

  // In the place of one of the three constants above; `error`: exec's errno.
  int For(int exit_code, int error) const;
};

struct ExitStatus {
  uint8_t code = 0;          // where signal is 0
  uint8_t signal = 0;        // what it died of, or 0
  bool core_dumped = false;  // a core file was written

  // n for exit(n), 128+s for a death of signal s.
  int AsExitCode() const { return signal != 0 ? 128 + signal : code; }
};

// From wait(2)'s status word; the word must tell of an end, not of a stop.
ExitStatus FromWaitStatus(int wait_status);

// From waitid(2)'s answer with si_code CLD_EXITED, CLD_KILLED or CLD_DUMPED.
ExitStatus FromWaitInfo(const siginfo_t& info);

}  // namespace foster

#endif  // FOSTER_REAPER_EXIT_STATUS_H_
