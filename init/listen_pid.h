// SPDX-License-Identifier: Apache-2.0
// Variables that name the process that they are for, which looks for its own number there: LISTEN_PID for sockets that somebody else opened
// (sd_listen_fds(3)), WATCHDOG_PID for who has to say that he lives (sd_watchdog_enabled(3)). Whoever starts foster names foster.
#ifndef FOSTER_INIT_LISTEN_PID_H_
#define FOSTER_INIT_LISTEN_PID_H_

#include <sys/types.h>

namespace foster {

// The room for the variables is in this object, which must outlive the environment's use.
class ListenPid {
 public:
  // Looks for them in `environment`, and keeps the place of each that names `started_as`. Another process's name is left alone.
  void Find(char* const* environment, pid_t started_as);
  // Puts `pid` into those places. Makes no system call and allocates nothing.
  void Name(pid_t pid);

 private:
  static constexpr int kVariables = 2;
  char** places_[kVariables] = {};
  char text_[kVariables][32];
};

}  // namespace foster

#endif  // FOSTER_INIT_LISTEN_PID_H_
