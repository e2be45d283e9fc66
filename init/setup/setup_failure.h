// SPDX-License-Identifier: Apache-2.0
// What went wrong where nothing may be allocated: in the child between clone and exec.
#ifndef FOSTER_INIT_SETUP_SETUP_FAILURE_H_
#define FOSTER_INIT_SETUP_SETUP_FAILURE_H_

namespace foster {

// All text outlives the child: literals, argv, the environment, what was prepared.
struct SetupFailure {
  int error = 0;               // an errno; 0: nothing went wrong
  const char* what = "";       // option and system call: "--chdir: chdir"
  const char* object = "";
  const char* hint = "";

  bool failed() const { return error != 0; }
};

}  // namespace foster

#endif  // FOSTER_INIT_SETUP_SETUP_FAILURE_H_
