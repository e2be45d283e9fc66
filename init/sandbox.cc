// SPDX-License-Identifier: Apache-2.0
#include "init/sandbox.h"

#include <linux/capability.h>
#include <string.h>

#include "absl/strings/str_cat.h"
#include "init/loop_calls.h"
#include "os/status_from_errno.h"

namespace foster {
namespace {

template <size_t kFirst, size_t kSecond>
constexpr std::array<AllowedCall, kFirst + kSecond> Joined(const std::array<AllowedCall, kFirst>& first, const std::array<AllowedCall, kSecond>& second) {
  std::array<AllowedCall, kFirst + kSecond> joined = {};
  for (size_t i = 0; i < kFirst; ++i) joined[i] = first[i];
  for (size_t i = 0; i < kSecond; ++i) joined[kFirst + i] = second[i];
  return joined;
}

constexpr CallFilter kBuilt = BuildCallFilter(kLoopCalls);
constexpr CallFilter kBuiltWithPower = BuildCallFilter(Joined(kLoopCalls, kPowerCalls));
constexpr auto kFilter = CodeOf<kBuilt.size>(kBuilt);
constexpr auto kFilterWithPower = CodeOf<kBuiltWithPower.size>(kBuiltWithPower);

// A workload of other users is signalled all the same.
CapabilitySet Needed(const SandboxNeeds& needs) {
  CapabilitySet set = CapabilityBit(CAP_KILL);
  if (needs.reboot) set |= CapabilityBit(CAP_SYS_BOOT);
  if (needs.unmount) set |= CapabilityBit(CAP_SYS_ADMIN);
  return set;
}

// Apart, so that its line is on the stack only where there is something to tell: a page of the stack has been given back before.
__attribute__((noinline)) void Tell(const Log& log, absl::string_view step, int error) {
  if (error != 0) log.Say(Verbosity::kVerbose, {"sandbox: without ", step, ": ", strerror(error)});
}

}  // namespace

absl::Status LeaveSandboxParts(absl::string_view list, SandboxSpec* spec) {
  if (list.empty()) spec->parts = 0;
  while (!list.empty()) {
    const size_t end = list.find(',');
    const absl::string_view part = list.substr(0, end);
    list = end == absl::string_view::npos ? "" : list.substr(end + 1);
    if (part == "privileges") {
      spec->Leave(kSandboxPrivileges);
    } else if (part == "undumpable") {
      spec->Leave(kSandboxUndumpable);
    } else if (part == "calls") {
      spec->Leave(kSandboxCalls);
    } else {
      return Refused(absl::StrCat("\"", part, "\""), "not one of privileges, undumpable, calls");
    }
  }
  return absl::OkStatus();
}

int Sandbox::GiveUpCapabilities(const SandboxNeeds& needs) {
  Capabilities now;
  const int error = GetCapabilities(&now);
  if (error != 0) return error;
  Capabilities left;
  left.effective = now.effective & Needed(needs);
  if (needs.restart) {
    // An ordinary user's child has only what it inherits, so that giving these up would leave the next run with less than the first.
    reserve_ = now;
    has_reserve_ = true;
    left.permitted = now.permitted;
    left.inheritable = now.inheritable;
  } else {
    left.permitted = left.effective;
  }
  if (left.effective == now.effective && left.permitted == now.permitted && left.inheritable == now.inheritable) return 0;
  return SetCapabilities(left);
}

void Sandbox::Enter(const SandboxNeeds& needs, const Log& log) {
  const bool privileges = spec_.Has(kSandboxPrivileges);
  const bool calls = spec_.Has(kSandboxCalls) && !needs.restart;
  if (privileges) Tell(log, "giving up capabilities", GiveUpCapabilities(needs));
  if (spec_.Has(kSandboxUndumpable) && needs.dumpable) Tell(log, "being undumpable", SetDumpable(false));
  if (!needs.restart && (calls || privileges)) Tell(log, "forbidding itself new privileges", ForbidNewPrivileges());
  filter_due_ = calls;
  power_ = needs.reboot;
}

void Sandbox::LimitCalls(const Log& log) {
  if (!filter_due_) return;
  filter_due_ = false;
  const int error = power_ ? InstallCallFilter(kFilterWithPower.data(), kFilterWithPower.size()) : InstallCallFilter(kFilter.data(), kFilter.size());
  if (error != 0) Tell(log, "a filter of its system calls", error);
}

void Sandbox::BeforeRestart() const {
  if (spec_.Has(kSandboxUndumpable)) SetDumpable(true);
}

void Sandbox::AfterRestart() const {
  if (spec_.Has(kSandboxUndumpable)) SetDumpable(false);
}

}  // namespace foster
