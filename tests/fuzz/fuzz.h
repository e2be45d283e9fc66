// SPDX-License-Identifier: Apache-2.0
// What the fuzz targets share. A target is a function from bytes to nothing that ends the program where something is not as it must be.
#ifndef FOSTER_TESTS_FUZZ_FUZZ_H_
#define FOSTER_TESTS_FUZZ_FUZZ_H_

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

// A fact that holds whatever the input is. libFuzzer keeps the input that ends the program.
#define MUST(condition)                                                            \
  do {                                                                             \
    if (!(condition)) {                                                            \
      fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      abort();                                                                     \
    }                                                                              \
  } while (false)

namespace foster {

// Text in memory of its own and of exactly its size, so that a look beyond its end is seen.
class Exact {
 public:
  explicit Exact(absl::string_view text) : size_(text.size()), bytes_(new char[text.size()]) {
    if (size_ != 0) memcpy(bytes_.get(), text.data(), size_);
  }
  absl::string_view text() const { return {bytes_.get(), size_}; }

 private:
  size_t size_;
  std::unique_ptr<char[]> bytes_;
};

// The same, ended by a null, as words of a command line are.
inline std::unique_ptr<char[]> ExactWord(absl::string_view text) {
  std::unique_ptr<char[]> word(new char[text.size() + 1]);
  if (!text.empty()) memcpy(word.get(), text.data(), text.size());
  word[text.size()] = '\0';
  return word;
}

// Cuts off the text before the next `end`; what is behind the last one is empty.
inline absl::string_view TakeUntil(char end, absl::string_view* rest) {
  const size_t at = rest->find(end);
  const absl::string_view piece = rest->substr(0, at);
  rest->remove_prefix(at == absl::string_view::npos ? rest->size() : at + 1);
  return piece;
}

// Whether `text` lies within `whole`, or is empty.
inline bool PointsInto(absl::string_view text, absl::string_view whole) {
  return text.empty() || (text.data() >= whole.data() && text.data() + text.size() <= whole.data() + whole.size());
}

}  // namespace foster

#endif  // FOSTER_TESTS_FUZZ_FUZZ_H_
