// SPDX-License-Identifier: Apache-2.0
// The verbs that say how a workload finds itself when it starts, and those that end at once.
#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "os/signal_calls.h"
#include "tests/workloads/speak.h"
#include "tests/workloads/verbs.h"

extern char** environ;

namespace foster {

int Exit(char** words) { return NumberOf(words[0]); }

int Die(char** words) {
  const int signo = NumberOf(words[0]);
  const struct rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  if (signo != SIGKILL && signo != SIGSTOP) SetDisposition(signo, Disposition::kDefault);
  kill(getpid(), signo);
  SetSignalMask(0);
  return 98;  // it does not kill
}

int TellSignals(char**) {
  const SignalSet blocked = SetSignalMask(kAllSignals);
  SetSignalMask(blocked);
  SignalSet ignored = 0;
  for (int signo = 1; signo <= kLastSignal; ++signo) {
    if (signo == SIGKILL || signo == SIGSTOP) continue;
    if (GetDisposition(signo) == Disposition::kIgnored) ignored |= SignalBit(signo);
  }
  SayLine("blocked=%016" PRIx64 " ignored=%016" PRIx64, blocked, ignored);
  return 0;
}

int TellIdentity(char**) {
  SayLine("pid=%d parent=%d group=%d session=%d foreground=%d", getpid(), getppid(), getpgrp(), getsid(0), tcgetpgrp(STDIN_FILENO));
  return 0;
}

int TellDescriptors(char**) {
  DIR* folder = opendir("/proc/self/fd");
  if (folder == nullptr) return 97;
  std::vector<int> numbers;
  while (const struct dirent* entry = readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    const int number = atoi(entry->d_name);
    if (number != dirfd(folder)) numbers.push_back(number);
  }
  closedir(folder);
  std::sort(numbers.begin(), numbers.end());
  std::string list;
  for (int number : numbers) list += (list.empty() ? "" : ",") + std::to_string(number);
  SayLine("open=%s", list.c_str());
  return 0;
}

int TellEnvironment(char**) {
  for (char** at = environ; *at != nullptr; ++at) SayLine("%s", *at);
  SayLine("(pid)=%d", getpid());
  return 0;
}

}  // namespace foster
