// SPDX-License-Identifier: Apache-2.0
#include "init/json_line.h"

#include <string>

#include "gtest/gtest.h"

namespace foster {
namespace {

// A small strict reader of JSON, for what these tests look at: true where all of `text` is one value.
class Reader {
 public:
  explicit Reader(absl::string_view text) : text_(text) {}
  bool IsOneValue() { return Value() && at_ == text_.size(); }

 private:
  bool Take(char c) {
    if (at_ < text_.size() && text_[at_] == c) return ++at_, true;
    return false;
  }
  bool Word(absl::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  bool String() {
    if (!Take('"')) return false;
    while (at_ < text_.size() && text_[at_] != '"') {
      const unsigned char c = static_cast<unsigned char>(text_[at_]);
      if (c < 0x20) return false;
      if (c == '\\') {
        ++at_;
        if (at_ >= text_.size()) return false;
        if (text_[at_] == 'u') at_ += 4;
      }
      ++at_;
    }
    return Take('"');
  }
  bool Number() {
    const size_t begin = at_;
    while (at_ < text_.size() && absl::string_view("-0123456789.").find(text_[at_]) != absl::string_view::npos) ++at_;
    return at_ > begin;
  }
  bool Members(char close, bool keys) {
    if (Take(close)) return true;
    do {
      if (keys && !(String() && Take(':'))) return false;
      if (!Value()) return false;
    } while (Take(','));
    return Take(close);
  }
  bool Value() {
    if (Take('{')) return Members('}', true);
    if (Take('[')) return Members(']', false);
    if (at_ < text_.size() && text_[at_] == '"') return String();
    return Word("true") || Word("false") || Word("null") || Number();
  }

  absl::string_view text_;
  size_t at_ = 0;
};

bool IsLine(absl::string_view line) {
  if (line.empty() || line.back() != '\n' || line.size() > JsonLine::kRoom) return false;
  line.remove_suffix(1);
  return line.find('\n') == absl::string_view::npos && Reader(line).IsOneValue();
}

TEST(JsonLine, WritesWhatItIsGiven) {
  JsonLine line;
  line.Text("event", "x").Number("n", -5).Bool("b", true).Null("z").Seconds("t", 12000034);
  line.OpenObject("o").Number("p", 1).Close().OpenList("l").Text("", "a").Number("", 2).Close();
  EXPECT_EQ(line.Whole(0), "{\"event\":\"x\",\"n\":-5,\"b\":true,\"z\":null,\"t\":12.000034,\"o\":{\"p\":1},\"l\":[\"a\",2]}\n");
  EXPECT_EQ(line.Whole(3), "{\"event\":\"x\",\"n\":-5,\"b\":true,\"z\":null,\"t\":12.000034,\"o\":{\"p\":1},\"l\":[\"a\",2],\"lost\":3}\n");
}

TEST(JsonLine, OfNothingIsAnObjectAsWell) {
  JsonLine line;
  EXPECT_EQ(line.Whole(0), "{}\n");
  EXPECT_EQ(line.Whole(3), "{\"lost\":3}\n");
}

TEST(JsonLine, EscapesWhatMustBe) {
  JsonLine line;
  line.Text("t", absl::string_view("a\"b\\c\nd\x01" "\0e\x7f", 11));
  EXPECT_EQ(line.Whole(0), "{\"t\":\"a\\\"b\\\\c\\u000ad\\u0001\\u0000e\x7f\"}\n");
}

TEST(JsonLine, KeepsWhatIsUtf8AndReplacesWhatIsNot) {
  const std::pair<absl::string_view, absl::string_view> rows[] = {
      {"h\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x90\xA3", "h\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x90\xA3"},
      {"\xFF", "\xEF\xBF\xBD"},
      {"\xC0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD"},                      // an overlong zero
      {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},      // a surrogate
      {"\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},  // beyond the last
      {"\xE2\x82", "\xEF\xBF\xBD\xEF\xBF\xBD"},                      // cut short
  };
  for (const auto& [given, written] : rows) {
    JsonLine line;
    line.Text("t", given);
    EXPECT_EQ(line.Whole(0), "{\"t\":\"" + std::string(written) + "\"}\n");
  }
}

TEST(JsonLine, IsValidWhateverBytesItIsGiven) {
  unsigned seed = 1;
  for (int round = 0; round < 20000; ++round) {
    std::string bytes;
    seed = seed * 1103515245 + 12345;
    for (unsigned size = seed >> 16 & 31; size != 0; --size) {
      seed = seed * 1103515245 + 12345;
      bytes += static_cast<char>(seed >> 16);
    }
    JsonLine line;
    line.Text("t", bytes);
    ASSERT_TRUE(IsLine(line.Whole(0))) << round;
  }
}

TEST(JsonLine, IsValidHoweverMuchItIsGiven) {
  for (size_t size = 0; size < 6000; size += 7) {
    for (char c : {'x', '\x02', '"'}) {
      JsonLine line;
      line.Text("event", "e").OpenList("l");
      for (int i = 0; i < 3; ++i) line.OpenObject("").Text("t", std::string(size, c)).Number("n", 123456789).Close();
      line.Close().Number("last", 1);
      ASSERT_TRUE(IsLine(line.Whole(0))) << size;
      ASSERT_TRUE(IsLine(line.Whole(~0U))) << size;
    }
  }
}

TEST(JsonLine, ClosesWhatWasLeftOpen) {
  JsonLine line;
  line.OpenObject("a").OpenList("b").Number("", 1);
  EXPECT_EQ(line.Whole(0), "{\"a\":{\"b\":[1]}}\n");
}

TEST(JsonLine, LeavesOutWhatIsTooDeep) {
  JsonLine line;
  for (int i = 0; i < 10; ++i) line.OpenObject("a");
  line.Number("n", 1);
  for (int i = 0; i < 10; ++i) line.Close();
  line.Number("m", 2);
  EXPECT_TRUE(IsLine(line.Whole(0))) << line.Whole(0);
  EXPECT_NE(line.Whole(0).find("\"m\":2"), absl::string_view::npos);
}

}  // namespace
}  // namespace foster
