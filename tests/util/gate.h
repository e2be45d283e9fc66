// SPDX-License-Identifier: Apache-2.0
// Two processes in step: one opens the gate, the other waits at it.
#ifndef FOSTER_TESTS_UTIL_GATE_H_
#define FOSTER_TESTS_UTIL_GATE_H_

namespace foster {

// A pipe that carries nothing but that something has happened. Made before the fork, used on both sides of it; each Open lets one Wait
// through, in whatever order they come. Copies share the pipe (trivially copyable); nobody closes it but the end of the processes.
class Gate {
 public:
  Gate();
  void Open() const;
  // Waits for an Open. After a minute, the last resort, the process ends with kWaitedInVain.
  void Wait() const;
  // Whether an Open was there, without waiting for one.
  bool TryWait() const;
  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }

 private:
  int ends_[2];
};

}  // namespace foster

#endif  // FOSTER_TESTS_UTIL_GATE_H_
