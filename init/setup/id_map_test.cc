// SPDX-License-Identifier: Apache-2.0
#include "init/setup/id_map.h"

#include "gtest/gtest.h"

namespace foster {
namespace {

constexpr char kSubuid[] = "web:100000:65536\n1000:200000:1000\nbad:x:1\nweb:300000:10\nwebmaster:1:1";

TEST(IdMap, RangesAreThreeNumbers) {
  IdMapSpec spec;
  ASSERT_TRUE(AddIdRange("0:1000:1", &spec).ok());
  ASSERT_TRUE(AddIdRange("1:100000:65536", &spec).ok());
  EXPECT_EQ(IdMapText(spec.ranges), "0 1000 1\n1 100000 65536\n");
  for (const char* bad : {"", "0", "0:1", "0:1:0", "0:1:2:3", "a:b:c", "-1:0:1", "4294967290:0:10", "0:4294967290:10", "automatic"}) {
    EXPECT_FALSE(AddIdRange(bad, &spec).ok()) << bad;
  }
}

TEST(IdMap, RangesDoNotOverlapOnEitherSide) {
  IdMapSpec spec;
  ASSERT_TRUE(AddIdRange("0:1000:10", &spec).ok());
  EXPECT_FALSE(AddIdRange("9:5000:1", &spec).ok());
  EXPECT_FALSE(AddIdRange("10:1009:1", &spec).ok());
  EXPECT_TRUE(AddIdRange("10:1010:1", &spec).ok());
}

TEST(IdMap, SubordinateRangesAreTheCallersByNameOrNumber) {
  IdRange range;
  ASSERT_TRUE(FindSubordinate(kSubuid, "web", 33, &range));
  EXPECT_EQ(range.outside, 100000u);
  EXPECT_EQ(range.count, 65536u);
  ASSERT_TRUE(FindSubordinate(kSubuid, "", 1000, &range));
  EXPECT_EQ(range.outside, 200000u);
  EXPECT_FALSE(FindSubordinate(kSubuid, "bad", 5, &range));
  EXPECT_FALSE(FindSubordinate("", "web", 33, &range));
}

TEST(IdMap, AnOrdinaryUserMayMapHimselfAndWhatIsHis) {
  EXPECT_TRUE(SubordinatesAllow({{0, 33, 1}, {1, 100000, 65536}, {70000, 300000, 10}}, 33, kSubuid, "web", 33));
  EXPECT_FALSE(SubordinatesAllow({{0, 33, 2}}, 33, kSubuid, "web", 33));
  EXPECT_FALSE(SubordinatesAllow({{0, 100000, 65537}}, 33, kSubuid, "web", 33));
  EXPECT_FALSE(SubordinatesAllow({{0, 0, 1}}, 33, kSubuid, "web", 33));
}

TEST(IdMap, OnlyOneselfNeedsNobodysHelp) {
  EXPECT_TRUE(IsOwnOnly({{0, 33, 1}}, 33));
  EXPECT_FALSE(IsOwnOnly({{0, 33, 1}, {1, 34, 1}}, 33));
  EXPECT_FALSE(IsOwnOnly({{0, 34, 1}}, 33));
}

}  // namespace
}  // namespace foster
