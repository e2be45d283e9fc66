// SPDX-License-Identifier: Apache-2.0
// Runs foster with one thing going wrong: a system call that fails, or a signal that comes at a certain moment.
//
// By ptrace(2), so that foster is the shipped binary and nothing in it knows. Every process of foster's is followed from its exec to its end, or to
// the exec by which it becomes the workload; there it is let go.
#ifndef FOSTER_TESTS_FAULTS_INJECTOR_H_
#define FOSTER_TESTS_FAULTS_INJECTOR_H_

#include <map>
#include <string>
#include <vector>

namespace foster {

// In the place of a call's number: whatever number, and those in which foster waits for what comes.
inline constexpr long kAnyCall = -1;
inline constexpr long kAnyWait = -2;

// What goes wrong. Calls are counted over all processes of foster's, in the order in which they are made.
struct Fault {
  enum class Kind {
    kNone,
    kError,   // the call numbered `call` fails with errno `value` the `nth` time (1 is the first)
    // Before the `nth` call numbered `call`, or of kAnyCall or kAnyWait:
    kSignal,  // signal `value` comes to the outermost foster
    kDelay,   // whoever makes the call is held back for `value` milliseconds, while all others go on
    kPause,   // whoever makes the call is stopped in it (SIGSTOP), and continued; SIGCONT comes to it as a signal as well
    kDeath,   // the workload is killed (SIGKILL), and is dead when the call is made
    kDeaths,  // … whoever is the outermost foster's child then: a workload, and what it leaves behind
    kSignalAtInstruction,  // … before its `nth` instruction after exec
  };
  Kind kind = Kind::kNone;
  long call = kAnyCall;
  int nth = 0;
  int value = 0;
};

struct FaultyRun {
  bool as_init = false;           // PID 1 of a PID and a mount namespace made for it, with their own /proc; else an ordinary process
  std::vector<std::string> argv;  // foster's; argv[0] is the binary's path
  std::vector<std::string> environment;  // NAME=VALUE, added
  // Blocked from the start, for foster and so for the workload: what is sent too early for the workload to block it itself is not lost on it.
  std::vector<int> blocked;
  // SIGTERM is sent to the outermost foster when it waits for the first time.
  bool ask_to_stop = false;
  // A folder of this run, with an empty folder `root`, a file `file`, the workload `act`, and a UTS namespace `uts` in it; PLAY in argv is its name.
  bool play = false;
  Fault fault;
};

struct Outcome {
  bool hung = false;           // it had to be killed
  bool injected = false;       // the moment came
  int wait_status = 0;         // the outermost foster's
  std::string out;             // what all of them wrote to stdout
  std::string err;
  int left_behind = 0;         // processes that were still there when foster had ended
  bool mounts_left = false;    // this mount namespace has more in it than it had
  std::string files_left;      // what is in the folder of this run that was not, with blanks between
  std::vector<long> calls;     // foster's calls in their order
  int calls_before_workload = 0;  // … made before the workload's program ran for the first time
  int instructions_until_blocked = 0;  // kSignalAtInstruction only: how many were executed before the first call

  // The exit status as a shell tells it.
  int Shell() const;
};

// Runs it to its end, at most `seconds` long, and leaves nothing behind.
Outcome RunWithFault(const FaultyRun& run, int seconds = 60);

}  // namespace foster

#endif  // FOSTER_TESTS_FAULTS_INJECTOR_H_
