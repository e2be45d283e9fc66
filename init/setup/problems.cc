// SPDX-License-Identifier: Apache-2.0
#include "init/setup/problems.h"

#include <string.h>

namespace foster {

void Problems::Add(Pieces pieces) {
  for (absl::string_view piece : pieces) lines_.append(piece.data(), piece.size());
  lines_.push_back('\n');
}

void Problems::Add(int error, Pieces what, absl::string_view object, absl::string_view hint) {
  Add(what);
  lines_.pop_back();
  const bool hinted = !hint.empty();
  Add({" \"", object, "\": ", strerror(error), hinted ? " (" : "", hint, hinted ? ")" : ""});
}

}  // namespace foster
