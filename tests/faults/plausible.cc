// SPDX-License-Identifier: Apache-2.0
#include "tests/faults/plausible.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

namespace foster {
namespace {

struct Row {
  long call;
  const char* name;
  std::vector<int> errors;
};

#define CALL(name, ...) \
  { SYS_##name, #name, { __VA_ARGS__ } }

// ENOSYS and EPERM stand where a sandbox (seccomp) is known to refuse the call, or a kernel to lack it.
const std::vector<Row>& Table() {
  static const auto& table = *new std::vector<Row>{
      // Cannot fail, or do not come back.
      CALL(exit_group), CALL(exit), CALL(getpid), CALL(gettid), CALL(getppid), CALL(getuid), CALL(geteuid), CALL(getgid), CALL(getegid),
      CALL(set_tid_address), CALL(arch_prctl), CALL(rt_sigprocmask), CALL(rt_sigaction), CALL(rt_sigreturn), CALL(umask), CALL(getpgrp), CALL(munmap),
      CALL(clock_gettime), CALL(rt_sigpending), CALL(capget), CALL(uname),
      // Memory.
      CALL(mmap, ENOMEM), CALL(brk, ENOMEM), CALL(mprotect, ENOMEM), CALL(mremap, ENOMEM), CALL(madvise, ENOMEM, EINVAL),
      // Descriptors.
      CALL(open, ENOENT, EACCES, EMFILE, ENFILE, ENOMEM, EINTR), CALL(openat, ENOENT, EACCES, EMFILE, ENFILE, ENOMEM, EINTR),
      CALL(openat2, ENOSYS, EPERM, EACCES, EAGAIN, EMFILE, ENOMEM), CALL(close, EINTR, EIO), CALL(close_range, ENOSYS, EPERM, ENOMEM), CALL(read, EINTR, EAGAIN, EIO), CALL(pread64, EINTR, EIO), CALL(write, EINTR, EAGAIN, EPIPE, EIO, ENOSPC),
      CALL(writev, EINTR, EAGAIN, EPIPE, EIO), CALL(pwritev2, ENOSYS, EOPNOTSUPP, EAGAIN, EPIPE, EINTR, EIO), CALL(fcntl, EMFILE, ENOMEM, EAGAIN),
      CALL(dup, EMFILE), CALL(dup2, EBUSY, EINTR), CALL(dup3, EBUSY, EINTR), CALL(pipe2, EMFILE, ENFILE), CALL(ioctl, ENOTTY, EINTR, EPERM, EIO, ESRCH),
      CALL(poll, EINTR, ENOMEM), CALL(ppoll, EINTR, ENOMEM, EINVAL), CALL(pselect6, EINTR, ENOMEM), CALL(fstat, ENOMEM), CALL(stat, ENOENT, EACCES, ENOMEM), CALL(newfstatat, ENOENT, EACCES, ENOMEM), CALL(lseek, ESPIPE),
      CALL(access, ENOENT, EACCES), CALL(faccessat, ENOENT, EACCES), CALL(readlink, ENOENT, EACCES), CALL(getdents64, ENOENT, EIO),
      CALL(chdir, EACCES, ENOENT, EIO), CALL(getcwd, ENOENT, ERANGE), CALL(fchdir, EACCES), CALL(mkdir, EEXIST, EACCES, ENOSPC, EROFS), CALL(unlink, ENOENT, EACCES, EBUSY),
      CALL(statfs, ENOENT, EACCES), CALL(symlink, EEXIST, EROFS), CALL(mknod, EPERM, EEXIST, EROFS),
      // Signals and children.
      CALL(signalfd4, EMFILE, ENFILE, ENOMEM, ENODEV), CALL(timerfd_create, EMFILE, ENFILE, ENOMEM), CALL(timerfd_settime, EINVAL),
      CALL(clone, EAGAIN, ENOMEM, EPERM, ENOSPC, EINVAL, ENOSYS), CALL(clone3, EAGAIN, ENOMEM, EPERM, ENOSPC, EINVAL, ENOSYS), CALL(vfork, EAGAIN, ENOMEM),
      CALL(fork, EAGAIN, ENOMEM), CALL(execve, ENOENT, EACCES, ENOEXEC, ENOMEM, E2BIG, ELOOP, EPERM, ETXTBSY, EIO, ENAMETOOLONG, ENOTDIR, EMFILE),
      CALL(wait4, EINTR), CALL(waitid, EINTR), CALL(kill, EPERM), CALL(tkill, ESRCH, EAGAIN), CALL(tgkill, ESRCH, EAGAIN),
      CALL(rt_sigqueueinfo, EAGAIN, EPERM, ESRCH), CALL(pidfd_open, ENOSYS, EMFILE, ENFILE, ENODEV, ENOMEM, EPERM, EINVAL),
      CALL(pidfd_send_signal, ENOSYS, EPERM, EINVAL, EAGAIN), CALL(setpgid, EACCES, EPERM, ESRCH), CALL(setsid, EPERM), CALL(getpgid, ESRCH, EPERM),
      CALL(getsid, ESRCH, EPERM), CALL(prctl, EPERM, EINVAL, EACCES), CALL(setitimer, EINVAL), CALL(nanosleep, EINTR), CALL(clock_nanosleep, EINTR),
      CALL(getrusage, EINVAL), CALL(capset, EPERM), CALL(seccomp, EACCES, EINVAL, ENOSYS, ENOMEM),
      // Namespaces and set-up.
      CALL(unshare, EPERM, ENOSPC, EINVAL, ENOMEM, EUSERS), CALL(setns, EPERM, EINVAL, ENOMEM), CALL(mount, EPERM, ENOENT, EBUSY, EINVAL, ENOMEM, EACCES),
      CALL(umount2, EBUSY, EPERM, EINVAL), CALL(pivot_root, EPERM, EBUSY, EINVAL), CALL(mount_setattr, ENOSYS, EPERM, EINVAL), CALL(open_tree, ENOSYS, EPERM, ENOENT, EMFILE), CALL(move_mount, EPERM, ENOENT, EINVAL, EBUSY), CALL(sethostname, EPERM),
      CALL(setdomainname, EPERM), CALL(socket, EMFILE, EACCES, ENOMEM, EAFNOSUPPORT), CALL(bind, EADDRINUSE, EACCES, ENOMEM), CALL(connect, ENOENT, ECONNREFUSED, EAGAIN),
      CALL(sendto, EAGAIN, ENOBUFS, ECONNREFUSED), CALL(sendmsg, EAGAIN, ENOBUFS, ECONNREFUSED, ENOTCONN), CALL(recvmsg, EAGAIN, EINTR, ENOMEM),
      CALL(setsockopt, ENOMEM, ENOPROTOOPT), CALL(getsockname, ENOBUFS), CALL(socketpair, EMFILE, ENFILE, EAFNOSUPPORT), CALL(setresuid, EPERM, EAGAIN, EINVAL), CALL(setresgid, EPERM, EINVAL), CALL(setgroups, EPERM, ENOMEM),
      CALL(setpriority, EACCES, EPERM), CALL(getpriority, EINVAL), CALL(prlimit64, EPERM, EINVAL), CALL(getrlimit, EINVAL), CALL(setrlimit, EPERM, EINVAL), CALL(reboot, EPERM, EINVAL),
      CALL(sync), CALL(chroot, EPERM, ENOENT), CALL(getresuid), CALL(getresgid), CALL(rt_sigtimedwait, EINTR, EAGAIN), CALL(futex, EAGAIN, EINTR),
  };
  return table;
}

#undef CALL

const Row* Find(long call) {
  for (const Row& row : Table()) {
    if (row.call == call) return &row;
  }
  return nullptr;
}

}  // namespace

std::string CallName(long call) {
  const Row* row = Find(call);
  return row != nullptr ? row->name : std::to_string(call);
}

std::string ErrorName(int error) {
  const char* name = strerrorname_np(error);
  return name != nullptr ? name : std::to_string(error);
}

const std::vector<int>& PlausibleErrors(long call) {
  static const auto& none = *new std::vector<int>;
  const Row* row = Find(call);
  return row != nullptr ? row->errors : none;
}

bool IsKnownCall(long call) { return Find(call) != nullptr; }

}  // namespace foster
