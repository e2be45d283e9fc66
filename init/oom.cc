// SPDX-License-Identifier: Apache-2.0
#include "init/oom.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace foster {
namespace {

absl::string_view TakeUpTo(char end, absl::string_view* rest) {
  const size_t at = rest->find(end);
  const absl::string_view piece = rest->substr(0, at);
  rest->remove_prefix(at == absl::string_view::npos ? rest->size() : at + 1);
  return piece;
}

bool ListHas(absl::string_view list, absl::string_view word) {
  while (!list.empty()) {
    if (TakeUpTo(',', &list) == word) return true;
  }
  return false;
}

// This process's place in the hierarchy that has the memory controller. False where there is none.
bool FindPlace(absl::string_view cgroup, bool* version1, absl::string_view* place) {
  bool found = false;
  while (!cgroup.empty()) {
    absl::string_view line = TakeUpTo('\n', &cgroup);
    const absl::string_view hierarchy = TakeUpTo(':', &line);
    const absl::string_view controllers = TakeUpTo(':', &line);
    if (ListHas(controllers, "memory")) {
      *version1 = true;
      *place = line;
      return true;
    }
    if (hierarchy == "0" && controllers.empty()) {
      *version1 = false;
      *place = line;
      found = true;
    }
  }
  return found;
}

std::string ReadAll(const char* path) {
  std::string text;
  FileDescriptor file(open(path, O_RDONLY | O_CLOEXEC));
  char chunk[1024];
  ssize_t got;
  while (file.valid() && (got = read(file.get(), chunk, sizeof chunk)) > 0) text.append(chunk, static_cast<size_t>(got));
  return text;
}

}  // namespace

std::string OomCounterPath(absl::string_view cgroup, absl::string_view mountinfo) {
  bool version1 = false;
  absl::string_view place;
  if (!FindPlace(cgroup, &version1, &place)) return "";
  while (!mountinfo.empty()) {
    // proc(5): 36 35 98:0 /root /point options [optional fields] - type source superoptions
    absl::string_view line = TakeUpTo('\n', &mountinfo);
    for (int i = 0; i < 3; ++i) TakeUpTo(' ', &line);
    const absl::string_view root = TakeUpTo(' ', &line);
    const absl::string_view point = TakeUpTo(' ', &line);
    const size_t separator = line.find(" - ");
    if (separator == absl::string_view::npos) continue;
    line.remove_prefix(separator + 3);
    const absl::string_view type = TakeUpTo(' ', &line);
    TakeUpTo(' ', &line);
    if (version1 ? type != "cgroup" || !ListHas(line, "memory") : type != "cgroup2") continue;
    // What is mounted may be a part of the hierarchy only, and our place in it is told from the hierarchy's root.
    absl::string_view below = place;
    if (root != "/" && absl::StartsWith(place, root)) below = place.substr(root.size());
    if (below == "/") below = "";
    return absl::StrCat(point, below, version1 ? "/memory.oom_control" : "/memory.events");
  }
  return "";
}

int64_t OomKillsIn(absl::string_view text) {
  while (!text.empty()) {
    absl::string_view line = TakeUpTo('\n', &text);
    if (TakeUpTo(' ', &line) != "oom_kill" || line.empty()) continue;
    int64_t value = 0;
    for (char digit : line) {
      if (digit < '0' || digit > '9' || value > INT64_MAX / 20) return -1;
      value = value * 10 + (digit - '0');
    }
    return value;
  }
  return -1;
}

void OomCounter::Open() {
  const std::string path = OomCounterPath(ReadAll("/proc/self/cgroup"), ReadAll("/proc/self/mountinfo"));
  if (!path.empty()) file_ = AboveStdio(FileDescriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC)));
}

int64_t OomCounter::Read() const {
  if (!file_.valid()) return -1;
  char text[256];
  const ssize_t got = pread(file_.get(), text, sizeof text, 0);
  return got <= 0 ? -1 : OomKillsIn({text, static_cast<size_t>(got)});
}

}  // namespace foster
