// SPDX-License-Identifier: Apache-2.0
// reboot(2) in a PID namespace: it ends the namespace, in words that its parent is told.
//
// Every call here is made in a namespace below the sandbox's, never in the machine's own: kernel/reboot.c asks for that first.
#include <linux/capability.h>
#include <linux/reboot.h>
#include <sys/wait.h>

#include "os/pidfd.h"
#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/kernel/steps.h"
#include "tests/util/kernel.h"
#include "tests/util/proc.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

constexpr unsigned kRestart = LINUX_REBOOT_CMD_RESTART, kRestart2 = LINUX_REBOOT_CMD_RESTART2, kHalt = LINUX_REBOOT_CMD_HALT, kPowerOff = LINUX_REBOOT_CMD_POWER_OFF;

long Reboot(unsigned command, const char* argument = nullptr, unsigned magic = LINUX_REBOOT_MAGIC1) {
  return Sys(SYS_reboot, magic, static_cast<unsigned>(LINUX_REBOOT_MAGIC2), command, argument);
}

// A namespace whose processes have numbers of their own: proof that this is not the machine's.
void NeedBoot(Facts seen, Namespace& ns) {
  NEED(ns.member.own_pid() != ns.member.pid() && ns.init.own_pid() == 1 && ns.init.pid() != 1);
  if (!HaveCapability(CAP_SYS_BOOT)) seen.Skip("needs CAP_SYS_BOOT");
}

// What the parent of the init is told, and what the init's pidfd says of the same end.
void RebootAndTell(Facts seen, unsigned command, const char* name) {
  Namespace ns;
  NeedBoot(seen, ns);
  ns.member.Begin([command] { return Reboot(command, "argument"); });
  seen.Put(name, ns.init.Reap());
  int status = 0;
  seen.Put((std::string(name) + ", by pidfd").c_str(), PidfdExitInfo(ns.init.pidfd(), &status) ? DescribeStatus(status) : "not told");
}

// The wait status comes from group_exit_code, which reboot_pid_ns() has set; pidfs keeps the exit code of the init's thread.
BEHAVIOUR(Reboot, EndsTheNamespaceWithASignalThatNobodySent, "RB-01",
          "reboot(2) by a member kills the init: its parent sees SIGHUP for a restart and SIGINT for halt and power-off. Its pidfd, from Linux 6.15 on, says SIGKILL of the same end.",
          "reboot(2), Behavior inside PID namespaces; kernel/pid_namespace.c reboot_pid_ns(); PIDFD_INFO_EXIT disagrees with wait(2)", "3.4",
          {{"RESTART", "killed(SIGHUP)"}, {"RESTART2", "killed(SIGHUP)"}, {"HALT", "killed(SIGINT)"}, {"POWER_OFF", "killed(SIGINT)"},
           {"RESTART, by pidfd", Since(6, 15, "killed(SIGKILL)", "not told")}, {"POWER_OFF, by pidfd", Since(6, 15, "killed(SIGKILL)", "not told")}}) {
  RebootAndTell(seen, kRestart, "RESTART");
  RebootAndTell(seen, kRestart2, "RESTART2");
  RebootAndTell(seen, kHalt, "HALT");
  RebootAndTell(seen, kPowerOff, "POWER_OFF");
}

BEHAVIOUR(Reboot, HasNoOtherCommands, "RB-02", "Every other command is refused in a PID namespace (EINVAL), wrong magic numbers too; without CAP_SYS_BOOT it is EPERM.", "reboot(2); kernel/pid_namespace.c reboot_pid_ns()", "3.4",
          {{"CAD_OFF", "EINVAL"}, {"CAD_ON", "EINVAL"}, {"KEXEC", "EINVAL"}, {"SW_SUSPEND", "EINVAL"}, {"bogus", "EINVAL"}, {"bad magic", "EINVAL"}, {"RESTART as user 1000", "EPERM"}, {"init", "alive"}}) {
  Namespace ns;
  NeedBoot(seen, ns);
  ns.member.Call([seen] {
    seen.Put("CAD_OFF", Said(Reboot(LINUX_REBOOT_CMD_CAD_OFF)));
    seen.Put("CAD_ON", Said(Reboot(LINUX_REBOOT_CMD_CAD_ON)));
    seen.Put("KEXEC", Said(Reboot(LINUX_REBOOT_CMD_KEXEC)));
    seen.Put("SW_SUSPEND", Said(Reboot(LINUX_REBOOT_CMD_SW_SUSPEND)));
    seen.Put("bogus", Said(Reboot(0x12341234)));
    seen.Put("bad magic", Said(Reboot(kRestart, nullptr, 1)));
    seen.Put("RESTART as user 1000", Said(AsUser(1000, [] { return Reboot(kRestart); })));
  });
  seen.Put("init", ns.init.Condition());
}

BEHAVIOUR(Reboot, NeverLooksAtItsArgument, "RB-03", "RESTART2 with a pointer to nowhere ends the namespace all the same: the argument is never read.", "kernel/reboot.c; otherwise than reboot(2) has it (EFAULT)", "3.4", {{"call", "gone"}, {"status", "killed(SIGHUP)"}}) {
  Namespace ns;
  NeedBoot(seen, ns);
  seen.Put("call", Said(ns.member.Call([] { return Reboot(kRestart2, reinterpret_cast<const char*>(8)); })));
  seen.Put("status", ns.init.Reap());
}

BEHAVIOUR(Reboot, InitMayCallItItself, "RB-04", "The init itself may call it, with the same end.", "kernel/pid_namespace.c reboot_pid_ns()", "3.4", {{"call", "gone"}, {"status", "killed(SIGHUP)"}}) {
  Namespace ns;
  NeedBoot(seen, ns);
  seen.Put("call", Said(ns.init.Call([] { return Reboot(kRestart); })));
  seen.Put("status", ns.init.Reap());
}

BEHAVIOUR(Reboot, EndsTheInnermostNamespaceOnly, "RB-05", "In a nested namespace it ends that one; the outer one goes on.", "reboot(2), Behavior inside PID namespaces", "3.4", {{"inner", "killed(SIGINT)"}, {"outer init", "alive"}, {"outer member", "alive"}}) {
  Namespace ns;
  NeedBoot(seen, ns);
  Actor inner = ns.init.Fork(CLONE_NEWPID);
  inner.Begin([] { return Reboot(kPowerOff); });
  ns.init.Call([seen] { seen.Put("inner", Wait(3)); });
  seen.Put("outer init", ns.init.Condition());
  seen.Put("outer member", ns.member.Condition());
}

}  // namespace
}  // namespace foster
