// SPDX-License-Identifier: Apache-2.0
#include "init/setup/user_database.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace foster {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kPasswd[] =
    "root:x:0:0:root:/root:/bin/bash\n"
    "# a remark:x:7:7::/:\n"
    "\n"
    "broken:x:one:1::/:\n"
    "web:x:33:34:Web Server:/var/www:/usr/sbin/nologin\n"
    "other:x:33:99::/other:/bin/sh\n"
    "short:x:5:6\n"
    "last:x:70:71::/last:/bin/sh";

constexpr char kGroup[] =
    "root:x:0:\n"
    "web:x:34:\n"
    "adm:x:4:syslog,web\n"
    "bad:x:-1:web\n"
    "adm2:x:4:web\n"
    "video:x:44:webmaster, web ,last";

TEST(UserDatabase, UsersAreFoundByNameAndByNumber) {
  UserEntry entry;
  ASSERT_TRUE(FindUser(kPasswd, "web", &entry));
  EXPECT_EQ(entry.uid, 33u);
  EXPECT_EQ(entry.gid, 34u);
  EXPECT_EQ(entry.home, "/var/www");
  ASSERT_TRUE(FindUser(kPasswd, uid_t{33}, &entry));
  EXPECT_EQ(entry.name, "web") << "the first of a number counts";
  ASSERT_TRUE(FindUser(kPasswd, "last", &entry)) << "a last line without its end";
  EXPECT_EQ(entry.home, "/last");
  ASSERT_TRUE(FindUser(kPasswd, "short", &entry));
  EXPECT_EQ(entry.home, "");
}

TEST(UserDatabase, WhatIsNoEntryIsPassedOver) {
  UserEntry entry;
  EXPECT_FALSE(FindUser(kPasswd, "broken", &entry));
  EXPECT_FALSE(FindUser(kPasswd, "# a remark", &entry));
  EXPECT_FALSE(FindUser(kPasswd, "", &entry));
  EXPECT_FALSE(FindUser("", "root", &entry));
}

TEST(UserDatabase, GroupsOfAUserAreThoseThatNameHim) {
  std::vector<gid_t> groups;
  AddGroupsOf(kGroup, "web", &groups);
  EXPECT_THAT(groups, ElementsAre(4, 44));
  groups.clear();
  AddGroupsOf(kGroup, "webmast", &groups);
  EXPECT_THAT(groups, IsEmpty()) << "a part of a name is not the name";
  gid_t gid;
  EXPECT_TRUE(FindGroup(kGroup, "video", &gid));
  EXPECT_EQ(gid, 44u);
  EXPECT_FALSE(FindGroup(kGroup, "bad", &gid));
}

TEST(UserDatabase, IdsAreWholeNumbersBelowTheLast) {
  uint32_t id;
  EXPECT_TRUE(ParseId("0", &id));
  EXPECT_TRUE(ParseId("4294967294", &id));
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "4294967295", "4294967296", "0x10", "1a"}) EXPECT_FALSE(ParseId(bad, &id)) << bad;
}

}  // namespace
}  // namespace foster
