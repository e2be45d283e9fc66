// SPDX-License-Identifier: Apache-2.0
// Signals as words, and rules that rewrite them. Each line is a name and a rule.
#include <signal.h>

#include "signals/signal_map.h"
#include "signals/signal_name.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace foster;
  absl::string_view rest(reinterpret_cast<const char*>(data), size);
  SignalMap map;
  while (!rest.empty()) {
    const Exact line(TakeUntil('\n', &rest));
    const int signo = SignalFromName(line.text());
    MUST(signo >= 0 && signo <= kRealTimeMax);
    if (signo != 0) MUST(SignalFromName(SignalName(signo)) == signo);
    const bool added = map.Add(line.text()).ok();
    for (int from = 1; from <= kRealTimeMax; ++from) {
      const int to = map.Apply(from);
      MUST(to >= 0 && to <= kRealTimeMax);
      if (!map.Changes(from)) MUST(to == from);
    }
    MUST(!map.Changes(SIGKILL) && !map.Changes(SIGSTOP) && !map.Changes(SIGCHLD));
    if (added) {
      const absl::string_view text = line.text();
      const int from = SignalFromName(text.substr(0, text.find(':')));
      MUST(from != 0 && map.Changes(from));
    }
  }
  return 0;
}
