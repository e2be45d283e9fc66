// SPDX-License-Identifier: Apache-2.0
// The end of the machine, or of the PID namespace: reboot(2), and the signals by which an init is told to come to it.
#ifndef FOSTER_INIT_POWEROFF_H_
#define FOSTER_INIT_POWEROFF_H_

#include <stdint.h>

#include "init/log.h"

namespace foster {

enum class PowerAct : uint8_t { kNone, kHalt, kPowerOff, kReboot, kKexec };

struct PowerRequest {
  PowerAct act = PowerAct::kNone;
  bool at_once = false;  // without asking anybody to stop first
};

// What `signo` asks of an init (systemd(1) "SIGNALS", and systemd's container interface): SIGRTMIN+3 to +6 to halt, to power off, to reboot, to
// kexec; +13 to +16 the same at once; SIGPWR to power off. From the kernel, SIGINT is Ctrl-Alt-Del: to reboot. Pure.
PowerRequest PowerRequestOf(int signo, bool from_kernel);

// "halt", "power off", "reboot", "kexec"; "" for kNone.
absl::string_view PowerActName(PowerAct act);

// Whether this PID 1 is the machine's own, and no namespace's. From then on Ctrl-Alt-Del is a SIGINT to it (reboot(2), LINUX_REBOOT_CMD_CAD_OFF).
// Needs CAP_SYS_BOOT; false without.
bool IsMachinesInit();

// With nobody else left: writes back, unmounts whatever is mounted (the root file system becomes read-only), and does `act`. Inside of a PID
// namespace there is nothing to unmount, for the mounts end with it; there reboot(2) ends the namespace, and its init's parent sees
// a death by SIGHUP (reboot, kexec) or SIGINT (halt, power off). Returns only where that is refused, and has said why.
void DoPowerAct(PowerAct act, bool machine, const Log& log);

}  // namespace foster

#endif  // FOSTER_INIT_POWEROFF_H_
