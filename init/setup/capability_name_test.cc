// SPDX-License-Identifier: Apache-2.0
#include "init/setup/capability_name.h"

#include <linux/capability.h>

#include "gtest/gtest.h"

namespace foster {
namespace {

TEST(CapabilityName, NumbersAreTheKernels) {
  EXPECT_EQ(CapabilityName(CAP_CHOWN), "chown");
  EXPECT_EQ(CapabilityName(CAP_SYS_ADMIN), "sys_admin");
  EXPECT_EQ(CapabilityName(CAP_AUDIT_READ), "audit_read");
  EXPECT_EQ(CapabilityName(40), "checkpoint_restore");
  EXPECT_EQ(CapabilityName(41), "");
  EXPECT_EQ(CapabilityName(63), "");
}

TEST(CapabilityName, ListsTakeEverySpelling) {
  CapabilitySet set = 0;
  EXPECT_TRUE(AddCapabilities("net_raw,CAP_SYS_ADMIN,Cap_Kill,37", &set).ok());
  EXPECT_EQ(set, CapabilityBit(CAP_NET_RAW) | CapabilityBit(CAP_SYS_ADMIN) | CapabilityBit(CAP_KILL) | CapabilityBit(37));
  EXPECT_TRUE(AddCapabilities("ALL", &set).ok());
  EXPECT_EQ(set, kAllCapabilities);
}

TEST(CapabilityName, WhatIsNoneIsNamed) {
  CapabilitySet set = 0;
  EXPECT_NE(AddCapabilities("net_raw,flying", &set).message().find("\"flying\": no such capability"), std::string::npos);
  EXPECT_FALSE(AddCapabilities("64", &set).ok());
  EXPECT_FALSE(AddCapabilities("net_raw,,kill", &set).ok());
}

}  // namespace
}  // namespace foster
