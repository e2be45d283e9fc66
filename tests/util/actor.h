// SPDX-License-Identifier: Apache-2.0
// Processes that do as they are told: a test of several processes that reads from top to bottom.
//
//   Actor init = Actor::Start(CLONE_NEWPID);         // a child of the caller, PID 1 of a new namespace
//   Actor member = init.Fork();                      // a child of init
//   long said = member.Call([] { return Sys(SYS_kill, 1, SIGTERM); });
//   seen.Put("kill", Said(said));
//   seen.Put("init", init.Alive());                  // a round trip: whatever is pending for it has had its effect by then
//
// An actor is a fork of the caller that waits on a socket for closures and runs them. A closure is sent as its bytes: it captures by
// value only, and only what is trivially copyable (numbers, pids, Facts, Gate). It returns a long, by convention that of the kernel (a
// negated errno), or nothing.
//
// Actors are for use inside of a sandbox (sandbox.h), which ends them all; one that dies is noticed at once (its socket ends), one that
// does not answer within a minute ends the test.
#ifndef FOSTER_TESTS_UTIL_ACTOR_H_
#define FOSTER_TESTS_UTIL_ACTOR_H_

#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>

#include <string>
#include <type_traits>

#include "os/file_descriptor.h"
#include "tests/util/sys.h"

namespace foster {

class Actor {
 public:
  // A child of the calling process, by clone(2) with `flags`. NEED fails where the kernel refuses.
  static Actor Start(unsigned long flags = 0, int exit_signal = SIGCHLD);
  // The same, but a refusal is told by error().
  static Actor TryStart(unsigned long flags, int exit_signal = SIGCHLD);
  // A child of this actor.
  Actor Fork(unsigned long flags = 0, int exit_signal = SIGCHLD);
  Actor TryFork(unsigned long flags, int exit_signal = SIGCHLD);

  Actor(Actor&&) = default;
  Actor& operator=(Actor&&) = default;

  bool valid() const { return pid_ > 0; }
  int error() const { return error_; }       // the errno of clone(2)
  pid_t pid() const { return pid_; }         // in the caller's PID namespace
  pid_t own_pid() const { return own_pid_; } // what getpid() says in it
  int pidfd() const { return pidfd_.get(); }

  // Runs `act` in the actor and waits for its result; kGone where the actor is dead, or dies of it. A pending signal of the actor
  // has its effect before the answer.
  template <typename Act>
  long Call(Act act) {
    Begin(act);
    return End();
  }
  // The halves of Call, for acts that block: Begin returns at once, End waits for the answer.
  template <typename Act>
  void Begin(Act act) {
    static_assert(std::is_trivially_copyable_v<Act>, "capture numbers by value");
    static_assert(sizeof(Act) <= kRoom, "capture less");
    unsigned char bytes[kRoom] = {};
    memcpy(bytes, static_cast<const void*>(&act), sizeof act);
    SendAct(&Invoke<Act>, bytes);
  }
  long End();
  // Whether an answer to Begin is there already.
  bool Answered() const;

  // Whether it still answers.
  bool Alive();
  // In words: "alive", or "dead" (a stopped process is neither: it does not answer).
  std::string Condition() { return Alive() ? "alive" : "dead"; }

  // kill(2) from the calling process, by the number that it has there. 0 or a negated errno.
  long Kill(int signo) const;
  // Waits for the end of a child of the calling process and reaps it, in words ("killed(SIGKILL)").
  std::string Reap();
  // Lets it exit with `code`; not waited for.
  void Exit(int code);

 private:
  static constexpr size_t kRoom = 160;
  using Invoker = long (*)(void*);

  template <typename Act>
  static long Invoke(void* act) {
    if constexpr (std::is_void_v<decltype((*static_cast<Act*>(act))())>) {
      (*static_cast<Act*>(act))();
      return 0;
    } else {
      return static_cast<long>((*static_cast<Act*>(act))());
    }
  }

  Actor() = default;
  void SendAct(Invoker invoker, const unsigned char* bytes, int descriptor = -1);
  bool Greeting();
  static long ForkHere(int socket, unsigned long flags, int exit_signal);
  [[noreturn]] static void Play(int socket);
  // One answer or greeting. False at the end of the actor.
  bool Receive(long* value, pid_t* sender);

  FileDescriptor socket_;
  pid_t pid_ = -1;
  pid_t own_pid_ = -1;
  int error_ = 0;
  FileDescriptor pidfd_;

  friend struct ActorMessage;
};

}  // namespace foster

#endif  // FOSTER_TESTS_UTIL_ACTOR_H_
