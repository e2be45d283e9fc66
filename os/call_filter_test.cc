// SPDX-License-Identifier: Apache-2.0
#include "os/call_filter.h"

#include <string.h>

#include "gtest/gtest.h"

namespace foster {
namespace {

constexpr std::array<AllowedCall, 7> kCalls = {{{5}, {0}, {6}, {9, 1, 0x13}, {100, 2, 0, {7, 8, 0x80000001}}, {101}, {450}}};
constexpr CallFilter kFilter = BuildCallFilter(kCalls);
static_assert(kFilter.size < 40, "a binary search, and what looks at the arguments");

// What the kernel would do: the instructions that a filter is made of (bpf(4), seccomp(2)).
uint32_t Run(const CallFilter& filter, const struct seccomp_data& data) {
  uint32_t value = 0;
  for (size_t at = 0; at < filter.size; ++at) {
    const struct sock_filter& now = filter.code[at];
    bool yes = false;
    switch (now.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        memcpy(&value, reinterpret_cast<const char*>(&data) + now.k, sizeof value);
        continue;
      case BPF_RET | BPF_K:
        return now.k;
      case BPF_JMP | BPF_JEQ | BPF_K:
        yes = value == now.k;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        yes = value >= now.k;
        break;
      case BPF_JMP | BPF_JSET | BPF_K:
        yes = (value & now.k) != 0;
        break;
      default:
        ADD_FAILURE() << "an instruction that a filter here is not made of: " << now.code;
        return 0;
    }
    at += yes ? now.jt : now.jf;
  }
  ADD_FAILURE() << "runs off its end";
  return 0;
}

bool Allows(uint32_t number, uint32_t arch = kAuditArch, std::array<uint64_t, 3> arguments = {}) {
  struct seccomp_data data = {};
  data.nr = static_cast<int>(number);
  data.arch = arch;
  for (size_t i = 0; i < arguments.size(); ++i) data.args[i] = arguments[i];
  const uint32_t answer = Run(kFilter, data);
  EXPECT_TRUE(answer == SECCOMP_RET_ALLOW || answer == SECCOMP_RET_KILL_PROCESS);
  return answer == SECCOMP_RET_ALLOW;
}

TEST(CallFilter, AllowsWhatIsListedAndNothingElse) {
  for (uint32_t number = 0; number < 2000; ++number) {
    const bool listed = number == 0 || number == 5 || number == 6 || number == 101 || number == 450;
    if (number != 9 && number != 100) {
      EXPECT_EQ(Allows(number), listed) << number;
    }
  }
}

TEST(CallFilter, KillsTheNumbersOfOtherConventions) {
  EXPECT_FALSE(Allows(0x40000000)) << "x32's";
  EXPECT_FALSE(Allows(0x40000005));
  EXPECT_FALSE(Allows(0xfffffffe));
  for (uint32_t arch : {static_cast<uint32_t>(AUDIT_ARCH_I386), static_cast<uint32_t>(AUDIT_ARCH_ARM), 0U, ~0U}) EXPECT_FALSE(Allows(5, arch));
}

TEST(CallFilter, LeavesToATracerWhatItAnswersItself) { EXPECT_TRUE(Allows(~0U)); }

TEST(CallFilter, LooksForForbiddenBits) {
  EXPECT_TRUE(Allows(9, kAuditArch, {0, 0, 0xffff}));
  EXPECT_TRUE(Allows(9, kAuditArch, {0, 0x80000, 0}));
  EXPECT_FALSE(Allows(9, kAuditArch, {0, 0x80001, 0}));
  EXPECT_FALSE(Allows(9, kAuditArch, {0, 0x10, 0}));
}

TEST(CallFilter, LooksForOneOfSeveral) {
  for (uint64_t good : {uint64_t{7}, uint64_t{8}, uint64_t{0x80000001}}) EXPECT_TRUE(Allows(100, kAuditArch, {0, 0, good}));
  for (uint64_t bad : {0, 6, 9, 1}) EXPECT_FALSE(Allows(100, kAuditArch, {7, 7, bad}));
}

}  // namespace
}  // namespace foster
