// SPDX-License-Identifier: Apache-2.0
// Where foster's memory comes from: all of this test's comes from there too.
#include <stdint.h>
#include <string.h>

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace foster {
namespace {

// Sizes on both sides of all borders.
constexpr size_t kSizes[] = {0, 1, 15, 16, 17, 100, 1023, 1024, 1025, 4079, 4080, 4081, 100'000};

TEST(Memory, IsAlignedAndNobodyElses) {
  std::vector<std::unique_ptr<char[]>> pieces;
  for (int round = 0; round < 30; ++round) {  // more than there is of the small kind
    for (size_t size : kSizes) {
      pieces.emplace_back(new char[size]);
      EXPECT_EQ(reinterpret_cast<uintptr_t>(pieces.back().get()) % alignof(max_align_t), 0u);
      memset(pieces.back().get(), static_cast<int>(pieces.size() & 0xff), size);
    }
  }
  size_t at = 0;
  for (int round = 0; round < 30; ++round) {
    for (size_t size : kSizes) {
      const char* piece = pieces[at++].get();
      const std::string expected(size, static_cast<char>(at & 0xff));
      EXPECT_EQ(memcmp(piece, expected.data(), size), 0) << size;
    }
  }
}

TEST(Memory, OfNothingIsAPlaceOfItsOwn) {
  const std::unique_ptr<char[]> one(new char[0]);
  const std::unique_ptr<char[]> other(new char[0]);
  EXPECT_NE(one.get(), other.get());
}

TEST(Memory, OfWhatGrowsKeepsWhatWasThere) {
  std::string text;
  std::string more;
  for (int i = 0; i < 20'000; ++i) {
    text += static_cast<char>('a' + i % 26);
    if (i % 7 == 0) more += static_cast<char>('A' + i % 26);
  }
  for (int i = 0; i < 20'000; ++i) ASSERT_EQ(text[static_cast<size_t>(i)], 'a' + i % 26) << i;
  for (int i = 0; i < 20'000; i += 7) ASSERT_EQ(more[static_cast<size_t>(i / 7)], 'A' + i % 26) << i;
}

}  // namespace
}  // namespace foster
