// SPDX-License-Identifier: Apache-2.0
#include "os/small_format.h"

#include <limits.h>

#include <string>

#include "gtest/gtest.h"

namespace foster {
namespace {

std::string Format(size_t room, int* length, const char* format, ...) {
  std::string text(room, 'x');
  va_list values;
  va_start(values, format);
  *length = SmallFormat(&text[0], room, format, values);
  va_end(values);
  return text.c_str();
}

TEST(SmallFormat, KnowsTextAndNumbers) {
  int length;
  EXPECT_EQ(Format(64, &length, "[%s : %d] RAW: ", "file.cc", 42), "[file.cc : 42] RAW: ");
  EXPECT_EQ(length, 20);
  EXPECT_EQ(Format(64, &length, "%d %d %d", 0, -7, INT_MIN), "0 -7 -2147483648");
}

TEST(SmallFormat, CopiesWhatItDoesNotKnow) {
  int length;
  EXPECT_EQ(Format(64, &length, "100%% %x"), "100%% %x");
}

TEST(SmallFormat, NeverWritesMoreThanThereIsRoomForAndTellsHowMuchItWouldHaveBeen) {
  int length;
  EXPECT_EQ(Format(4, &length, "%s", "too long"), "too");
  EXPECT_EQ(length, 8);
  EXPECT_EQ(Format(1, &length, "%d", 123), "");
  EXPECT_EQ(length, 3);
}

}  // namespace
}  // namespace foster
