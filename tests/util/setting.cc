// SPDX-License-Identifier: Apache-2.0
#include "tests/util/setting.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/clone.h"
#include "os/pidfd.h"

namespace foster {
namespace {

bool KernelKeepsExitStatus() {
  const FileDescriptor me = PidfdOpen(getpid());
  return me.valid() && PidfdKeepsExitInfo(me.get());
}

std::string WhyNoNamespace() {
  const CloneResult child = Fork(CLONE_NEWPID);
  if (child.pid < 0) return std::string("a PID namespace cannot be made here: ") + strerror(child.error);
  if (child.pid == 0) _exit(0);
  while (waitpid(child.pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return "";
}

}  // namespace

std::string NameOf(const Setting& setting) {
  const char* role = setting.role == Role::kInit ? "Init" : setting.role == Role::kPlain ? "Plain" : "Wrapper";
  return std::string(role) + (setting.reaper == Reaper::kKernel ? "Kernel" : "Wait");
}

std::vector<Setting> SettingsOf(Role role) { return {{role, Reaper::kKernel}, {role, Reaper::kWait}}; }

std::vector<Setting> AllSettings() {
  std::vector<Setting> all;
  for (Role role : {Role::kInit, Role::kPlain, Role::kWrapper}) {
    for (const Setting& setting : SettingsOf(role)) all.push_back(setting);
  }
  return all;
}

std::string WhyNot(const Setting& setting) {
  if (setting.reaper == Reaper::kKernel && !KernelKeepsExitStatus()) {
    return "this kernel does not keep the exit status of what it reaps (Linux 6.16 does)";
  }
  if (setting.role != Role::kPlain) return WhyNoNamespace();
  return "";
}

void InSetting::SetUp() {
  const std::string why_not = WhyNot(GetParam());
  if (!why_not.empty()) GTEST_SKIP() << why_not;
}

}  // namespace foster
