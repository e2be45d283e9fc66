// SPDX-License-Identifier: Apache-2.0
// A seccomp filter (seccomp(2)), made of a list of calls while foster is compiled.
//
// The program is a binary search for the call's number, because the kernel tries every number once when the filter is installed (Linux 5.11 and newer
// remember which are always allowed, and never ask the filter about them again).
#ifndef FOSTER_OS_CALL_FILTER_H_
#define FOSTER_OS_CALL_FILTER_H_

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

#include <array>

namespace foster {

#if defined(__x86_64__)
inline constexpr uint32_t kAuditArch = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
inline constexpr uint32_t kAuditArch = AUDIT_ARCH_AARCH64;
#else
#error "the name of this architecture in a seccomp filter is not known here"
#endif

// A call that is allowed; with `argument` not -1 only where the low 32 bits of that argument (the kernel looks at no more of the flags and
// requests that this is for) are one of `among`, or, where `forbidden` is not 0, have none of its bits.
struct AllowedCall {
  uint32_t number = 0;
  int argument = -1;
  uint32_t forbidden = 0;
  std::array<uint32_t, 3> among = {};  // unused ones repeat another
};

inline constexpr size_t kMostInstructions = 256;  // a jump is at most 255 long

struct CallFilter {
  uint16_t size = 0;
  std::array<struct sock_filter, kMostInstructions> code = {};
};

namespace call_filter_internal {

// Where a jump goes before the program's length is known: an instruction, or one of the ends.
inline constexpr int kKill = -1;
inline constexpr int kAllow = -2;
inline constexpr int kFirstRule = -3;  // and further down: what looks at the arguments of the calls that have such a rule

template <size_t kCount>
class Builder {
 public:
  constexpr explicit Builder(const std::array<AllowedCall, kCount>& calls) : calls_(calls) {
    Sort();
    // From each number on what becomes of it, up to the next.
    Mark(0, kKill);
    for (size_t i = 0; i < kCount; ++i) {
      Mark(calls_[i].number, calls_[i].argument < 0 ? kAllow : kFirstRule - static_cast<int>(i));
      Mark(calls_[i].number + 1, kKill);
    }
  }

  constexpr CallFilter Build() {
    Load(offsetof(struct seccomp_data, arch));
    Jump(BPF_JEQ, kAuditArch, static_cast<int>(size_) + 1, kKill);
    Load(offsetof(struct seccomp_data, nr));
    // -1 is what a tracer puts in the place of a call that it answers itself; for everybody else it is no call at all (ENOSYS).
    Jump(BPF_JEQ, ~uint32_t{0}, kAllow, static_cast<int>(size_) + 1);
    Search(0, marks_);
    for (size_t i = 0; i < kCount; ++i) {
      if (calls_[i].argument < 0) continue;
      rules_[i] = static_cast<int>(size_);
      LookAtArgument(calls_[i]);
    }
    const int kill = static_cast<int>(size_);
    filter_.code[size_++] = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS};
    const int allow = static_cast<int>(size_);
    filter_.code[size_++] = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
    for (size_t i = 0; i < size_; ++i) {
      if ((filter_.code[i].code & 7) != BPF_JMP) continue;
      filter_.code[i].jt = Distance(i, yes_[i], kill, allow);
      filter_.code[i].jf = Distance(i, no_[i], kill, allow);
    }
    filter_.size = static_cast<uint16_t>(size_);
    return filter_;
  }

 private:
  constexpr void Sort() {
    for (size_t i = 1; i < kCount; ++i) {
      for (size_t j = i; j > 0 && calls_[j].number < calls_[j - 1].number; --j) {
        const AllowedCall other = calls_[j];
        calls_[j] = calls_[j - 1];
        calls_[j - 1] = other;
      }
    }
  }

  constexpr void Mark(uint32_t from, int what) {
    if (marks_ > 0 && from_[marks_ - 1] == from) {
      what_[marks_ - 1] = what;  // the next number begins where the last one ended
      if (marks_ > 1 && what_[marks_ - 2] == what) --marks_;
      return;
    }
    from_[marks_] = from;
    what_[marks_++] = what;
  }

  constexpr void Load(size_t offset) { filter_.code[size_++] = {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<uint32_t>(offset)}; }

  constexpr void Jump(unsigned test, uint32_t value, int yes, int no) {
    yes_[size_] = yes;
    no_[size_] = no;
    filter_.code[size_++] = {static_cast<uint16_t>(BPF_JMP | test | BPF_K), 0, 0, value};
  }

  // Among the marks from `first` up to `end`. Where it begins, or the end that it stands for.
  constexpr int Search(size_t first, size_t end) {
    if (end - first == 1) return what_[first];
    const size_t middle = first + (end - first) / 2;
    const size_t at = size_;
    Jump(BPF_JGE, from_[middle], 0, 0);
    no_[at] = Search(first, middle);
    yes_[at] = Search(middle, end);
    return static_cast<int>(at);
  }

  constexpr void LookAtArgument(const AllowedCall& call) {
    // The low half comes first: both architectures are little-endian.
    Load(offsetof(struct seccomp_data, args) + 8 * static_cast<size_t>(call.argument));
    if (call.forbidden != 0) {
      Jump(BPF_JSET, call.forbidden, kKill, kAllow);
      return;
    }
    for (size_t i = 0; i < call.among.size(); ++i) {
      Jump(BPF_JEQ, call.among[i], kAllow, i + 1 < call.among.size() ? static_cast<int>(size_) + 1 : kKill);
    }
  }

  constexpr uint8_t Distance(size_t from, int target, int kill, int allow) const {
    const int to = target == kKill ? kill : target == kAllow ? allow : target <= kFirstRule ? rules_[static_cast<size_t>(kFirstRule - target)] : target;
    return static_cast<uint8_t>(to - static_cast<int>(from) - 1);
  }

  std::array<AllowedCall, kCount> calls_;
  CallFilter filter_ = {};
  size_t size_ = 0;
  size_t marks_ = 0;
  std::array<uint32_t, 2 * kCount + 1> from_ = {};
  std::array<int, 2 * kCount + 1> what_ = {};
  std::array<int, kCount> rules_ = {};
  std::array<int, kMostInstructions> yes_ = {};
  std::array<int, kMostInstructions> no_ = {};
};

}  // namespace call_filter_internal

// A filter that allows `calls`, in any order, and kills the process at every other, and at every call of another architecture's.
template <size_t kCount>
constexpr CallFilter BuildCallFilter(const std::array<AllowedCall, kCount>& calls) {
  return call_filter_internal::Builder<kCount>(calls).Build();
}

// Only as much of it as is used, for a constant in the program.
template <size_t kSize>
constexpr std::array<struct sock_filter, kSize> CodeOf(const CallFilter& filter) {
  std::array<struct sock_filter, kSize> code = {};
  for (size_t i = 0; i < kSize; ++i) code[i] = filter.code[i];
  return code;
}

// Puts this process under a filter, for good. The process must have forbidden itself new privileges (or have CAP_SYS_ADMIN). 0, or an errno.
int InstallCallFilter(const struct sock_filter* code, uint16_t size);

}  // namespace foster

#endif  // FOSTER_OS_CALL_FILTER_H_
