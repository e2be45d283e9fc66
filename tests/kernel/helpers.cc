// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/helpers.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <string>

#include "tests/util/sys.h"

namespace foster {
namespace {

// /proc/self/exe is right in every PID namespace whose processes have numbers in the one that /proc was mounted for.
long Exec(const char* helper, const std::string& first, const std::string& second) {
  const char* argv[] = {"kernel_suite", "--helper", helper, first.c_str(), second.c_str(), nullptr};
  const char* environment[] = {nullptr};
  return Sys(SYS_execve, "/proc/self/exe", argv, environment);
}

int Answer(int ask, int said) {
  char byte = 0;
  for (;;) {
    if (::write(said, &byte, 1) != 1) return 1;
    struct pollfd asked = {ask, POLLIN, 0};
    while (::read(ask, &byte, 1) != 1) ::poll(&asked, 1, -1);
  }
}

}  // namespace

long ExecAnswerer(const Gate& ask, const Gate& said) {
  // dup(2) clears close-on-exec.
  return Exec("answer", std::to_string(::dup(ask.read_end())), std::to_string(::dup(said.write_end())));
}

long ExecExit(int code) { return Exec("exit", std::to_string(code), ""); }

int BeHelper(int argc, char** argv) {
  if (argc == 3 && strcmp(argv[0], "answer") == 0) return Answer(atoi(argv[1]), atoi(argv[2]));
  if (argc == 3 && strcmp(argv[0], "exit") == 0) return atoi(argv[1]);
  return 125;
}

}  // namespace foster
