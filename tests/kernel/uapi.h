// SPDX-License-Identifier: Apache-2.0
// What the kernel's interface has and the headers that the suite is built with (Linux 6.1, or a C library's) may not: numbers and
// layouts, each with the version that brought it.
#ifndef FOSTER_TESTS_KERNEL_UAPI_H_
#define FOSTER_TESTS_KERNEL_UAPI_H_

#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>

namespace foster {

// linux/sched.h: struct clone_args as of Linux 5.7. Older kernels take it as long as what they do not know is 0.
struct CloneArgs {
  uint64_t flags = 0;
  uint64_t pidfd = 0;
  uint64_t child_tid = 0;
  uint64_t parent_tid = 0;
  uint64_t exit_signal = 0;
  uint64_t stack = 0;
  uint64_t stack_size = 0;
  uint64_t tls = 0;
  uint64_t set_tid = 0;  // 5.5
  uint64_t set_tid_size = 0;
  uint64_t cgroup = 0;  // 5.7
};
static_assert(sizeof(CloneArgs) == 88, "CLONE_ARGS_SIZE_VER2");

constexpr uint64_t kCloneNewTime = 0x80;              // 5.6
constexpr uint64_t kCloneNewCgroup = 0x02000000;      // 4.6
constexpr uint64_t kClonePidfd = 0x1000;              // 5.2
constexpr uint64_t kCloneClearSighand = 1ULL << 32;   // 5.5
constexpr uint64_t kCloneIntoCgroup = 1ULL << 33;     // 5.7
constexpr uint64_t kCloneAutoreap = 1ULL << 34;       // 7.1
constexpr uint64_t kCloneNnp = 1ULL << 35;            // 7.1
constexpr uint64_t kClonePidfdAutokill = 1ULL << 36;  // 7.1

// System calls: the same numbers everywhere since the tables were joined.
constexpr long kPidfdSendSignal = 424;  // 5.1
constexpr long kOpenTree = 428;         // 5.2
constexpr long kMoveMount = 429;
constexpr long kFsopen = 430;
constexpr long kFsconfig = 431;
constexpr long kFsmount = 432;
constexpr long kPidfdOpen = 434;  // 5.3
constexpr long kClone3 = 435;     // 5.3
constexpr long kPidfdGetfd = 438;  // 5.6
constexpr long kLandlockCreateRuleset = 444;  // 5.13
constexpr long kLandlockRestrictSelf = 446;
constexpr long kListns = 470;  // 6.19

// linux/mount.h, for fsconfig(2).
constexpr int kFsconfigSetString = 1;
constexpr int kFsconfigSetFd = 5;
constexpr int kFsconfigCmdCreate = 6;

// linux/pidfd.h.
constexpr unsigned kPidfdNonblock = O_NONBLOCK;           // 5.10
constexpr unsigned kPidfdThread = O_EXCL;                 // 6.9
constexpr unsigned kPidfdSignalProcessGroup = 1u << 2;    // 6.9
constexpr int kPidfdSelfThread = -10000;                  // 6.15
constexpr int kPidfdSelfThreadGroup = -10001;             // 6.17
constexpr int kPidfdSelfThreadGroupAtFirst = -20000;      // 6.15 and 6.16
constexpr int kFdPidfsRoot = -10002;                      // 6.17
constexpr int kFdNsfsRoot = -10003;                       // 6.18

struct PidfdInfo {  // 6.13
  uint64_t mask;
  uint64_t cgroupid;
  uint32_t pid;
  uint32_t tgid;
  uint32_t ppid;
  uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
  int32_t exit_code;
};
static_assert(sizeof(PidfdInfo) == 64, "PIDFD_INFO_SIZE_VER0");
struct PidfdInfoLong {  // 6.19
  PidfdInfo first;
  uint32_t coredump_mask;
  uint32_t coredump_signal;
  uint64_t at_72;  // 6.19 and 7.0: supported_mask; 7.1: coredump_code, and 4 bytes of nothing
  uint64_t at_80;  // 7.1: supported_mask
};
static_assert(sizeof(PidfdInfoLong) == 88, "the longest there is");
constexpr uint64_t kPidfdInfoPid = 1 << 0;
constexpr uint64_t kPidfdInfoExit = 1 << 3;             // 6.15
constexpr uint64_t kPidfdInfoCoredump = 1 << 4;         // 6.16
constexpr uint64_t kPidfdInfoSupportedMask = 1 << 5;    // 6.19
constexpr uint64_t kPidfdInfoCoredumpSignal = 1 << 6;   // 6.19
constexpr unsigned long kPidfdGetInfo = _IOWR(0xFF, 11, PidfdInfo);
constexpr unsigned long kPidfdGetInfoLong = _IOWR(0xFF, 11, PidfdInfoLong);

constexpr unsigned long PidfdGetNamespace(int which) { return _IO(0xFF, static_cast<unsigned>(which)); }  // 6.11
constexpr int kPidfdCgroupNamespace = 1, kPidfdIpcNamespace = 2, kPidfdMntNamespace = 3, kPidfdNetNamespace = 4, kPidfdPidNamespace = 5,
              kPidfdPidForChildrenNamespace = 6, kPidfdTimeNamespace = 7, kPidfdTimeForChildrenNamespace = 8, kPidfdUserNamespace = 9,
              kPidfdUtsNamespace = 10;

// linux/nsfs.h.
constexpr unsigned long kNsGetUserns = _IO(0xb7, 1);  // 4.9
constexpr unsigned long kNsGetParent = _IO(0xb7, 2);
constexpr unsigned long kNsGetNstype = _IO(0xb7, 3);  // 4.11
constexpr unsigned long kNsGetOwnerUid = _IO(0xb7, 4);
constexpr unsigned long kNsGetMntnsId = _IOR(0xb7, 5, uint64_t);     // 6.12
constexpr unsigned long kNsGetPidFromPidns = _IOR(0xb7, 6, int);     // 6.11
constexpr unsigned long kNsGetTgidFromPidns = _IOR(0xb7, 7, int);
constexpr unsigned long kNsGetPidInPidns = _IOR(0xb7, 8, int);
constexpr unsigned long kNsGetTgidInPidns = _IOR(0xb7, 9, int);
constexpr unsigned long kNsGetId = _IOR(0xb7, 13, uint64_t);  // 6.18

constexpr unsigned long kNsfsMagic = 0x6e736673;
constexpr unsigned long kPidfsMagic = 0x50494446;
constexpr unsigned long kProcMagic = 0x9fa0;

// Room for a file handle of name_to_handle_at(2).
struct FileHandle {
  uint32_t bytes = 64;
  int32_t type = 0;
  unsigned char handle[64] = {};
};

}  // namespace foster

#endif  // FOSTER_TESTS_KERNEL_UAPI_H_
