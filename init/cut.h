// SPDX-License-Identifier: Apache-2.0
// Taking a text apart, piece by piece: what the readers of the system's tables (passwd, mountinfo) have in common. Pure.
#ifndef FOSTER_INIT_CUT_H_
#define FOSTER_INIT_CUT_H_

#include <algorithm>

#include "absl/strings/string_view.h"

namespace foster {

// Cuts the next piece, which ends at `end`, off `rest`; what is behind the last one is empty.
__attribute__((noinline)) inline absl::string_view Cut(absl::string_view* rest, char end) {
  const absl::string_view piece = rest->substr(0, rest->find(end));
  rest->remove_prefix(std::min(piece.size() + 1, rest->size()));
  return piece;
}

}  // namespace foster

#endif  // FOSTER_INIT_CUT_H_
