// SPDX-License-Identifier: Apache-2.0
// Mount specifications, a line each ("root DIR", "mask PATH", "read-only PATH", "proc OPTIONS", or a value of --mount), and behind an empty line
// mountinfo and cgroup files as the kernel would write them.
#include "init/setup/mounts.h"

#include "absl/strings/match.h"
#include "init/setup/mount_table.h"
#include "init/oom.h"
#include "tests/fuzz/fuzz.h"

namespace foster {
namespace {

bool Strip(absl::string_view* line, absl::string_view word) {
  if (!absl::StartsWith(*line, word)) return false;
  line->remove_prefix(word.size());
  return true;
}

struct Wishes {
  MountSpec spec;
  std::vector<std::unique_ptr<char[]>> words;

  // What foster would take from its command line; anything else it has refused by then.
  void Add(absl::string_view line) {
    MountWish::Kind kind = MountWish::kMount;
    const bool root = Strip(&line, "root ");
    if (Strip(&line, "mask ")) kind = MountWish::kMask;
    if (Strip(&line, "read-only ")) kind = MountWish::kReadOnly;
    if (Strip(&line, "proc ")) kind = MountWish::kProc;
    if (line == "dev") kind = MountWish::kDev;
    line = line.substr(0, line.find('\0'));
    words.push_back(ExactWord(line));
    const char* value = words.back().get();
    if (root) {
      if (CheckMountPath(value).ok()) spec.root = value;
    } else if (kind == MountWish::kProc || kind == MountWish::kDev || (kind == MountWish::kMount ? CheckMount(value) : CheckMountPath(value)).ok()) {
      spec.wishes.push_back({kind, value});
    }
  }
};

void CheckPlan(const MountSpec& spec) {
  for (bool own : {false, true}) {
    MountSurroundings surroundings;
    surroundings.own_namespace = own;
    surroundings.terminal = own ? "/dev/pts/3" : "";
    const std::vector<MountStep> plan = PlanMounts(spec, surroundings);
    for (const MountStep& step : plan) {
      MUST(!TellMountStep(step).empty());
      MUST(step.act == MountAct::kPropagate || step.act == MountAct::kLeaveRoot || absl::StartsWith(step.target, "/"));
      if (step.act == MountAct::kFileSystem) MUST(!step.type.empty());
    }
  }
}

}  // namespace
}  // namespace foster

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace foster;
  absl::string_view rest(reinterpret_cast<const char*>(data), size);
  Wishes wishes;
  while (!rest.empty()) {
    const absl::string_view line = TakeUntil('\n', &rest);
    if (line.empty()) break;
    wishes.Add(line);
  }
  CheckPlan(wishes.spec);

  const Exact file(rest);
  for (const MountEntry& entry : ReadMountTable(file.text())) MUST(!entry.type.empty());
  for (const char* type : {"proc", "sysfs"}) MUST(!TellMasked(file.text(), type).empty());
  OomCounterPath(file.text(), file.text());
  MUST(OomKillsIn(file.text()) >= -1);
  return 0;
}
