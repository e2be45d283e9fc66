// SPDX-License-Identifier: Apache-2.0
// A program on a pseudo-terminal, and whoever sits at it: types, reads, changes the window's size, hangs up.
#ifndef FOSTER_TESTS_UTIL_ON_TERMINAL_H_
#define FOSTER_TESTS_UTIL_ON_TERMINAL_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace foster {

// A program on a pseudo-terminal of its own, whose session it leads. Killed at the end.
class OnTerminal {
 public:
  explicit OnTerminal(const std::vector<std::string>& words);
  ~OnTerminal();
  OnTerminal(const OnTerminal&) = delete;
  OnTerminal& operator=(const OnTerminal&) = delete;

  void HangUp();
  void Type(const std::string& text) const;
  void SetSize(unsigned short rows, unsigned short columns) const;
  // Reads until `text` has been shown, behind what was read before. What was shown up to and with it; fails the test after half a minute.
  std::string Await(const std::string& text);
  pid_t Foreground() const;
  // Waits until `group` is the foreground one, or no longer. (A shell says what it resumes before it hands the terminal over.)
  void AwaitForeground(pid_t group, bool is) const;
  pid_t pid() const { return pid_; }
  // How the program ended, as FosterProcess::Wait says it.
  int Wait();

 private:
  int master_ = -1;
  pid_t pid_ = -1;
  std::string shown_;
};

}  // namespace foster

#endif  // FOSTER_TESTS_UTIL_ON_TERMINAL_H_
