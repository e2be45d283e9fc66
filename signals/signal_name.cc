// SPDX-License-Identifier: Apache-2.0
#include "signals/signal_name.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace foster {
namespace {

// Arrays of characters, not of pointers: no relocation, and one page for all of them. The numbers are those of x86, ARM,
// RISC-V and most others (signal(7)); MIPS, SPARC and Alpha differ.
constexpr char kNames[65][9] = {
    "",         "HUP",      "INT",      "QUIT",     "ILL",      "TRAP",     "ABRT",
    "BUS",      "FPE",      "KILL",     "USR1",     "SEGV",     "USR2",     "PIPE",
    "ALRM",     "TERM",     "STKFLT",   "CHLD",     "CONT",     "STOP",     "TSTP",
    "TTIN",     "TTOU",     "URG",      "XCPU",     "XFSZ",     "VTALRM",   "PROF",
    "WINCH",    "IO",       "PWR",      "SYS",      "32",       "33",       "RTMIN",
    "RTMIN+1",  "RTMIN+2",  "RTMIN+3",  "RTMIN+4",  "RTMIN+5",  "RTMIN+6",  "RTMIN+7",
    "RTMIN+8",  "RTMIN+9",  "RTMIN+10", "RTMIN+11", "RTMIN+12", "RTMIN+13", "RTMIN+14",
    "RTMIN+15", "RTMAX-14", "RTMAX-13", "RTMAX-12", "RTMAX-11", "RTMAX-10", "RTMAX-9",
    "RTMAX-8",  "RTMAX-7",  "RTMAX-6",  "RTMAX-5",  "RTMAX-4",  "RTMAX-3",  "RTMAX-2",
    "RTMAX-1",  "RTMAX"};

// A decimal number of at most four digits, or -1.
int SmallNumber(absl::string_view text) {
  if (text.empty() || text.size() > 4) return -1;
  int value = 0;
  for (char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

int Alias(absl::string_view name) {
  if (absl::EqualsIgnoreCase(name, "IOT")) return 6;
  if (absl::EqualsIgnoreCase(name, "CLD")) return 17;
  if (absl::EqualsIgnoreCase(name, "POLL")) return 29;
  return 0;
}

// "RTMIN+n" or "RTMAX-n" for any n in range (the table has each number under one name only), else 0.
int RealTime(absl::string_view name) {
  if (name.size() < 7) return 0;
  const bool from_min = absl::StartsWithIgnoreCase(name, "RTMIN+");
  if (!from_min && !absl::StartsWithIgnoreCase(name, "RTMAX-")) return 0;
  const int offset = SmallNumber(name.substr(6));
  if (offset < 0 || offset > kRealTimeMax - kRealTimeMin) return 0;
  return from_min ? kRealTimeMin + offset : kRealTimeMax - offset;
}

}  // namespace

int SignalFromName(absl::string_view name) {
  const int number = SmallNumber(name);
  if (number >= 0) return number <= kRealTimeMax ? number : 0;
  if (absl::StartsWithIgnoreCase(name, "SIG")) name.remove_prefix(3);
  for (int signo = 1; signo <= kRealTimeMax; ++signo) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(kNames[signo][0])) &&
        absl::EqualsIgnoreCase(name, kNames[signo])) {
      return signo;
    }
  }
  const int alias = Alias(name);
  return alias != 0 ? alias : RealTime(name);
}

absl::string_view SignalName(int signo) {
  if (signo < 1 || signo > kRealTimeMax) return "?";
  return kNames[signo];
}

}  // namespace foster
