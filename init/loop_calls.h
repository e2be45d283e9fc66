// SPDX-License-Identifier: Apache-2.0
// The system calls that the supervisor's loop makes once the workload runs, and why. Every other one kills foster by SIGSYS (sandbox.h), and with
// it, where it is PID 1, its whole namespace.
//
// Whoever adds something to the loop that needs another call adds a row here, as narrow as an AllowedCall can say it. Calls of the set-up, and of a child
// that is about to become the workload, do not belong here: the filter does not exist yet, or (--restart) not at all. The rows name the calls that
// musl makes; where an architecture has only the newer of two, the older is left out.
#ifndef FOSTER_INIT_LOOP_CALLS_H_
#define FOSTER_INIT_LOOP_CALLS_H_

#include <asm/ioctls.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "os/call_filter.h"

namespace foster {

// open(2) for reading only: nothing is written but what was open before the workload ran.
inline constexpr uint32_t kWriting = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;
inline constexpr uint32_t kPidfdGetInfo = 0xc040ff0b;  // os/pidfd.cc has its form

inline constexpr uint32_t kReceiveFlags = MSG_DONTWAIT | MSG_CMSG_CLOEXEC;  // os/datagram.cc
inline constexpr uint32_t kSendFlags = MSG_DONTWAIT | MSG_NOSIGNAL;

inline constexpr auto kLoopCalls = std::array{
    // Waiting.
    AllowedCall{SYS_ppoll},
    AllowedCall{SYS_pselect6},  // where somebody has lowered RLIMIT_NOFILE (os/poll.h)
    AllowedCall{SYS_rt_sigtimedwait},
    AllowedCall{SYS_restart_syscall},  // the kernel's own, for a wait with a time limit that a stop and SIGCONT interrupted
    AllowedCall{SYS_clock_gettime},
    // Signals: taking them, passing them on, asking everybody to go, stopping itself with a job; holding SIGCHLD back in a storm.
    AllowedCall{SYS_read},
    AllowedCall{SYS_kill},
    AllowedCall{424},  // pidfd_send_signal; newer than some C libraries
    AllowedCall{SYS_signalfd4},
    // Children: who reaps, and what became of them.
    AllowedCall{SYS_rt_sigaction},
    AllowedCall{SYS_waitid},
    // The terminal's foreground, and the exit status of what the kernel reaped.
    AllowedCall{SYS_ioctl, 1, 0, {TIOCGPGRP, TIOCSPGRP, kPidfdGetInfo}},
    AllowedCall{SYS_getpgid},  // getpgrp(3)
    AllowedCall{SYS_getpid},
    // Stopping with a job, and dying with it, by the workload's own signal; without a core dump.
    AllowedCall{SYS_rt_sigprocmask},
    AllowedCall{SYS_rt_sigpending},
    AllowedCall{SYS_prlimit64, 1, 0, {RLIMIT_CORE, RLIMIT_CORE, RLIMIT_CORE}},
    // Telling: stderr, the status stream, the relay between a wrapper's halves.
    AllowedCall{SYS_write},
    AllowedCall{SYS_pwritev2},
    AllowedCall{SYS_lseek},  // half a line at the end of a full disk is taken back
    AllowedCall{SYS_ftruncate},
    AllowedCall{SYS_pread64},  // the counter of out-of-memory kills
    // Notifications (--ready, --watchdog). Without such a socket there is none that these could be used on.
    AllowedCall{SYS_recvmsg, 2, 0, {kReceiveFlags, kReceiveFlags, kReceiveFlags}},
    AllowedCall{SYS_sendmsg, 2, 0, {kSendFlags, kSendFlags, kSendFlags}},
    // Who is left, and whose child somebody is: /proc.
    AllowedCall{SYS_openat, 2, kWriting},
#if defined(SYS_open)
    AllowedCall{SYS_open, 1, kWriting},
    AllowedCall{SYS_poll},
    AllowedCall{SYS_readlink},
#else
    AllowedCall{SYS_readlinkat},
#endif
    AllowedCall{SYS_fcntl, 1, 0, {F_SETFD, F_DUPFD_CLOEXEC, F_SETFD}},  // musl's open(3) with O_CLOEXEC; AboveStdio
    AllowedCall{SYS_getdents64},
    AllowedCall{SYS_close},
    AllowedCall{SYS_madvise, 2, 0, {MADV_DONTNEED, MADV_DONTNEED, MADV_DONTNEED}},  // pages that only the start needed
    // The end. What was allocated before the workload ran may be given back.
    AllowedCall{SYS_munmap},
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
    AllowedCall{SYS_mmap},  // which needs memory to give some back
#endif
#endif
    AllowedCall{SYS_exit_group},
};

// With --poweroff, for the machine's or the namespace's end.
inline constexpr auto kPowerCalls = std::array{
    AllowedCall{SYS_sync},
    AllowedCall{SYS_umount2},
    AllowedCall{SYS_mount},  // the root, read-only
    AllowedCall{SYS_reboot},
};

}  // namespace foster

#endif  // FOSTER_INIT_LOOP_CALLS_H_
