// SPDX-License-Identifier: Apache-2.0
// What foster gives up once the workload runs, so that nobody who finds a hole in it has won much, and nobody in there can read or trace it.
//
// No step of it touches the workload, which exists before the first. Each may be refused, by an old kernel or by a container's filter: foster does
// without that step then, and says so with -v.
#ifndef FOSTER_INIT_SANDBOX_H_
#define FOSTER_INIT_SANDBOX_H_

#include <stdint.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "init/log.h"
#include "os/credentials.h"

namespace foster {

enum SandboxPart : uint8_t {
  kSandboxPrivileges = 1,  // no capability but those that are needed, and no new privileges by exec
  kSandboxUndumpable = 2,  // not to be read, traced or dumped
  kSandboxCalls = 4,       // no system calls but those of loop_calls.h
};

struct SandboxSpec {
  uint8_t parts = kSandboxPrivileges | kSandboxUndumpable | kSandboxCalls;

  bool Has(SandboxPart part) const { return (parts & part) != 0; }
  void Leave(SandboxPart part) { parts = static_cast<uint8_t>(parts & ~part); }
};

// The value of --no-sandbox: a list of the parts to leave out, or "" for all.
absl::Status LeaveSandboxParts(absl::string_view list, SandboxSpec* spec);

// What the life to come still needs.
struct SandboxNeeds {
  bool restart = false;  // the workload may be started again, with all that the first start had
  bool reboot = false;   // reboot(2)
  bool unmount = false;  // and the file systems of a machine before that
  bool dumpable = false;  // nothing has made foster undumpable yet: the workload's start does (WorkloadSpec::undumpable), where there is one
};

class Sandbox {
 public:
  explicit Sandbox(const SandboxSpec& spec) : spec_(spec) {}

  // The workload runs. What a restart's child would inherit for good (no new privileges, the filter) is left out where there may be one, and the
  // capabilities are kept in reserve: permitted, not effective.
  void Enter(const SandboxNeeds& needs, const Log& log);

  // The filter, which costs more than all else that foster does (40 µs, in which the kernel translates it): whoever calls Enter also calls this when there
  // is time for it, or kWithin later. Does nothing where it has been called, or nothing is to be done.
  //
  // Longer than from one tick of the kernel's to the next (4 ms at 250 Hz): a time limit that ends sooner is set in the hardware, and taken back there when
  // the workload ends first, which on a virtual machine takes 16 µs each.
  static constexpr int64_t kWithin = 5'000'000;  // nanoseconds
  bool filter_due() const { return filter_due_; }
  void LimitCalls(const Log& log);

  // Around a further start of the workload. The child takes back what `reserve` says (null: nothing to take); files of its own in /proc belong to whom
  // it is only while this memory, which it shares, may be dumped.
  void BeforeRestart() const;
  void AfterRestart() const;
  const Capabilities* reserve() const { return has_reserve_ ? &reserve_ : nullptr; }

 private:
  int GiveUpCapabilities(const SandboxNeeds& needs);

  const SandboxSpec spec_;
  bool has_reserve_ = false;
  bool filter_due_ = false;
  bool power_ = false;
  Capabilities reserve_;
};

}  // namespace foster

#endif  // FOSTER_INIT_SANDBOX_H_
