// SPDX-License-Identifier: Apache-2.0
#include "tests/util/on_terminal.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gtest/gtest.h"

namespace foster {

OnTerminal::OnTerminal(const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_ = forkpty(&master_, nullptr, nullptr, nullptr);
  if (pid_ == 0) {
    execv(argv[0], argv.data());
    _exit(124);
  }
  EXPECT_GT(pid_, 0);
}

OnTerminal::~OnTerminal() {
  HangUp();
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
}

void OnTerminal::HangUp() {
  if (master_ >= 0) close(master_);
  master_ = -1;
}

void OnTerminal::Type(const std::string& text) const { EXPECT_EQ(write(master_, text.data(), text.size()), static_cast<ssize_t>(text.size())); }

void OnTerminal::SetSize(unsigned short rows, unsigned short columns) const {
  const struct winsize size = {rows, columns, 0, 0};
  EXPECT_EQ(ioctl(master_, TIOCSWINSZ, &size), 0);
}

std::string OnTerminal::Await(const std::string& text) {
  size_t at;
  while ((at = shown_.find(text)) == std::string::npos) {
    struct pollfd one = {master_, POLLIN, 0};
    char chunk[1024];
    const ssize_t got = poll(&one, 1, 30000) == 1 ? read(master_, chunk, sizeof chunk) : -1;
    if (got <= 0) {
      ADD_FAILURE() << "\"" << text << "\" was not shown; shown: " << shown_;
      return "";
    }
    shown_.append(chunk, static_cast<size_t>(got));
  }
  const std::string until = shown_.substr(0, at + text.size());
  shown_.erase(0, at + text.size());
  return until;
}

pid_t OnTerminal::Foreground() const { return tcgetpgrp(master_); }

void OnTerminal::AwaitForeground(pid_t group, bool is) const {
  for (int i = 0; i < 3000 && (Foreground() == group) != is; ++i) usleep(10000);
  EXPECT_EQ(Foreground() == group, is);
}

int OnTerminal::Wait() {
  int word = 0;
  EXPECT_EQ(waitpid(pid_, &word, 0), pid_);
  pid_ = -1;
  return WIFEXITED(word) ? WEXITSTATUS(word) : -WTERMSIG(word);
}

}  // namespace foster
