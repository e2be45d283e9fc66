// SPDX-License-Identifier: Apache-2.0
// The lives that foster leads while things go wrong, and what each is like when nothing does.
#ifndef FOSTER_TESTS_FAULTS_MODES_H_
#define FOSTER_TESTS_FAULTS_MODES_H_

#include <string>
#include <vector>

#include "tests/faults/injector.h"

namespace foster {

struct Mode {
  std::string name;
  FaultyRun run;
  int status = 0;               // foster's exit status
  int remarks = 0;              // lines that foster says on stderr where nothing goes wrong
  std::vector<std::string> said;  // lines that the workload and what it leaves behind write, in any order
};

// Those that this kernel can have. Paths of foster and of the workloads are in them.
std::vector<Mode> AllModes();

// Lives in which SIGTERM, sent when foster waits, and SIGUSR1, sent at any moment, must both reach the workload.
std::vector<Mode> StopModes();

// What became of a run, compared with the mode's.
enum class Verdict {
  kKept,     // as if nothing had happened: exit status and output; a line may say what went wrong
  kRefused,  // 125 (or 126, 127 where exec failed) and one line, before the workload ran
  kFiles,    // refused, but a mount point that was made for it is still there
  kNotAgain, // the workload ran, and a further run of it could not be started: 125 to 127, and foster says so
  kStatus,   // the exit status is right, but something of the rest was lost
  kBroken,   // anything else
};
const char* VerdictName(Verdict verdict);
Verdict Judge(const Mode& mode, const Outcome& outcome);

}  // namespace foster

#endif  // FOSTER_TESTS_FAULTS_MODES_H_
