// SPDX-License-Identifier: Apache-2.0
// foster's words on stderr: one line each, built on the stack, written at once or not at all.
#ifndef FOSTER_INIT_LOG_H_
#define FOSTER_INIT_LOG_H_

#include <stdint.h>

#include <initializer_list>

#include "absl/strings/string_view.h"

namespace foster {

// A number as text in its own memory, to stand among the pieces of a line. Allocates nothing.
class Decimal {
 public:
  explicit Decimal(int64_t value);
  operator absl::string_view() const { return {text_ + start_, sizeof text_ - start_}; }  // NOLINT

 private:
  char text_[20];
  size_t start_;
};

// Joins pieces in fixed memory, cutting off what is too long. Allocates nothing.
class Line {
 public:
  Line& Add(absl::string_view piece);
  Line& Add(std::initializer_list<absl::string_view> pieces);
  // Once, at the end; there is always room for it.
  void EndLine();
  absl::string_view text() const { return {text_, size_}; }

 private:
  char text_[512];
  size_t size_ = 0;
};

// Errors are said unless --quiet; what foster does is said at -v, each signal and death at -vv.
enum class Verbosity : int8_t { kQuiet = -1, kNormal = 0, kVerbose = 1, kDebug = 2 };

class Log {
 public:
  Log() = default;
  explicit Log(Verbosity verbosity) : verbosity_(verbosity) {}

  bool Says(Verbosity level) const { return level <= verbosity_; }

  // `foster: PIECES\n`, if this log says lines of that level. A reader that is slow or gone costs the line, never foster's time.
  void Say(Verbosity level, std::initializer_list<absl::string_view> pieces) const;

 private:
  Verbosity verbosity_ = Verbosity::kNormal;
};

}  // namespace foster

#endif  // FOSTER_INIT_LOG_H_
