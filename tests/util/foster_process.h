// SPDX-License-Identifier: Apache-2.0
// A foster that a test runs: the shipped binary, started in one of its roles, listened to, signalled, waited for. Nothing that it
// started outlives the object, however the test ends.
//
//   FosterProcess foster({.setting = GetParam(), .command = Act({"listen"})});
//   foster.WaitFor("ready");
//   foster.Signal(SIGHUP);
//   foster.WaitFor("got HUP");
//
// The binary is $FOSTER, or init/foster among the test's runfiles; the program `act` of tests/workloads is in $FOSTER_WORKLOADS, beside
// the test, or among the runfiles. No shell is needed, and no Bazel: the tests run in a bare root file system as well.
#ifndef FOSTER_TESTS_UTIL_FOSTER_PROCESS_H_
#define FOSTER_TESTS_UTIL_FOSTER_PROCESS_H_

#include <sys/types.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "os/file_descriptor.h"
#include "tests/util/setting.h"

namespace foster {

// How a process is started. What is not said is as the test has it.
struct Start {
  Setting setting = {Role::kPlain, Reaper::kWait};
  bool choose_reaper = true;                // --reap= as the setting says; else foster's own choice
  std::vector<std::string> options = {};    // foster's
  std::vector<std::string> command = {};    // what foster runs
  std::vector<std::string> environment = {};  // NAME=VALUE, added
  bool names_listen_pid = false;            // LISTEN_PID is foster's process id, as whoever starts it for a socket says it
  // In the new process, right before exec. Only system calls, and no assertions.
  std::function<void()> before_exec = {};
  bool with_stdio = true;     // pipes on stdin, stdout and stderr; else all three are closed
  bool own_session = true;    // without a terminal, whatever the test has
  bool traced = false;        // by the test (ptrace(2)): stopped at exec
  std::string binary = {};    // another copy of foster
  std::string program = {};   // instead of foster: another init, for comparison
};

// The command that runs a verb of tests/workloads/act.
std::vector<std::string> Act(std::vector<std::string> verb_and_arguments);

// Paths of what is tested and of its workloads. They fail the test, and are "", where there is none.
std::string FosterBinary();
std::string ActBinary();

// Whether `pid` has these children and no others, zombies included (/proc/PID/task/PID/children).
std::vector<pid_t> ChildrenOf(pid_t pid);

// Whether foster waits for what comes in the system call of this number.
bool IsFostersWait(long call);

// kill(2) of one process; fails the test, and does nothing, where `pid` is none. Whether it was sent.
bool SendSignal(pid_t pid, int signo);

class FosterProcess {
 public:
  // When it returns foster has been exec'ed.
  explicit FosterProcess(const Start& start);
  // Kills what is left. Where foster had exited, fails the test if it left anybody.
  ~FosterProcess();
  FosterProcess(const FosterProcess&) = delete;
  FosterProcess& operator=(const FosterProcess&) = delete;

  // foster, as the test's namespace numbers it. For a wrapper: the outer half.
  pid_t pid() const { return pid_; }
  // The foster that is the workload's parent: the inner half of a wrapper, else pid().
  pid_t parent_of_workload() const;
  // The workload, as the test's namespace numbers it. Waits until it is there.
  pid_t workload() const;

  // kill(2) to pid(), and rt_sigqueueinfo(2) as sigqueue(3) does it, with a value.
  void Signal(int signo) const;
  void Queue(int signo, int value) const;

  // The next line that the workload (or foster) writes to stdout, without its end. Waits up to a minute, then fails the test. "(end)" at the end.
  std::string NextLine();
  // Passes over lines until one begins with `beginning`, and returns it; fails the test, and returns "(end)", where none comes.
  std::string WaitFor(const std::string& beginning);
  // Everything that stdout still says, until nobody holds it open.
  std::string Rest();
  // Everything that was written to stderr, until nobody holds it open.
  std::string Errors();
  // A line on stderr; like WaitFor.
  std::string WaitForError(const std::string& part);

  // Writes to the workload's stdin; closes it.
  void Write(const std::string& text) const;
  void CloseInput() { input_.Reset(-1); }
  // The reader of foster's stderr goes away.
  void CloseErrors() { errors_.fd.Reset(-1); }

  // Waits for foster to end: its exit status, or minus the signal that killed it. Fails the test after a minute.
  int Wait();
  // Whether it has ended by now.
  bool Ended() const;

 private:
  struct Stream {
    FileDescriptor fd;
    std::string text;  // read, and not yet handed out
  };
  // Reads more of a stream; false at its end, or (with a failure) when a minute is over.
  bool ReadMore(Stream* stream);
  std::string LineOf(Stream* stream);
  void KillAll();

  Role role_;
  std::set<pid_t> others_;  // children of the test that are not of this object
  pid_t pid_ = -1;
  FileDescriptor pidfd_;
  FileDescriptor input_;
  Stream output_;
  Stream errors_;
  bool ended_ = false;
  int status_ = 0;
};

}  // namespace foster

#endif  // FOSTER_TESTS_UTIL_FOSTER_PROCESS_H_
