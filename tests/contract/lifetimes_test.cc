// SPDX-License-Identifier: Apache-2.0
// The contract's section "Lifetimes".
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "os/file_descriptor.h"
#include "os/pidfd.h"
#include "tests/util/foster_process.h"
#include "tests/util/proc.h"
#include "tests/util/setting.h"

namespace foster {
namespace {

// Whether the process ends within a minute.
bool Ends(const FileDescriptor& pidfd) {
  struct pollfd one = {pidfd.get(), POLLIN, 0};
  return poll(&one, 1, 60000) == 1;
}

class WrapperLifetime : public InSetting {};
IN_ROLE(WrapperLifetime, Role::kWrapper);

TEST_P(WrapperLifetime, IsTheWholeNamespaces) {
  FosterProcess foster({.setting = GetParam(), .command = Act({"listen-together", "1"})});
  foster.WaitFor("ready");
  const pid_t workload = foster.workload();
  std::vector<FileDescriptor> everybody;
  everybody.push_back(PidfdOpen(foster.parent_of_workload()));
  everybody.push_back(PidfdOpen(workload));
  for (pid_t member : ChildrenOf(workload)) everybody.push_back(PidfdOpen(member));
  ASSERT_EQ(everybody.size(), 4u);
  foster.Signal(SIGKILL);
  for (const FileDescriptor& one : everybody) EXPECT_TRUE(Ends(one));
  EXPECT_EQ(foster.Wait(), -SIGKILL);
  // The inner half has no parent that waits for it any more; it came to the test.
  EXPECT_TRUE(Eventually([&] { return StateOf(workload) == "gone"; }));
}

TEST_P(WrapperLifetime, EndsWithTheNamespace) {
  FosterProcess foster({.setting = GetParam(), .command = Act({"hold"})});
  foster.WaitFor("ready");
  ASSERT_TRUE(SendSignal(foster.parent_of_workload(), SIGKILL));
  EXPECT_EQ(foster.Wait(), 137);
}

TEST_P(WrapperLifetime, MakesTheWorkloadTheSecondProcessOfItsNamespace) {
  FosterProcess foster({.setting = GetParam(), .command = Act({"tell-identity"})});
  EXPECT_EQ(foster.NextLine().find("pid=2 parent=1 group=2 "), 0u);
  EXPECT_EQ(foster.Wait(), 0);
}

class Protocols : public InSetting {};
IN_EVERY_SETTING(Protocols);

std::string ValueOf(const std::string& variables, const std::string& name) {
  const size_t at = ("\n" + variables).find("\n" + name + "=");
  if (at == std::string::npos) return "(none)";
  const size_t begin = at + name.size() + 1;
  return variables.substr(begin, variables.find('\n', begin) - begin);
}

TEST_P(Protocols, ThatNameFosterNameTheWorkloadBehindIt) {
  FosterProcess foster({.setting = GetParam(),
                        .command = Act({"tell-environment"}),
                        .environment = {"LISTEN_FDS=2", "LISTEN_FDNAMES=a:b"},
                        .names_listen_pid = true});
  const std::string variables = foster.Rest();
  EXPECT_EQ(ValueOf(variables, "LISTEN_PID"), ValueOf(variables, "(pid)"));
  EXPECT_EQ(ValueOf(variables, "LISTEN_FDS"), "2");
  EXPECT_EQ(ValueOf(variables, "LISTEN_FDNAMES"), "a:b");
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(Protocols, ThatNameSomebodyElseAreLeftAlone) {
  FosterProcess foster({.setting = GetParam(), .command = Act({"tell-environment"}), .environment = {"LISTEN_PID=4000000"}});
  EXPECT_EQ(ValueOf(foster.Rest(), "LISTEN_PID"), "4000000");
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(Protocols, ThatNameNobodyComeThrough) {
  FosterProcess foster({.setting = GetParam(),
                        .command = Act({"tell-environment"}),
                        .environment = {"container=foster-test", "NOTIFY_SOCKET=/run/notify", "WATCHDOG_USEC=1000"}});
  const std::string variables = foster.Rest();
  EXPECT_EQ(ValueOf(variables, "container"), "foster-test");
  EXPECT_EQ(ValueOf(variables, "NOTIFY_SOCKET"), "/run/notify");
  EXPECT_EQ(ValueOf(variables, "WATCHDOG_USEC"), "1000");
  EXPECT_EQ(foster.Wait(), 0);
}

}  // namespace
}  // namespace foster
