// SPDX-License-Identifier: Apache-2.0
// Signal numbers and what people call them. Pure.
#ifndef FOSTER_SIGNALS_SIGNAL_NAME_H_
#define FOSTER_SIGNALS_SIGNAL_NAME_H_

#include "absl/strings/string_view.h"

namespace foster {

// Real-time signals as glibc's users, and so all of Linux's user space but musl's, count them: RTMIN is 34 although the kernel's
// first is 32 and musl's SIGRTMIN is 35.
inline constexpr int kRealTimeMin = 34;
inline constexpr int kRealTimeMax = 64;

// "TERM", "SIGTERM", "term", "15", "RTMIN", "RTMIN+3", "RTMAX-1" (with or without SIG, in either case) to 1..64, or 0 for what
// is none of these. Aliases: IOT, CLD, POLL.
int SignalFromName(absl::string_view name);

// The short name, without SIG: "TERM", "RTMIN+3". Stands in static memory. 32 and 33 have no name and are "32" and "33";
// anything outside of 1..64 is "?".
absl::string_view SignalName(int signo);

}  // namespace foster

#endif  // FOSTER_SIGNALS_SIGNAL_NAME_H_
