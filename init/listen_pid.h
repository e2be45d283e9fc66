// SPDX-License-Identifier: Apache-2.0
// Sockets that somebody else opened for the workload (sd_listen_fds(3)): LISTEN_PID names the process that they are for, and that
// process looks for its own number there. Whoever starts foster names foster.
#ifndef FOSTER_INIT_LISTEN_PID_H_
#define FOSTER_INIT_LISTEN_PID_H_

#include <sys/types.h>

namespace foster {

// The room for the variable is in this object, which must outlive the environment's use.
class ListenPid {
 public:
  // Looks for LISTEN_PID in `environment`, and keeps its place if it names `started_as`. Another process's name is left alone.
  void Find(char* const* environment, pid_t started_as);
  // Puts `pid` into that place. Makes no system call and allocates nothing.
  void Name(pid_t pid);

 private:
  char** place_ = nullptr;
  char text_[32];
};

}  // namespace foster

#endif  // FOSTER_INIT_LISTEN_PID_H_
