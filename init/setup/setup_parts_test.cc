// SPDX-License-Identifier: Apache-2.0
// The pure halves of limits and environment: what is read from the command line, what is refused, what is built.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "init/setup/environment.h"
#include "init/setup/limits.h"

namespace foster {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Build(const EnvironmentSpec& spec, std::vector<const char*> base, const std::vector<std::string>& additions = {}) {
  base.push_back(nullptr);
  const std::vector<const char*> built = BuildEnvironment(spec, const_cast<char* const*>(base.data()), additions);
  EXPECT_EQ(built.back(), nullptr);
  return {built.begin(), built.end() - 1};
}

TEST(Environment, IsTheCallersWhereNothingIsSaid) { EXPECT_THAT(Build({}, {"A=1", "B=2"}), ElementsAre("A=1", "B=2")); }

TEST(Environment, LaterOnesTakeThePlaceOfEarlierOnes) {
  EnvironmentSpec spec;
  ASSERT_TRUE(AddVariable("A=2", &spec).ok());
  ASSERT_TRUE(AddVariable("A=3=4", &spec).ok());
  EXPECT_THAT(Build(spec, {"A=1", "AB=1"}), ElementsAre("AB=1", "A=3=4"));
}

TEST(Environment, UnsetTakesAwayWhatTheCallerHadAndNotWhatIsSet) {
  EnvironmentSpec spec;
  ASSERT_TRUE(AddUnset("A", &spec).ok());
  ASSERT_TRUE(AddUnset("C", &spec).ok());
  ASSERT_TRUE(AddVariable("C=new", &spec).ok());
  EXPECT_THAT(Build(spec, {"A=1", "B=2", "C=3"}), ElementsAre("B=2", "C=new"));
}

TEST(Environment, ClearedKeepsOnlyWhatIsNamed) {
  EnvironmentSpec spec;
  spec.clear = true;
  ASSERT_TRUE(AddVariable("PATH", &spec).ok());
  ASSERT_TRUE(AddVariable("MISSING", &spec).ok());
  EXPECT_THAT(Build(spec, {"A=1", "PATH=/bin"}), ElementsAre("PATH=/bin"));
}

TEST(Environment, TheUsersVariablesGiveWayToWhatIsSet) {
  EnvironmentSpec spec;
  ASSERT_TRUE(AddVariable("HOME=/mine", &spec).ok());
  EXPECT_THAT(Build(spec, {"HOME=/root", "USER=root"}, {"HOME=/home/web", "USER"}), ElementsAre("HOME=/mine"));
}

TEST(Environment, NamesAreNeeded) {
  EnvironmentSpec spec;
  EXPECT_FALSE(AddVariable("=x", &spec).ok());
  EXPECT_FALSE(AddVariable("", &spec).ok());
  EXPECT_FALSE(AddUnset("A=1", &spec).ok());
  EXPECT_FALSE(AddUnset("", &spec).ok());
}

ResourceLimit Parsed(const char* text) {
  LimitsSpec spec;
  EXPECT_TRUE(AddResourceLimit(text, &spec).ok()) << text;
  return spec.resources.empty() ? ResourceLimit() : spec.resources[0];
}

TEST(Limits, OneValueIsBothLimits) {
  EXPECT_EQ(Parsed("nofile=100").limit.rlim_cur, 100u);
  EXPECT_EQ(Parsed("nofile=100").limit.rlim_max, 100u);
  EXPECT_EQ(Parsed("RLIMIT_core=1:2").limit.rlim_max, 2u);
  EXPECT_TRUE(Parsed("core=0:").keep_hard);
  EXPECT_EQ(Parsed("as=2G:unlimited").limit.rlim_cur, rlim_t{2} << 30);
  EXPECT_EQ(Parsed("as=2G:unlimited").limit.rlim_max, RLIM_INFINITY);
  EXPECT_EQ(Parsed("memlock=64k").limit.rlim_cur, 65536u);
}

TEST(Limits, WhatIsNoLimitIsRefused) {
  LimitsSpec spec;
  for (const char* bad : {"files=1", "nofile", "nofile=", "nofile=x", "nofile=-1", "nofile=5:4", "nofile=1:2:3", "as=99999999999T", "=1", "as=K"}) {
    EXPECT_FALSE(AddResourceLimit(bad, &spec).ok()) << bad;
  }
  EXPECT_TRUE(spec.resources.empty());
}

TEST(Limits, NumbersHaveTheirRange) {
  LimitsSpec spec;
  EXPECT_TRUE(SetUmask("0077", &spec).ok());
  EXPECT_EQ(spec.umask, 077);
  for (const char* bad : {"", "8", "1000", "-1", "rwx"}) EXPECT_FALSE(SetUmask(bad, &spec).ok()) << bad;
  EXPECT_TRUE(SetNice("-20", &spec).ok());
  EXPECT_EQ(spec.nice, -20);
  for (const char* bad : {"", "20", "-21", "x"}) EXPECT_FALSE(SetNice(bad, &spec).ok()) << bad;
  EXPECT_TRUE(SetOomScoreAdj("-1000", &spec).ok());
  for (const char* bad : {"", "1001", "x"}) EXPECT_FALSE(SetOomScoreAdj(bad, &spec).ok()) << bad;
}

}  // namespace
}  // namespace foster
