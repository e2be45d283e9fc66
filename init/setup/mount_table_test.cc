// SPDX-License-Identifier: Apache-2.0
#include "init/setup/mount_table.h"

#include <sys/mount.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace foster {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kTable[] =
    "22 28 0:20 / /proc rw,nosuid,nodev,noexec,relatime shared:13 - proc proc rw\n"
    "30 22 0:20 /bus /proc/bus ro,relatime - proc proc rw\n"
    "31 22 0:40 / /proc/kcore rw - tmpfs tmpfs rw\n"
    "32 22 0:40 / /proc/keys rw - tmpfs tmpfs rw\n"
    "33 22 0:40 / /proc/scsi rw - tmpfs tmpfs rw\n"
    "40 28 8:1 /a\\040b /mnt/with\\040blank\\134 ro,noatime shared:1 master:2 - ext4 /dev/sda1 rw\n"
    "not a line\n";

TEST(MountTable, EntriesAreReadWithTheirEscapes) {
  const std::vector<MountEntry> entries = ReadMountTable(kTable);
  ASSERT_EQ(entries.size(), 6u);
  EXPECT_EQ(entries[0].point, "/proc");
  EXPECT_EQ(entries[0].type, "proc");
  EXPECT_EQ(entries[0].flags, static_cast<unsigned long>(MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME));
  EXPECT_EQ(entries[1].root, "/bus");
  EXPECT_EQ(entries[5].root, "/a b");
  EXPECT_EQ(entries[5].point, "/mnt/with blank\\");
  EXPECT_EQ(entries[5].flags, static_cast<unsigned long>(MS_RDONLY | MS_NOATIME));
}

TEST(MountTable, AMaskedProcIsToldByWhatMasksIt) {
  const std::string told = TellMasked(kTable, "proc");
  EXPECT_THAT(told, HasSubstr("mount too revealing: /proc/bus, /proc/kcore, /proc/keys and 1 more are mounted over parts of the outer /proc"));
  EXPECT_THAT(told, HasSubstr("systempaths=unconfined"));
}

TEST(MountTable, AProcThatIsNotThereOrReadOnlyIsToldAsThat) {
  EXPECT_THAT(TellMasked("", "proc"), HasSubstr("no proc that is whole can be seen"));
  EXPECT_THAT(TellMasked("1 2 0:1 / /sys ro - sysfs sysfs rw\n", "sysfs"), HasSubstr("the outer /sys is read-only"));
  EXPECT_THAT(TellMasked("1 2 0:1 / /proc rw - proc proc rw\n", "proc"), Not(HasSubstr("revealing")));
}

TEST(MountTable, OneProcThatCanBeSeenWholeIsEnough) {
  EXPECT_THAT(TooRevealing(kTable, "proc", false), HasSubstr("mount too revealing"));
  const std::string with_another = std::string(kTable) + "50 28 0:60 / /mnt/proc rw - proc proc rw\n";
  EXPECT_EQ(TooRevealing(with_another, "proc", false), "");
  // What is mounted on top of all of it hides all of it.
  EXPECT_EQ(TooRevealing("1 9 0:1 / /proc rw - proc proc rw\n2 1 0:2 / /proc rw - proc proc rw\n", "proc", false), "");
  EXPECT_THAT(TooRevealing("1 9 0:1 / /proc rw - proc proc rw\n2 1 0:2 / /proc rw - tmpfs tmpfs rw\n", "proc", false), HasSubstr("revealing: /proc are mounted"));
}

TEST(MountTable, WhatLiesOnAnotherMountCoversNothing) {
  EXPECT_EQ(TooRevealing("1 9 0:1 / /proc rw - proc proc rw\n7 9 0:2 / /proc/scsi rw - tmpfs tmpfs rw\n", "proc", false), "");
  EXPECT_EQ(TooRevealing("1 9 0:1 / /proc rw - proc proc rw\n7 1 0:2 / /proc/sys/fs/binfmt_misc rw - autofs x rw\n", "proc", false), "");
}

TEST(MountTable, AReadOnlyProcAllowsAReadOnlyOne) {
  EXPECT_THAT(TooRevealing("1 2 0:1 / /proc ro - proc proc rw\n", "proc", false), HasSubstr("add the option ro"));
  EXPECT_EQ(TooRevealing("1 2 0:1 / /proc ro - proc proc rw\n", "proc", true), "");
}

}  // namespace
}  // namespace foster
