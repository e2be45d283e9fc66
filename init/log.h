// SPDX-License-Identifier: Apache-2.0
// foster's words on stderr: one line each, built on the stack, written at once or not at all.
#ifndef FOSTER_INIT_LOG_H_
#define FOSTER_INIT_LOG_H_

#include <stdint.h>

#include <initializer_list>

#include "absl/strings/string_view.h"
#include "init/line.h"

namespace foster {

// Errors are said unless --quiet; what foster does is said at -v, each signal and death at -vv.
enum class Verbosity : int8_t { kQuiet = -1, kNormal = 0, kVerbose = 1, kDebug = 2 };

class Log {
 public:
  Log() = default;
  explicit Log(Verbosity verbosity, bool json = false) : verbosity_(verbosity), json_(json) {}

  bool Says(Verbosity level) const { return level <= verbosity_; }

  // `foster: PIECES\n`, or {"event":"log",…} with PIECES as its message, if this log says lines of that level. A reader that is slow or gone costs the line, never foster's time.
  void Say(Verbosity level, std::initializer_list<absl::string_view> pieces) const;

 private:
  Verbosity verbosity_ = Verbosity::kNormal;
  bool json_ = false;
};

}  // namespace foster

#endif  // FOSTER_INIT_LOG_H_
