// SPDX-License-Identifier: Apache-2.0
// Exit statuses that count as success. Pure.
#ifndef FOSTER_INIT_EXIT_SET_H_
#define FOSTER_INIT_EXIT_SET_H_

#include <stdint.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace foster {

// Empty at first.
class ExitSet {
 public:
  // "143,130" or "TERM,INT": numbers 0 to 255, and signals for 128 and their number. Adds up.
  absl::Status Add(absl::string_view list);

  bool Has(int exit_code) const { return (words_[(exit_code & 255) >> 6] >> (exit_code & 63) & 1) != 0; }

  // 0 for what is in the set, the code itself for what is not.
  int Mapped(int exit_code) const { return Has(exit_code) ? 0 : exit_code; }

 private:
  uint64_t words_[4] = {};
};

}  // namespace foster

#endif  // FOSTER_INIT_EXIT_SET_H_
