// SPDX-License-Identifier: Apache-2.0
// What the command line means, as a list of steps.
#include "init/setup/mounts.h"

#include <sys/mount.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace foster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Told(const MountSpec& spec, const MountSurroundings& surroundings = {}) {
  std::vector<std::string> told;
  for (const MountStep& step : PlanMounts(spec, surroundings)) told.push_back(TellMountStep(step));
  return told;
}

MountStep Read(const char* value) {
  MountSpec spec;
  EXPECT_TRUE(CheckMount(value).ok()) << CheckMount(value).message();
  spec.wishes.push_back({MountWish::kMount, value});
  return PlanMounts(spec, {}).at(0);
}

TEST(MountPlan, IsInTheOrderOfTheCommandLine) {
  MountSpec spec;
  spec.wishes = {{MountWish::kReadOnly, "/"}, {MountWish::kMount, "tmpfs:/tmp:size=1m"}, {MountWish::kProc, "hidepid=2"}, {MountWish::kMask, "/proc/kcore"}};
  EXPECT_THAT(Told(spec, {true, ""}),
              ElementsAre("cut all mounts off from outside (private)", "make / and all that is mounted below it read-only",
                          "mount tmpfs on /tmp with nosuid,nodev,size=1m", "mount proc on /proc with nosuid,nodev,noexec,hidepid=2", "hide /proc/kcore"));
}

TEST(MountPlan, WhatIsMountedOnTheNewRootComesBeforeIt) {
  MountSpec spec;
  spec.root = "/img/";
  spec.wishes = {{MountWish::kMount, "bind:/usr"}, {MountWish::kMount, "overlay:/img:lowerdir=/a:/b,upperdir=/u,workdir=/w"}};
  EXPECT_THAT(Told(spec), ElementsAre("mount overlay on /img with lowerdir=/a:/b,upperdir=/u,workdir=/w", HasSubstr("make /img the root"), "bind /usr to /usr",
                                      "detach the old root"));
}

TEST(MountPlan, MountPointsAreMadeOnlyWhereFosterArranges) {
  MountSpec spec;
  spec.wishes = {{MountWish::kMount, "tmpfs:/run"}, {MountWish::kMount, "bind:/etc:/run/etc"}, {MountWish::kMount, "bind:/etc:/running"}};
  const std::vector<MountStep> plan = PlanMounts(spec, {});
  EXPECT_FALSE(plan[0].may_create);
  EXPECT_TRUE(plan[1].may_create);
  EXPECT_FALSE(plan[2].may_create);
  spec.root = "/img";
  EXPECT_TRUE(PlanMounts(spec, {})[1].may_create);
}

TEST(MountPlan, FieldsAreToldApartByTheKindOfFileSystem) {
  EXPECT_EQ(Read("tmpfs:/t:mode=700,ro").data, "mode=700");
  EXPECT_EQ(Read("tmpfs:/t:mode=700,ro").flags & MS_RDONLY, static_cast<unsigned long>(MS_RDONLY));
  EXPECT_EQ(Read("tmpfs:scratch:/t").source, "scratch");
  EXPECT_EQ(Read("ext4:/dev/sda1:/mnt:discard").source, "/dev/sda1");
  EXPECT_EQ(Read("ext4:/dev/sda1:/mnt:discard").data, "discard");
  EXPECT_EQ(Read("bind:/a").target, "/a");
  EXPECT_EQ(Read("bind:relative:/a").source, "relative");
  EXPECT_EQ(Read("rbind:/a\\:b:/c:ro").source, "/a:b");
  EXPECT_TRUE(Read("rbind:/a:/c:ro").recursive);
  EXPECT_EQ(Read("tmpfs:/t:dev,suid").flags, 0u);
  EXPECT_EQ(Read("devpts:/dev/pts").data, "newinstance,ptmxmode=0666,mode=620");
}

TEST(MountPlan, WhatIsNoMountIsRefused) {
  for (const char* bad : {"", "tmpfs", "tmpfs:", "tmpfs:relative", "bind::/a", "bind:/a:b", "ext4:/dev/sda1", ":/a", "bind:/a:/b:size=1"}) {
    EXPECT_FALSE(CheckMount(bad).ok()) << bad;
  }
  EXPECT_FALSE(CheckMountPath("relative").ok());
}

TEST(MountPlan, DevHasWhatAProgramExpectsThere) {
  MountSpec spec;
  spec.wishes = {{MountWish::kDev, ""}};
  std::string all;
  for (const MountStep& step : PlanMounts(spec, {false, "/dev/pts/3"})) all += step.target + " ";
  for (const char* name : {"null", "zero", "full", "random", "urandom", "tty", "fd", "stdin", "stdout", "stderr", "ptmx", "pts", "shm", "console"}) {
    EXPECT_THAT(all, HasSubstr(std::string("/dev/") + name + " "));
  }
}

}  // namespace
}  // namespace foster
