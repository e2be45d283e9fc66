// SPDX-License-Identifier: Apache-2.0
// What foster was told by its command line and environment and has used up. Both can be read in /proc/PID, the command line by everybody: what may be
// a secret is overwritten there, in place, as soon as the workload has it.
#ifndef FOSTER_INIT_SECRETS_H_
#define FOSTER_INIT_SECRETS_H_

#include <vector>

namespace foster {

struct Secrets {
  std::vector<const char*> variables;  // values of --env, wherever it was given; each ends with its null
  std::vector<const char*> twins;      // values of FOSTER_… variables that were understood

  bool any() const { return !variables.empty() || !twins.empty(); }
};

// Overwrites them. With `restart` what twins said is read again (--chdir, for instance) and stays; the variables must have been copied by then.
void Erase(const Secrets& secrets, bool restart);

}  // namespace foster

#endif  // FOSTER_INIT_SECRETS_H_
