// SPDX-License-Identifier: Apache-2.0
// From the command line to a list of mount steps. Pure.
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "init/setup/mounts.h"
#include "os/status_from_errno.h"

namespace foster {
namespace {

using absl::string_view;

constexpr unsigned long kInert = MS_NOSUID | MS_NODEV | MS_NOEXEC;

// File systems that come from no device and are the kernel's own work: the source may be left out. With the flags that everybody gives them.
struct KnownType {
  char name[12];
  unsigned long flags;
};
constexpr KnownType kSourceless[] = {
    {"proc", kInert},        {"sysfs", kInert},      {"tmpfs", MS_NOSUID | MS_NODEV}, {"ramfs", MS_NOSUID | MS_NODEV}, {"devpts", MS_NOSUID | MS_NOEXEC},
    {"mqueue", kInert},      {"cgroup2", kInert},    {"cgroup", kInert},              {"overlay", 0},                  {"devtmpfs", MS_NOSUID},
    {"binfmt_misc", kInert}, {"securityfs", kInert}, {"debugfs", kInert},             {"tracefs", kInert},             {"bpf", kInert},
    {"hugetlbfs", MS_NOSUID | MS_NODEV}, {"pstore", kInert}, {"configfs", kInert},    {"efivarfs", kInert}};

const KnownType* FindType(string_view name) {
  for (const KnownType& type : kSourceless) {
    if (name == type.name) return &type;
  }
  return nullptr;
}

struct FlagName {
  char name[12];
  unsigned long set;
  unsigned long clear;
};
constexpr FlagName kFlags[] = {
    {"ro", MS_RDONLY, 0},           {"rw", 0, MS_RDONLY},           {"nosuid", MS_NOSUID, 0},         {"suid", 0, MS_NOSUID},
    {"nodev", MS_NODEV, 0},         {"dev", 0, MS_NODEV},           {"noexec", MS_NOEXEC, 0},         {"exec", 0, MS_NOEXEC},
    {"noatime", MS_NOATIME, 0},     {"relatime", MS_RELATIME, 0},   {"strictatime", MS_STRICTATIME, 0}, {"nodiratime", MS_NODIRATIME, 0},
    {"sync", MS_SYNCHRONOUS, 0},    {"dirsync", MS_DIRSYNC, 0},     {"lazytime", MS_LAZYTIME, 0},     {"nosymfollow", 256, 0},
    {"silent", MS_SILENT, 0}};

// Splits mount options into the flags of mount(2) and the file system's own.
void ReadOptions(string_view options, MountStep* step) {
  while (!options.empty()) {
    const string_view one = options.substr(0, options.find(','));
    options.remove_prefix(std::min(one.size() + 1, options.size()));
    const FlagName* flag = nullptr;
    for (const FlagName& candidate : kFlags) {
      if (one == candidate.name) flag = &candidate;
    }
    if (flag != nullptr) {
      step->flags = (step->flags & ~flag->clear) | flag->set;
    } else if (!one.empty()) {
      absl::StrAppend(&step->data, step->data.empty() ? "" : ",", one);
    }
  }
}

// Cuts off the text before the next colon; "\:" is a colon of the text.
std::string CutField(string_view* rest) {
  std::string field;
  size_t i = 0;
  for (; i < rest->size() && (*rest)[i] != ':'; ++i) {
    if ((*rest)[i] == '\\' && i + 1 < rest->size() && (*rest)[i + 1] == ':') ++i;
    field.push_back((*rest)[i]);
  }
  rest->remove_prefix(std::min(i + 1, rest->size()));
  return field;
}

bool IsAbsolute(string_view path) { return absl::StartsWith(path, "/"); }

// "/a//b/" -> "/a/b". What ".." and links mean only the kernel knows.
std::string Tidy(string_view path) {
  std::string tidy;
  for (char c : path) {
    if (c != '/' || tidy.empty() || tidy.back() != '/') tidy.push_back(c);
  }
  if (tidy.size() > 1 && tidy.back() == '/') tidy.pop_back();
  return tidy;
}

bool IsBelow(string_view path, string_view folder) {
  return folder == "/" || path == folder || (absl::StartsWith(path, folder) && path[folder.size()] == '/');
}

// TYPE[:SOURCE]:TARGET[:OPTIONS]. For the kernel's own file systems a second field that begins with a slash is the target, and all behind it is
// options, colons included (lowerdir=/a:/b). For the others it is the source; with no further field also the target.
absl::Status ReadMount(string_view value, MountStep* step) {
  const std::string whole(value);
  string_view rest = value;
  step->option = "--mount";
  step->type = CutField(&rest);
  const bool bind = step->type == "bind" || step->type == "rbind";
  const KnownType* known = FindType(step->type);
  if (known != nullptr) step->flags = known->flags;
  if (step->type.empty() || rest.empty()) return Refused(absl::StrCat("\"", whole, "\""), "not TYPE[:SOURCE]:TARGET[:OPTIONS]");
  if (known != nullptr && IsAbsolute(rest)) {
    step->source = step->type;
    step->target = CutField(&rest);
  } else {
    step->source = CutField(&rest);
    step->target = rest.empty() && bind ? step->source : CutField(&rest);
  }
  if (!IsAbsolute(step->target)) return Refused(absl::StrCat("\"", whole, "\""), "the target must be an absolute path (TYPE[:SOURCE]:TARGET[:OPTIONS])");
  if (step->source.empty()) return Refused(absl::StrCat("\"", whole, "\""), "the source is empty");
  step->target = Tidy(step->target);
  ReadOptions(rest, step);
  if (bind) {
    step->act = MountAct::kBind;
    step->recursive = step->type == "rbind";
    if (!step->data.empty()) return Refused(absl::StrCat("\"", step->data, "\""), "no option of a bind mount (ro, nosuid, nodev, noexec)");
  } else if (step->type == "devpts" && step->data.empty()) {
    step->data = "newinstance,ptmxmode=0666,mode=620";
  }
  return absl::OkStatus();
}

class Planner {
 public:
  Planner(const MountSpec& spec, const MountSurroundings& surroundings) : spec_(spec), surroundings_(surroundings) {}

  std::vector<MountStep> Plan() {
    if (surroundings_.own_namespace) Propagate();
    if (spec_.root != nullptr) EnterRoot();
    for (const MountWish& wish : spec_.wishes) Add(wish);
    if (spec_.root != nullptr) Put(MountAct::kLeaveRoot, "--root", "/");
    return std::move(plan_);
  }

 private:
  MountStep& Put(MountAct act, const char* option, string_view target) {
    MountStep step;
    step.act = act;
    step.option = option;
    step.target = Tidy(target);
    return Put(std::move(step));
  }

  MountStep& Put(MountStep step) {
    step.may_create = MayCreate(step.target);
    plan_.push_back(std::move(step));
    return plan_.back();
  }

  MountStep& PutFileSystem(const char* option, const char* type, string_view target, unsigned long flags, string_view data) {
    MountStep& step = Put(MountAct::kFileSystem, option, target);
    step.type = type;
    step.source = type;
    step.flags = flags;
    step.data = std::string(data);
    return step;
  }

  // A mount point is made where the folder around it is foster's to arrange: in the new root, and on what foster mounts.
  bool MayCreate(string_view target) const {
    if (in_new_root_) return true;
    return std::any_of(plan_.begin(), plan_.end(), [target](const MountStep& step) {
      return (step.act == MountAct::kFileSystem || step.act == MountAct::kBind) && step.target != target && IsBelow(target, step.target);
    });
  }

  void Propagate() {
    // A new root needs its surroundings private (pivot_root(2)).
    const bool shared = spec_.propagation == Propagation::kShared && spec_.root == nullptr;
    Put(MountAct::kPropagate, "--propagation", "/").flags = shared ? MS_SHARED : spec_.propagation == Propagation::kSlave ? MS_SLAVE : MS_PRIVATE;
  }

  // What is mounted on the very folder of --root comes first, and is the root.
  void EnterRoot() {
    const std::string root = Tidy(spec_.root);
    for (const MountWish& wish : spec_.wishes) {
      MountStep step;
      if (wish.kind == MountWish::kMount && ReadMount(wish.value, &step).ok() && step.target == root) Put(std::move(step));
    }
    Put(MountAct::kEnterRoot, "--root", root);
    in_new_root_ = true;
  }

  void Add(const MountWish& wish) {
    switch (wish.kind) {
      case MountWish::kProc: {
        MountStep& step = PutFileSystem("--proc", "proc", "/proc", kInert, "");
        ReadOptions(wish.value, &step);
        break;
      }
      case MountWish::kDev:
        AddDev();
        break;
      case MountWish::kMount: {
        MountStep step;
        if (ReadMount(wish.value, &step).ok() && (spec_.root == nullptr || step.target != Tidy(spec_.root))) Put(std::move(step));
        break;
      }
      case MountWish::kReadOnly:
        Put(MountAct::kReadOnly, "--read-only", wish.value);
        break;
      case MountWish::kMask:
        Put(MountAct::kMask, "--mask", wish.value);
        break;
    }
  }

  void AddDev() {
    constexpr char kDev[] = "--dev";
    PutFileSystem(kDev, "tmpfs", "/dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=64m");
    struct Node {
      char path[13];
      uint8_t major, minor;
    };
    constexpr Node kNodes[] = {{"/dev/null", 1, 3}, {"/dev/zero", 1, 5}, {"/dev/full", 1, 7}, {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0}};
    for (const Node& node : kNodes) Put(MountAct::kNode, kDev, {node.path, strnlen(node.path, sizeof node.path)}).device = makedev(node.major, node.minor);
    constexpr const char* kLinks[][2] = {{"/dev/fd", "/proc/self/fd"},       {"/dev/stdin", "/proc/self/fd/0"}, {"/dev/stdout", "/proc/self/fd/1"},
                                         {"/dev/stderr", "/proc/self/fd/2"}, {"/dev/ptmx", "pts/ptmx"}};
    for (const auto& link : kLinks) Put(MountAct::kLink, kDev, link[0]).source = link[1];
    PutFileSystem(kDev, "devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620,gid=5");
    PutFileSystem(kDev, "tmpfs", "/dev/shm", kInert, "mode=1777,size=64m");
    if (!surroundings_.terminal.empty()) Put(MountAct::kBind, kDev, "/dev/console").source = surroundings_.terminal;
  }

  const MountSpec& spec_;
  const MountSurroundings& surroundings_;
  std::vector<MountStep> plan_;
  bool in_new_root_ = false;
};

std::string FlagWords(unsigned long flags) {
  std::string words;
  for (const FlagName& flag : kFlags) {
    if (flag.set != 0 && (flags & flag.set) != 0) absl::StrAppend(&words, words.empty() ? "" : ",", flag.name);
  }
  return words;
}

}  // namespace

absl::Status CheckMountPath(string_view path) {
  return IsAbsolute(path) ? absl::OkStatus() : Refused(absl::StrCat("\"", path, "\""), "must be an absolute path");
}

absl::Status CheckMount(string_view value) {
  MountStep step;
  return ReadMount(value, &step);
}

std::vector<MountStep> PlanMounts(const MountSpec& spec, const MountSurroundings& surroundings) { return Planner(spec, surroundings).Plan(); }

std::string TellMountStep(const MountStep& step) {
  switch (step.act) {
    case MountAct::kPropagate:
      return step.flags == MS_SHARED  ? "share mounts with where this mount namespace was copied from"
             : step.flags == MS_SLAVE ? "see what is mounted outside, show nothing (slave)"
                                      : "cut all mounts off from outside (private)";
    case MountAct::kFileSystem: {
      const std::string flags = FlagWords(step.flags);
      return absl::StrCat("mount ", step.type, step.source != step.type ? " " : "", step.source != step.type ? step.source : "", " on ", step.target,
                          flags.empty() && step.data.empty() ? "" : " with ", flags, flags.empty() || step.data.empty() ? "" : ",", step.data);
    }
    case MountAct::kBind: {
      const std::string flags = FlagWords(step.flags);
      return absl::StrCat("bind ", step.source, step.recursive ? " and what is mounted below it" : "", " to ", step.target, flags.empty() ? "" : " with ", flags);
    }
    case MountAct::kEnterRoot:
      return absl::StrCat("make ", step.target, " the root (pivot_root); paths below are paths in it");
    case MountAct::kLeaveRoot:
      return "detach the old root";
    case MountAct::kNode:
      return absl::StrCat("make the device ", step.target);
    case MountAct::kLink:
      return absl::StrCat("link ", step.target, " to ", step.source);
    case MountAct::kReadOnly:
      return absl::StrCat("make ", step.target, " and all that is mounted below it read-only");
    case MountAct::kMask:
      return absl::StrCat("hide ", step.target);
  }
  return "";
}

absl::Status MakeMounts(const MountSpec& spec, bool own_namespace, MountsMade* made) {
  if (!spec.wanted() && !own_namespace) return absl::OkStatus();
  return ApplyMounts(PlanMounts(spec, LookAround(spec, own_namespace)), made);
}

}  // namespace foster
