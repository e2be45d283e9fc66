// SPDX-License-Identifier: Apache-2.0
#include "tests/util/sandbox.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/util/kernel.h"
#include "tests/util/proc.h"
#include "tests/util/signals.h"
#include "tests/util/spawn.h"
#include "tests/util/sys.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

constexpr char kDriver[] = "(driver)";

// Where the writable folder is: an initramfs may have nothing but what its packer thought of.
const char* const kFolders[] = {"/tmp", "/run", "/mnt", "/var/tmp", "/home"};
const char* folder = kFolders[0];

void MountFolder() {
  ::mkdir(kFolders[0], 01777);
  for (const char* candidate : kFolders) {
    if (::mount("foster-test", candidate, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") != 0) continue;
    folder = candidate;
    return;
  }
  NeedFailed("a folder for a tmpfs", __FILE__, __LINE__, errno);
}

void QuietSignals() {
  SetSignalMask(0);
  for (int signo = 1; signo <= kLastSignal; ++signo) SetAction(signo, KernelAction());
}

// Reaps whoever ends until `driver` does, `seconds` at most; false where its time was over.
bool WaitForDriver(pid_t driver, Facts facts, int seconds) {
  struct timespec now = {};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const long deadline = now.tv_sec + seconds;
  for (;;) {
    int status = 0;
    const long ended = WaitFor(-1, WNOHANG | __WALL, &status);
    if (ended == driver) facts.Put(kDriver, DescribeStatus(status));
    if (ended == driver || ended < 0) return true;
    if (ended > 0) continue;
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec >= deadline) return false;
    TakeSignal(SetOf(SIGCHLD), nullptr, static_cast<int>(deadline - now.tv_sec));
  }
}

// In a user namespace of one's own, which is what an ordinary user can have: root, and nobody else, is who made it.
void BecomeRoot(uid_t uid, gid_t gid) {
  WriteFile("/proc/self/setgroups", "deny");  // not there before Linux 3.19, and not needed
  NEED_SYS(WriteFile("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1"));
  NEED_SYS(WriteFile("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1"));
}

int BeInit(const std::function<void(Facts)>& experiment, Facts facts, int seconds) {
  Facts::SetCurrent(facts);
  QuietSignals();
  SetSignalMask(SetOf(SIGCHLD));
  ::setsid();
  NEED_SYS(Checked(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr)));
  ::mkdir("/proc", 0555);
  NEED_SYS(Checked(::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr)));
  MountFolder();
  NEED_SYS(Checked(::chdir(folder)));
  struct rlimit core = {};
  ::getrlimit(RLIMIT_CORE, &core);
  core.rlim_cur = 0;
  ::setrlimit(RLIMIT_CORE, &core);

  const pid_t driver = Spawn([&] {
    SetSignalMask(0);
    ::setsid();
    experiment(facts);
    return 0;
  });
  if (!WaitForDriver(driver, facts, seconds)) facts.Put(kDriver, "did not end within " + std::to_string(seconds) + " s");
  // What is to be undone may be held by those who are left.
  Sys(SYS_kill, -1, SIGKILL);
  while (WaitFor(-1, __WALL, nullptr) > 0) {
  }
  facts.Undo();
  return 0;
}

}  // namespace

std::string SandboxFolder() { return folder; }

SandboxResult RunInSandbox(const std::function<void(Facts)>& experiment, Facts facts, int seconds) {
  SandboxResult result;
  unsigned long flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;
  const bool admin = HaveCapability(CAP_SYS_ADMIN);
  if (!admin) flags |= CLONE_NEWUSER;
  const uid_t uid = ::geteuid();
  const gid_t gid = ::getegid();
  Child init = Child::Start(
      [&] {
        Facts::SetCurrent(facts);
        if (!admin) BecomeRoot(uid, gid);
        return BeInit(experiment, facts, seconds);
      },
      flags);
  if (!init.valid()) {
    result.refused = std::string("clone(2) with new PID, mount, IPC and UTS namespaces") + (admin ? "" : ", in a user namespace for want of CAP_SYS_ADMIN") + ": " + ErrnoName(init.error());
    return result;
  }
  bool in_time = true;
  const int status = init.Wait(seconds + 60, &in_time);
  result.driver = facts.Get(kDriver);
  if (!in_time) {
    result.driver = "did not end, nor did the sandbox's init";
  } else if (!facts.Has(kDriver)) {
    result.driver = "not started, or lost with the sandbox's init, which " + DescribeStatus(status);
  }
  return result;
}

}  // namespace foster
