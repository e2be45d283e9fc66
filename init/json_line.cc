// SPDX-License-Identifier: Apache-2.0
#include "init/json_line.h"

#include <string.h>

#include "init/line.h"

namespace foster {
namespace {

// For what Whole() adds: ,"lost":4294967295,"cut":true}\n
constexpr size_t kTail = 40;
constexpr absl::string_view kReplacement = "\xEF\xBF\xBD";

// How many bytes the well-formed character (RFC 3629) at the beginning of `text` has, or 0.
size_t CharacterSize(absl::string_view text) {
  const auto at = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  if (lead < 0x80) return 1;
  const size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return 0;
  for (size_t i = 1; i < size; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what lies beyond U+10FFFF.
  if (lead == 0xE0 && at(1) < 0xA0) return 0;
  if (lead == 0xED && at(1) > 0x9F) return 0;
  if (lead == 0xF0 && at(1) < 0x90) return 0;
  if (lead == 0xF4 && at(1) > 0x8F) return 0;
  return size;
}

}  // namespace

JsonLine::JsonLine() { Put('{'); }

void JsonLine::Put(absl::string_view piece) {
  memcpy(text_ + size_, piece.data(), piece.size());
  size_ += piece.size();
}

size_t JsonLine::Left() const {
  const size_t kept = kTail + static_cast<size_t>(depth_);
  return size_ + kept < kRoom ? kRoom - kept - size_ : 0;
}

// Writes the comma and the key, if there is room for them and for a value of that size. Keys are foster's own and need no escapes.
bool JsonLine::Key(absl::string_view key, size_t value_size) {
  if (left_out_ != 0 || Left() < key.size() + 4 + value_size) {
    cut_ = true;
    return false;
  }
  const char last = text_[size_ - 1];
  if (last != '{' && last != '[') Put(',');
  if (!key.empty()) {
    Put('"');
    Put(key);
    Put("\":");
  }
  return true;
}

JsonLine& JsonLine::Raw(absl::string_view key, absl::string_view value) {
  if (Key(key, value.size())) Put(value);
  return *this;
}

JsonLine& JsonLine::Number(absl::string_view key, int64_t value) { return Raw(key, Decimal(value)); }
JsonLine& JsonLine::Bool(absl::string_view key, bool value) { return Raw(key, value ? "true" : "false"); }
JsonLine& JsonLine::Null(absl::string_view key) { return Raw(key, "null"); }

JsonLine& JsonLine::Seconds(absl::string_view key, int64_t microseconds) {
  if (microseconds < 0) return Null(key);
  const Decimal whole(microseconds / 1000000);
  const Decimal fraction(1000000 + microseconds % 1000000);  // a leading one, so that the zeros behind the point are there
  const absl::string_view seconds = whole;
  if (!Key(key, seconds.size() + 7)) return *this;
  Put(seconds);
  Put('.');
  Put(absl::string_view(fraction).substr(1));
  return *this;
}

JsonLine& JsonLine::Text(absl::string_view key, absl::string_view value) {
  if (!Key(key, 2)) return *this;
  Put('"');
  while (!value.empty()) {
    const size_t size = CharacterSize(value);
    const unsigned char c = static_cast<unsigned char>(value[0]);
    char escaped[6] = {'\\', 'u', '0', '0', 0, 0};
    absl::string_view piece = size == 0 ? kReplacement : value.substr(0, size);
    if (c == '"' || c == '\\') {
      escaped[1] = static_cast<char>(c);
      piece = {escaped, 2};
    } else if (c < 0x20) {
      escaped[4] = static_cast<char>('0' + (c >> 4));
      escaped[5] = "0123456789abcdef"[c & 15];
      piece = {escaped, 6};
    }
    if (Left() < piece.size() + 1) {
      cut_ = true;
      break;
    }
    Put(piece);
    value.remove_prefix(size == 0 ? 1 : size);
  }
  Put('"');
  return *this;
}

JsonLine& JsonLine::Open(absl::string_view key, char open, char close) {
  if (depth_ == kDeepest || !Key(key, 2)) {
    cut_ = true;
    ++left_out_;
    return *this;
  }
  Put(open);
  closing_[depth_++] = close;
  return *this;
}

JsonLine& JsonLine::OpenObject(absl::string_view key) { return Open(key, '{', '}'); }
JsonLine& JsonLine::OpenList(absl::string_view key) { return Open(key, '[', ']'); }

JsonLine& JsonLine::Close() {
  if (left_out_ != 0) {
    --left_out_;
  } else if (depth_ != 0) {
    Put(closing_[--depth_]);
  }
  return *this;
}

absl::string_view JsonLine::Whole(unsigned lost) {
  const size_t size = size_;
  for (int i = depth_; i > 0; --i) Put(closing_[i - 1]);
  const auto add = [this](absl::string_view piece) {
    if (text_[size_ - 1] != '{') Put(',');
    Put(piece);
  };
  if (lost != 0) {
    add("\"lost\":");
    Put(Decimal(lost));
  }
  if (cut_) add("\"cut\":true");
  Put("}\n");
  const absl::string_view whole(text_, size_);
  size_ = size;
  return whole;
}

}  // namespace foster
