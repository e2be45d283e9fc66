// SPDX-License-Identifier: Apache-2.0
#include "init/exit_set.h"

#include "gtest/gtest.h"

namespace foster {
namespace {

TEST(ExitSet, IsEmptyAtFirst) {
  const ExitSet set;
  for (int code = 0; code <= 255; ++code) {
    EXPECT_FALSE(set.Has(code));
    EXPECT_EQ(set.Mapped(code), code);
  }
}

TEST(ExitSet, TakesNumbersAndSignals) {
  ExitSet set;
  ASSERT_TRUE(set.Add("143,INT").ok());
  ASSERT_TRUE(set.Add("3").ok());
  for (int code = 0; code <= 255; ++code) {
    EXPECT_EQ(set.Has(code), code == 143 || code == 130 || code == 3) << code;
  }
  EXPECT_EQ(set.Mapped(143), 0);
  EXPECT_EQ(set.Mapped(1), 1);
}

TEST(ExitSet, RefusesWhatIsNoStatus) {
  for (const char* bad : {"", "256", "-1", "1,", ",1", "1x", "WHAT", "99999999999999999999"}) {
    ExitSet set;
    EXPECT_FALSE(set.Add(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace foster
