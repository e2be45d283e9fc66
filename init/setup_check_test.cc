// SPDX-License-Identifier: Apache-2.0
// What is refused before anything is made, and with which words.
#include "init/setup_check.h"

#include <linux/capability.h>
#include <sched.h>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "init/setup/capability_name.h"

namespace foster {
namespace {

using ::testing::HasSubstr;

Facts Root() { return {false, 0, kAllCapabilities, 618, kAllCapabilities}; }
Facts Nobody() { return {false, 65534, 0, 618}; }

std::string Refusal(const std::vector<const char*>& words, const Facts& facts) {
  std::vector<char*> argv = {const_cast<char*>("foster")};
  for (const char* word : words) argv.push_back(const_cast<char*>(word));
  argv.push_back(const_cast<char*>("true"));
  argv.push_back(nullptr);
  char* environment[] = {nullptr};
  Options options;
  absl::Status status = ParseOptions(argv.data(), environment, &options);
  EXPECT_TRUE(status.ok()) << status.message();
  if (status.ok()) status = CheckRequest(options, facts);
  return std::string(status.message());
}

TEST(KernelVersion, IsOneNumber) {
  EXPECT_EQ(KernelVersion("6.18.44-cloud-amd64"), 618);
  EXPECT_EQ(KernelVersion("5.4"), 504);
  EXPECT_EQ(KernelVersion("7.3.0-rc1"), 703);
  EXPECT_EQ(KernelVersion("next"), 0);
}

TEST(CheckRequest, RootMayDoEverything) {
  EXPECT_EQ(Refusal({"--new=pid,mount,uts,ipc,net,cgroup", "--proc", "--dev", "--hostname=x", "--loopback", "--user=1", "--drop-caps=all"}, Root()), "");
}

TEST(CheckRequest, EachOptionNamesTheCapabilityThatIsMissing) {
  const std::pair<std::vector<const char*>, const char*> rows[] = {
      {{"--new=pid"}, "--new=pid: needs CAP_SYS_ADMIN (an ordinary user adds user to --new)"},
      {{"--new=mount"}, "--new=mount: needs CAP_SYS_ADMIN"},
      {{"--new=uts"}, "--new=uts: needs CAP_SYS_ADMIN"},
      {{"--new=ipc"}, "--new=ipc: needs CAP_SYS_ADMIN"},
      {{"--new=net"}, "--new=net: needs CAP_SYS_ADMIN"},
      {{"--new=cgroup"}, "--new=cgroup: needs CAP_SYS_ADMIN"},
      {{"--user=1"}, "--user: needs CAP_SETGID, CAP_SETUID"},
      {{"--user=somebody"}, "--user: needs CAP_SETGID, CAP_SETUID"},
      {{"--groups=1"}, "--groups: needs CAP_SETGID"},
      {{"--drop-caps=all"}, "--drop-caps: needs CAP_SETPCAP"},
      {{"--rlimit=nofile=unlimited"}, "--rlimit: needs CAP_SYS_RESOURCE"},
      {{"--new=user", "--rlimit=nofile=unlimited"}, "--rlimit: needs CAP_SYS_RESOURCE"}};
  for (const auto& [words, said] : rows) EXPECT_THAT(Refusal(words, Nobody()), HasSubstr(said)) << words[0];
}

TEST(CheckRequest, ForPidOneOfAContainerTheNamespacesAreItsOwnAndThePrivilegeIsNot) {
  Facts init = Nobody();
  init.is_init = true;
  for (const char* word : {"--proc", "--mount=tmpfs:/tmp", "--dev", "--root=/mnt", "--read-only=/", "--mask=/etc", "--hostname=x", "--domainname=x"}) {
    EXPECT_THAT(Refusal({word}, init), HasSubstr("needs CAP_SYS_ADMIN")) << word;
  }
  EXPECT_THAT(Refusal({"--loopback"}, init), HasSubstr("--loopback: needs CAP_NET_ADMIN"));
}

TEST(CheckRequest, ForPidOneOfAPidNamespaceAloneTheOthersAreTheMachines) {
  Facts init = Root();
  init.is_init = true;
  EXPECT_EQ(Refusal({"--proc", "--hostname=x", "--loopback"}, init), "");
  init.around = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWNET;
  EXPECT_THAT(Refusal({"--proc"}, init), HasSubstr("--proc: would change the mounts of the whole machine (add --new=mount)"));
  EXPECT_THAT(Refusal({"--hostname=x"}, init), HasSubstr("--hostname: would rename the whole machine (add --new=uts)"));
  EXPECT_THAT(Refusal({"--loopback"}, init), HasSubstr("add --new=net"));
  EXPECT_EQ(Refusal({"--new=mount,uts,net", "--proc", "--hostname=x", "--loopback"}, init), "");
}

TEST(CheckRequest, ANewUserNamespaceGivesWhatIsMissing) {
  EXPECT_EQ(Refusal({"--new=user,pid,mount,uts,net", "--proc", "--hostname=x", "--loopback", "--drop-caps=all"}, Nobody()), "");
}

TEST(CheckRequest, TheKernelVersionThatIsMissingIsNamed) {
  Facts old = Root();
  old.kernel = 419;
  EXPECT_EQ(Refusal({"--new=time"}, old), "--new=time: needs Linux 5.6, this is 4.19 (an ordinary user adds user to --new)");
  EXPECT_THAT(Refusal({"--join=1"}, old), HasSubstr("--join: needs Linux 5.8, this is 4.19 (a file of /proc/PID/ns works"));
  EXPECT_THAT(Refusal({"--new=mount", "--mount=bind:/a:/b"}, old), HasSubstr("--mount=bind: needs Linux 5.2"));
  old.kernel = 404;
  EXPECT_THAT(Refusal({"--new=cgroup"}, old), HasSubstr("--new=cgroup: needs Linux 4.6"));
}

TEST(CheckRequest, WhatWouldChangeTheWholeMachineIsRefusedToRootAsWell) {
  EXPECT_THAT(Refusal({"--hostname=x"}, Root()), HasSubstr("would rename the whole machine (add --new=uts)"));
  EXPECT_THAT(Refusal({"--proc"}, Root()), HasSubstr("would change the mounts of the whole machine (add --new=mount)"));
  EXPECT_THAT(Refusal({"--loopback"}, Root()), HasSubstr("add --new=net"));
}

TEST(CheckRequest, OfAllCapabilitiesThoseThatAreMissingAreNamedAndNothingElse) {
  Facts facts = Root();
  facts.permitted = CapabilityBit(CAP_LAST_CAP + 1) - 1;
  EXPECT_EQ(Refusal({"--ambient-caps=all"}, facts), "");
  facts.permitted &= ~CapabilityBit(CAP_SYS_RESOURCE);
  EXPECT_THAT(Refusal({"--ambient-caps=all"}, facts), HasSubstr("--ambient-caps: CAP_SYS_RESOURCE: foster itself"));
}

TEST(CheckRequest, OneAloneInHisUserNamespaceCanBeNobodyElse) {
  EXPECT_THAT(Refusal({"--new=user", "--map-root", "--user=5"}, Nobody()), HasSubstr("--user: \"5\": the new user namespace has just one user, 0"));
  EXPECT_THAT(Refusal({"--new=user", "--groups=5"}, Nobody()), HasSubstr("the kernel denies setgroups"));
  EXPECT_EQ(Refusal({"--new=user", "--map-root", "--user=0"}, Nobody()), "");
}

TEST(CheckRequest, WhatContradictsItselfIsRefused) {
  EXPECT_THAT(Refusal({"--map-root"}, Root()), HasSubstr("--map-root: there is no new user namespace to map into"));
  EXPECT_THAT(Refusal({"--uid-map=0:0:1"}, Root()), HasSubstr("--uid-map: there is no new user namespace"));
  EXPECT_THAT(Refusal({"--new=user", "--map-root", "--uid-map=0:0:1"}, Root()), HasSubstr("--map-root: says already who is 0 inside"));
  EXPECT_THAT(Refusal({"--new=user", "--uid-map=0:0:1", "--uid-map=auto"}, Root()), HasSubstr("--uid-map: auto is the whole map"));
  EXPECT_THAT(Refusal({"--time-offset=monotonic:1h"}, Root()), HasSubstr("--time-offset: there is no new time namespace"));
}

TEST(Requirements, EachRowNamesSomethingThatCanBeMissing) {
  for (const Requirement& row : Requirements()) EXPECT_TRUE(row.capabilities != 0 || row.kernel != 0) << row.option;
}

}  // namespace
}  // namespace foster
