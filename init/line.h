// SPDX-License-Identifier: Apache-2.0
// Text in fixed memory: numbers, and lines that are joined of pieces. Pure; allocates nothing.
#ifndef FOSTER_INIT_LINE_H_
#define FOSTER_INIT_LINE_H_

#include <stddef.h>
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
  // Once, at the end; there is always room for it. Control characters become question marks: what a user gave as a value must make no second line, and
  // tell no terminal what to do.
  void EndLine();
  absl::string_view text() const { return {text_, size_}; }

 private:
  char text_[512];
  size_t size_ = 0;
};

}  // namespace foster

#endif  // FOSTER_INIT_LINE_H_
