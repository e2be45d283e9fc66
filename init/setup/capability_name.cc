// SPDX-License-Identifier: Apache-2.0
#include "init/setup/capability_name.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "os/status_from_errno.h"

namespace foster {
namespace {

using absl::string_view;

// By number, from 0 on; one string, so that the table costs no pointers.
constexpr string_view kNames =
    "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service net_broadcast net_admin "
    "net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time "
    "sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf "
    "checkpoint_restore ";

bool Find(string_view name, int* number) {
  if (absl::StartsWithIgnoreCase(name, "cap_")) name.remove_prefix(4);
  uint32_t given;
  if (absl::SimpleAtoi(name, &given) && given < 64) {
    *number = static_cast<int>(given);
    return true;
  }
  for (*number = 0; !CapabilityName(*number).empty(); ++*number) {
    if (absl::EqualsIgnoreCase(name, CapabilityName(*number))) return true;
  }
  return false;
}

}  // namespace

string_view CapabilityName(int number) {
  string_view rest = kNames;
  for (; number > 0 && !rest.empty(); --number) rest.remove_prefix(rest.find(' ') + 1);
  return rest.substr(0, rest.find(' '));
}

absl::Status AddCapabilities(string_view list, CapabilitySet* set) {
  while (!list.empty()) {
    const string_view name = list.substr(0, list.find(','));
    list.remove_prefix(name.size() < list.size() ? name.size() + 1 : name.size());
    int number;
    if (absl::EqualsIgnoreCase(name, "all")) {
      *set = kAllCapabilities;
    } else if (Find(name, &number)) {
      *set |= CapabilityBit(number);
    } else {
      return Refused(absl::StrCat("\"", name, "\""), "no such capability (capabilities(7) names them: net_raw, sys_admin, …, or all)");
    }
  }
  return absl::OkStatus();
}

}  // namespace foster
