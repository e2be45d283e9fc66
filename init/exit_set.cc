// SPDX-License-Identifier: Apache-2.0
#include "init/exit_set.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "os/status_from_errno.h"
#include "signals/signal_name.h"

namespace foster {
namespace {

// -1 for what is neither a status nor a signal.
int StatusFromWord(absl::string_view word) {
  if (word.empty()) return -1;
  if (absl::ascii_isdigit(static_cast<unsigned char>(word[0]))) {
    int code = 0;
    for (char digit : word) {
      if (!absl::ascii_isdigit(static_cast<unsigned char>(digit))) return -1;
      code = code * 10 + (digit - '0');
      if (code > 255) return -1;
    }
    return code;
  }
  const int signo = SignalFromName(word);
  return signo == 0 ? -1 : 128 + signo;
}

}  // namespace

absl::Status ExitSet::Add(absl::string_view list) {
  for (;;) {
    const size_t comma = list.find(',');
    const absl::string_view word = list.substr(0, comma);
    const int code = StatusFromWord(word);
    if (code < 0) {
      return Refused(absl::StrCat("\"", word, "\""), "not an exit status (0 to 255, or a signal's name for 128 and its number)");
    }
    words_[code >> 6] |= uint64_t{1} << (code & 63);
    if (comma == absl::string_view::npos) return absl::OkStatus();
    list.remove_prefix(comma + 1);
  }
}

}  // namespace foster
