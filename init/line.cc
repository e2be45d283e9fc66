// SPDX-License-Identifier: Apache-2.0
#include "init/line.h"

#include <string.h>

#include <algorithm>

namespace foster {

Decimal::Decimal(int64_t value) : start_(sizeof text_) {
  const bool negative = value < 0;
  uint64_t rest = negative ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  do {
    text_[--start_] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  if (negative) text_[--start_] = '-';
}

Line& Line::Add(absl::string_view piece) {
  const size_t taken = std::min(piece.size(), sizeof text_ - 1 - size_);  // room for the end of line
  memcpy(text_ + size_, piece.data(), taken);
  size_ += taken;
  return *this;
}

void Line::EndLine() {
  for (char* c = text_; c != text_ + size_; ++c) {
    if (static_cast<unsigned char>(*c) < ' ' || *c == 0x7f) *c = '?';
  }
  text_[size_++] = '\n';
}

Line& Line::Add(std::initializer_list<absl::string_view> pieces) {
  for (absl::string_view piece : pieces) Add(piece);
  return *this;
}

}  // namespace foster
