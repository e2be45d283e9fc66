// SPDX-License-Identifier: Apache-2.0
#include "tests/util/spawn.h"

#include <poll.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <utility>

#include "os/pidfd.h"
#include "tests/util/sys.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

// musl keeps the thread's id in its thread descriptor and trusts it in raise() and abort(); only its own fork() renews it. The first
// word of the descriptor with the old id is it: what stands before are pointers and zeros. glibc asks the kernel and needs nothing.
void RenewThreadId(long before) {
#ifndef __GLIBC__
  auto* words = reinterpret_cast<int*>(::pthread_self());
  for (int i = 0; i < 40; ++i) {
    if (words[i] != before) continue;
    words[i] = static_cast<int>(Sys(SYS_gettid));
    return;
  }
#else
  (void)before;
#endif
}

}  // namespace

long CloneProcess(unsigned long flags, int exit_signal) {
  const long before = Sys(SYS_gettid);
  const long pid = Sys(SYS_clone, flags | static_cast<unsigned long>(exit_signal), 0, 0, 0, 0);
  if (pid == 0) RenewThreadId(before);
  return pid;
}

pid_t Spawn(const std::function<int()>& body, unsigned long flags, int exit_signal) {
  const long pid = NEED_SYS(CloneProcess(flags, exit_signal));
  if (pid == 0) ::_exit(body());
  return static_cast<pid_t>(pid);
}

Child Child::Start(const std::function<int()>& body, unsigned long flags) {
  Child child;
  // The parent's pidfd tells whether it still lives: getppid() is 0 in a new PID namespace whatever happened.
  const FileDescriptor parent = PidfdOpen(static_cast<pid_t>(Sys(SYS_getpid)));
  const long pid = CloneProcess(flags);
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (parent.valid() && PidfdEnded(parent.get())) ::_exit(kNeedFailed);
    ::_exit(body());
  }
  child.pid_ = pid < 0 ? -1 : static_cast<pid_t>(pid);
  child.error_ = pid < 0 ? static_cast<int>(-pid) : 0;
  if (pid > 0) child.pidfd_ = PidfdOpen(child.pid_);
  return child;
}

Child::Child(Child&& from) noexcept
    : pid_(std::exchange(from.pid_, -1)), pidfd_(std::move(from.pidfd_)), error_(from.error_), ended_(from.ended_), status_(from.status_) {}

Child::~Child() {
  if (!valid() || ended_) return;
  Kill();
  WaitFor(pid_, __WALL, &status_);
}

void Child::Kill() {
  if (!valid() || ended_) return;
  if (!pidfd_.valid() || PidfdSendSignal(pidfd_.get(), SIGKILL, nullptr) != 0) Sys(SYS_kill, pid_, SIGKILL);  // not reaped: the number is ours
}

int Child::Wait(int seconds, bool* in_time) {
  if (in_time != nullptr) *in_time = true;
  if (!valid() || ended_) return status_;
  if (pidfd_.valid()) {
    struct pollfd end = {pidfd_.get(), POLLIN, 0};
    int ready = 0;
    do {
      ready = ::poll(&end, 1, seconds * 1000);
    } while (ready < 0 && errno == EINTR);
    if (ready == 0) {
      if (in_time != nullptr) *in_time = false;
      Kill();
    }
  }
  ended_ = WaitFor(pid_, __WALL, &status_) == pid_;
  return status_;
}

int Child::WaitForChange(int options) {
  int status = 0;
  WaitFor(pid_, options, &status);
  return status;
}

InitResult RunAsInit(const std::function<int()>& body, unsigned long flags) {
  InitResult result;
  Child init = Child::Start(body, flags | CLONE_NEWPID);
  result.error = init.error();
  if (init.valid()) result.status = init.Wait();
  return result;
}

}  // namespace foster
