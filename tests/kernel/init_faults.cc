// SPDX-License-Identifier: Apache-2.0
// What a namespace's init dies of although nobody can kill it from inside: its own faults, and what it forbade itself.
#include <dirent.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/util/proc.h"
#include "tests/util/sandbox.h"
#include "tests/util/signals.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

int* volatile nowhere = nullptr;
volatile int zero = 0;

long WriteToNull() { return *nowhere = 1; }

long Illegal() {
#ifdef __x86_64__
  asm volatile("ud2");
#else
  asm volatile(".inst 0x00000000");
#endif
  return 0;
}

long Breakpoint() {
#ifdef __x86_64__
  asm volatile("int3");
#else
  asm volatile("brk #0");
#endif
  return 0;
}

long PastTheEndOfAFile() {
  const int file = static_cast<int>(NEED_SYS(Sys(SYS_memfd_create, "empty", 0)));
  void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  return *static_cast<volatile int*>(page) = 1;
}

volatile bool deeper = true;

long Overflow(volatile char* before) {
  volatile char frame[65536];
  frame[0] = before == nullptr ? '\0' : before[0];
  return deeper ? Overflow(frame) + frame[0] : 0;
}

long Abort() { ::abort(); }

// How an init without handlers ends that does this.
std::string EndOf(long (*act)()) {
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Begin([act] { return act(); });
  return init.Reap();
}

// force_sig_info_to_task() clears SIGNAL_UNKILLABLE.
BEHAVIOUR(InitFaults, KillWithTheirOwnSignal, "SIG-20", "A real fault of an init without handlers kills it, and its parent sees the fault's signal.", "kernel/signal.c force_sig_info_to_task()",
          "4.15", {{"null pointer", "killed(SIGSEGV)"}, {"illegal instruction", "killed(SIGILL)"}, {"breakpoint", "killed(SIGTRAP)"}, {"past the end of a file", "killed(SIGBUS)"}, {"stack overflow", "killed(SIGSEGV)"}}) {
  seen.Put("null pointer", EndOf(WriteToNull));
  seen.Put("illegal instruction", EndOf(Illegal));
  seen.Put("breakpoint", EndOf(Breakpoint));
  seen.Put("past the end of a file", EndOf(PastTheEndOfAFile));
  seen.Put("stack overflow", EndOf([] { return Overflow(nullptr); }));
}

#ifdef __x86_64__
BEHAVIOUR(InitFaults, DivisionByZeroKills, "SIG-20b", "A division by zero kills an init with SIGFPE (x86).", "kernel/signal.c force_sig_info_to_task()", "4.15", {{"status", "killed(SIGFPE)"}}) {
  seen.Put("status", EndOf([]() -> long {
             int quotient = 1;
             asm volatile("cltd; idivl %1" : "+a"(quotient) : "m"(zero) : "edx");
             return quotient;
           }));
}
#endif

BEHAVIOUR(InitFaults, AbortEndsAsASegmentationFault, "SIG-20c",
          "abort(3) in an init without handlers ends as SIGSEGV, not SIGABRT: its SIGABRT is dropped, and what the C library does then is to fault.",
          "kernel/signal.c sig_task_ignored(); otherwise than abort(3) has it (SIGABRT)", "4.15", {{"status", "killed(SIGSEGV)"}}) {
  seen.Put("status", EndOf(Abort));
}

BEHAVIOUR(InitFaults, KillThoughBlockedOrIgnored, "SIG-20d", "A fault kills an init that blocks SIGSEGV, and one that ignores it.", "kernel/signal.c force_sig_info_to_task()", "4.15",
          {{"blocked", "killed(SIGSEGV)"}, {"ignored", "killed(SIGSEGV)"}}) {
  seen.Put("blocked", EndOf([] {
             SetSignalMask(kAllSignals);
             return WriteToNull();
           }));
  seen.Put("ignored", EndOf([] {
             KernelAction ignore;
             ignore.handler = SIG_IGN;
             SetAction(SIGSEGV, ignore);
             return WriteToNull();
           }));
}

BEHAVIOUR(InitFaults, DumpCore, "SIG-21", "An init that faults dumps core like any process, into its working directory.", "core(5)", "all",
          {{"status", "killed(SIGSEGV, core)"}, {"core file", true}}) {
  const std::string pattern = ReadFile("/proc/sys/kernel/core_pattern");
  if (pattern.rfind("core", 0) != 0) seen.Skip("kernel.core_pattern sends core dumps elsewhere: " + pattern);
  const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
  if (::setrlimit(RLIMIT_CORE, &all) != 0) {
    struct rlimit most = {};
    ::getrlimit(RLIMIT_CORE, &most);
    if (most.rlim_max == 0) seen.Skip("the hard limit of RLIMIT_CORE is 0");
    most.rlim_cur = most.rlim_max;
    ::setrlimit(RLIMIT_CORE, &most);
  }
  seen.Put("status", EndOf(WriteToNull));
  bool found = false;
  DIR* here = ::opendir(SandboxFolder().c_str());
  while (const struct dirent* entry = ::readdir(here)) found = found || std::string(entry->d_name).rfind("core", 0) == 0;
  ::closedir(here);
  seen.Put("core file", found);
}

BEHAVIOUR(InitFaults, InAMemberDoNotConcernInit, "ZAP-02b", "A member's fault kills the member; its init goes on.", "pid_namespaces(7)", "2.6.24",
          {{"member", "killed(SIGSEGV)"}, {"init", "alive"}}) {
  Namespace ns;
  ns.member.Begin([] { return WriteToNull(); });
  ns.init.Call([seen] { seen.Put("member", Wait(2)); });
  seen.Put("init", ns.init.Condition());
}

// getppid(2) is forbidden with `action`, then called.
template <unsigned kAction>
long Forbid() {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, kAction),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
  NEED_SYS(Checked(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)));
  NEED_SYS(Checked(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)));
  return Sys(SYS_getppid);
}

BEHAVIOUR(InitFaults, SeccompKills, "SIG-38", "A seccomp filter that kills the process or the thread, or traps, kills an init without handlers with SIGSYS.",
          "seccomp(2); kernel/seccomp.c; commit 5c72263ef2fb (HANDLER_EXIT)", "4.14",
          {{"SECCOMP_RET_KILL_PROCESS", "killed(SIGSYS)"}, {"SECCOMP_RET_KILL_THREAD", "killed(SIGSYS)"}, {"SECCOMP_RET_TRAP", "killed(SIGSYS)"}}) {
  if (::prctl(PR_GET_SECCOMP) < 0) seen.Skip("this kernel has no seccomp");
  seen.Put("SECCOMP_RET_KILL_PROCESS", EndOf(Forbid<SECCOMP_RET_KILL_PROCESS>));
  seen.Put("SECCOMP_RET_KILL_THREAD", EndOf(Forbid<SECCOMP_RET_KILL_THREAD>));
  seen.Put("SECCOMP_RET_TRAP", EndOf(Forbid<SECCOMP_RET_TRAP>));
}

}  // namespace
}  // namespace foster
