// SPDX-License-Identifier: Apache-2.0
#include "init/oom.h"

#include "gtest/gtest.h"

namespace foster {
namespace {

TEST(OomCounterPath, OnVersionOneIsTheMemoryHierarchys) {
  EXPECT_EQ(OomCounterPath("5:cpu,cpuacct:/a\n4:memory:/docker/abc\n0::/\n",
                           "30 25 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
                           "31 25 0:28 / /sys/fs/cgroup/memory rw,nosuid shared:9 - cgroup cgroup rw,memory\n"
                           "32 25 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"),
            "/sys/fs/cgroup/memory/docker/abc/memory.oom_control");
}

TEST(OomCounterPath, OnVersionTwoIsTheOneHierarchys) {
  EXPECT_EQ(OomCounterPath("0::/system.slice/x.service\n", "31 25 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n"),
            "/sys/fs/cgroup/system.slice/x.service/memory.events");
  EXPECT_EQ(OomCounterPath("0::/\n", "31 25 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"), "/sys/fs/cgroup/memory.events");
}

TEST(OomCounterPath, IsToldFromWhatIsMounted) {
  EXPECT_EQ(OomCounterPath("4:memory:/docker/abc\n", "31 25 0:28 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"),
            "/sys/fs/cgroup/memory/memory.oom_control");
}

TEST(OomCounterPath, IsNothingWhereNothingIsMounted) {
  EXPECT_EQ(OomCounterPath("4:memory:/\n", "31 25 0:28 / /proc rw - proc proc rw\n"), "");
  EXPECT_EQ(OomCounterPath("", "31 25 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"), "");
  EXPECT_EQ(OomCounterPath("nonsense", "nonsense\n\n - \n"), "");
}

TEST(OomKillsIn, ReadsBothVersions) {
  EXPECT_EQ(OomKillsIn("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"), 3);
  EXPECT_EQ(OomKillsIn("low 0\nhigh 0\nmax 5\noom 1\noom_kill 12\noom_group_kill 0\n"), 12);
  EXPECT_EQ(OomKillsIn("oom_kill_disable 0\n"), -1);
  EXPECT_EQ(OomKillsIn("oom_kill x\n"), -1);
  EXPECT_EQ(OomKillsIn("oom_kill 99999999999999999999999\n"), -1);
  EXPECT_EQ(OomKillsIn(""), -1);
}

}  // namespace
}  // namespace foster
