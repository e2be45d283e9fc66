// SPDX-License-Identifier: Apache-2.0
// One line of JSON in fixed memory, valid whatever it is given. Pure; allocates nothing.
#ifndef FOSTER_INIT_JSON_LINE_H_
#define FOSTER_INIT_JSON_LINE_H_

#include <stddef.h>
#include <stdint.h>

#include "absl/strings/string_view.h"

namespace foster {

// An object that is written member by member. What has no room any more is left out (a text is cut), and the line then has "cut":true.
// Bytes that are not UTF-8 become U+FFFD. An empty key is for the elements of a list.
class JsonLine {
 public:
  // PIPE_BUF: a pipe takes a line of that size whole or not at all.
  static constexpr size_t kRoom = 4096;

  JsonLine();

  JsonLine& Text(absl::string_view key, absl::string_view value);
  JsonLine& Number(absl::string_view key, int64_t value);
  // Microseconds as seconds with six decimals.
  JsonLine& Seconds(absl::string_view key, int64_t microseconds);
  JsonLine& Bool(absl::string_view key, bool value);
  JsonLine& Null(absl::string_view key);
  JsonLine& OpenObject(absl::string_view key);
  JsonLine& OpenList(absl::string_view key);
  JsonLine& Close();

  // The whole line, with its end; "lost" is added where it is not 0. May be called again; it changes nothing.
  absl::string_view Whole(unsigned lost);

 private:
  static constexpr int kDeepest = 4;

  size_t Left() const;
  bool Key(absl::string_view key, size_t value_size);
  void Put(char c) { text_[size_++] = c; }
  void Put(absl::string_view piece);
  JsonLine& Raw(absl::string_view key, absl::string_view value);
  JsonLine& Open(absl::string_view key, char open, char close);

  char text_[kRoom];  // touched only as far as it is used
  size_t size_ = 0;
  char closing_[kDeepest];
  int depth_ = 0;
  int left_out_ = 0;  // how deep we are in what had no room
  bool cut_ = false;
};

}  // namespace foster

#endif  // FOSTER_INIT_JSON_LINE_H_
