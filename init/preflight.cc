// SPDX-License-Identifier: Apache-2.0
#include "init/preflight.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/resource.h>
#include <time.h>

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "init/cut.h"
#include "init/duration.h"
#include "os/read_file.h"

namespace foster {
namespace {

using absl::string_view;

// Whether what is entered may change what paths mean, or who we are.
bool EntersUnseen(const NamespaceSpec& namespaces) {
  for (const JoinWish& wish : namespaces.join) {
    if (wish.kinds == 0 || (wish.kinds & (CLONE_NEWNS | CLONE_NEWUSER)) != 0) return true;
  }
  return false;
}

// On Ubuntu. A program that no profile is for gets a user namespace without any right in it: its maps cannot be written.
void LookAtAppArmor(const Facts& facts, Problems* problems) {
  constexpr char kSwitch[] = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns";
  std::string text;
  if ((facts.effective & CapabilityBit(CAP_SYS_ADMIN)) != 0 || ReadFile(kSwitch, &text) != 0 || text != "1\n") return;
  if (ReadFile("/proc/self/attr/current", &text) != 0 || absl::StripAsciiWhitespace(text) != "unconfined") return;
  problems->Add({"--new=user: ", kSwitch, " is 1: AppArmor gives user namespaces to root and to programs with a profile that allows them"});
}

// The kernel wants each clock to read at least 0 inside. Offsets count from the machine's clocks, whatever time namespace we are in.
void LookAtClock(const char* name, clockid_t clock, const TimeOffset& offset, Problems* problems) {
  if (!offset.wanted || offset.nanoseconds >= 0) return;
  struct timespec now;
  std::string own;
  if (clock_gettime(clock, &now) != 0 || ReadFile("/proc/self/timens_offsets", &own) != 0) return;
  int64_t seconds = now.tv_sec;
  for (string_view rest = own; !rest.empty();) {
    string_view line = Cut(&rest, '\n');
    if (!absl::ConsumePrefix(&line, name)) continue;
    line = absl::StripLeadingAsciiWhitespace(line);
    int already = 0;
    if (absl::SimpleAtoi(Cut(&line, ' '), &already)) seconds -= already;
  }
  // A second to spare: time goes on meanwhile.
  if (seconds + 1 + offset.nanoseconds / kSecond >= 0) return;
  problems->Add({"--time-offset: \"", name, "\": the clock stands at ", absl::AlphaNum(seconds).Piece(), " s, and would read less than nothing"});
}

void LookAtLimits(const LimitsSpec& limits, Problems* problems) {
  unsigned earlier = 0;
  for (const ResourceLimit& wanted : limits.resources) {
    std::string text;
    uint64_t most;
    const bool first = (earlier >> wanted.resource & 1) == 0;
    earlier |= 1u << wanted.resource;
    if (wanted.keep_hard && first) {
      struct rlimit now;
      if (prlimit(0, static_cast<decltype(RLIMIT_NOFILE)>(wanted.resource), nullptr, &now) == 0 && wanted.limit.rlim_cur > now.rlim_max) {
        problems->Add({"--rlimit: ", wanted.name, ": the soft limit is above the hard one, ", absl::AlphaNum(now.rlim_max).Piece()});
      }
    } else if (!wanted.keep_hard && wanted.resource == RLIMIT_NOFILE && ReadFile("/proc/sys/fs/nr_open", &text) == 0 && absl::SimpleAtoi(text, &most) && wanted.limit.rlim_max > most) {
      problems->Add({"--rlimit: nofile: no limit may be above /proc/sys/fs/nr_open, ", absl::AlphaNum(most).Piece()});
    }
  }
}

// The text of a file that the workload's root will have. False where that is not certain; what is not there has no lines.
bool ReadForeseen(const std::vector<MountStep>& plan, const char* path, std::string* text) {
  const Foreseen seen = Foresee(plan, plan.size(), path, O_RDONLY);
  return seen.is == Foreseen::kMissing || (seen.at.valid() && ReadAll(seen.at.get(), text) == 0);
}

void LookAtNames(const IdentitySpec& spec, const std::vector<MountStep>& plan, Problems* problems) {
  std::string passwd, group;
  if (!HasNames(spec) || !ReadForeseen(plan, "/etc/passwd", &passwd) || !ReadForeseen(plan, "/etc/group", &group)) return;
  Identity identity;
  absl::Status status = LookUpIdentity(spec, passwd, group, &identity);
  if (!status.ok()) problems->Add({status.message()});
}

void LookAtFolder(const char* folder, const std::vector<MountStep>& plan, bool moved, Problems* problems) {
  // A relative one is the caller's; what is mounted may change what it leads to.
  if (folder == nullptr || (*folder != '/' && moved)) return;
  const Foreseen seen = Foresee(plan, *folder == '/' ? plan.size() : 0, folder, O_PATH);
  const int error = seen.is == Foreseen::kMissing ? seen.error : seen.IsOther() ? ENOTDIR : 0;
  if (error != 0) problems->Add(error, {"--chdir: folder"}, folder);
}

}  // namespace

Problems Preflight(const Options& options, const Facts& facts) {
  Problems problems;
  const NamespaceSpec& namespaces = options.namespaces;
  if (namespaces.Makes(CLONE_NEWUSER)) LookAtAppArmor(facts, &problems);
  LookAtClock("monotonic", CLOCK_MONOTONIC, namespaces.monotonic, &problems);
  LookAtClock("boottime", CLOCK_BOOTTIME, namespaces.boottime, &problems);
  LookAtLimits(options.limits, &problems);
  if (EntersUnseen(namespaces)) return problems;
  std::vector<MountStep> plan;
  if (options.mounts.wanted()) {
    const bool own_namespace = namespaces.Makes(CLONE_NEWNS);
    plan = PlanMounts(options.mounts, LookAround(options.mounts, own_namespace));
    ForeseeMounts(plan, namespaces.make, &problems);
  }
  LookAtNames(options.identity, plan, &problems);
  LookAtFolder(options.folder, plan, options.mounts.wanted(), &problems);
  return problems;
}

absl::Status CheckBeforehand(const Options& options) {
  const Facts facts = GatherFacts();
  absl::Status status = CheckRequest(options, facts);
  if (!status.ok()) return status;
  const Problems problems = Preflight(options, facts);
  const string_view lines = problems.lines();
  return problems.none() ? absl::OkStatus() : absl::InvalidArgumentError(lines.substr(0, lines.find('\n')));
}

}  // namespace foster
