// SPDX-License-Identifier: Apache-2.0
// --explain: what would be done here, in words, and what this machine's kernel will do about it. Makes nothing and needs no privilege.
#ifndef FOSTER_INIT_EXPLAIN_H_
#define FOSTER_INIT_EXPLAIN_H_

#include <string>

#include "init/options.h"
#include "init/setup_check.h"
#include "signals/signal_state.h"

namespace foster {

struct Explanation {
  std::string text;
  bool would_work = true;  // as far as can be known without trying
};

// `facts` and the looks at /proc are of now; `signals` is what foster was started with.
Explanation Explain(const Options& options, const Facts& facts, const InheritedSignals& signals);

}  // namespace foster

#endif  // FOSTER_INIT_EXPLAIN_H_
