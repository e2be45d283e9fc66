// SPDX-License-Identifier: Apache-2.0
// What was found to be impossible before anything is made: one line each.
#ifndef FOSTER_INIT_SETUP_PROBLEMS_H_
#define FOSTER_INIT_SETUP_PROBLEMS_H_

#include <initializer_list>
#include <string>

#include "absl/strings/string_view.h"

namespace foster {

class Problems {
 public:
  using Pieces = std::initializer_list<absl::string_view>;

  // One line of these pieces.
  void Add(Pieces pieces);
  // `WHAT "OBJECT": REASON` or, with a hint, `WHAT "OBJECT": REASON (HINT)`, as StatusFromErrno has it.
  void Add(int error, Pieces what, absl::string_view object, absl::string_view hint = "");

  bool none() const { return lines_.empty(); }
  const std::string& lines() const { return lines_; }  // each with its end of line

 private:
  std::string lines_;
};

}  // namespace foster

#endif  // FOSTER_INIT_SETUP_PROBLEMS_H_
