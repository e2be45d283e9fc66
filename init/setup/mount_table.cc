// SPDX-License-Identifier: Apache-2.0
#include "init/setup/mount_table.h"

#include <sys/mount.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "init/cut.h"

namespace foster {
namespace {

using absl::string_view;

bool IsOctal(char c) { return c >= '0' && c <= '7'; }

// "\040" is a blank; the kernel writes blanks, tabs, ends of line and backslashes so.
std::string Unescape(string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && IsOctal(text[i + 1]) && IsOctal(text[i + 2]) && IsOctal(text[i + 3])) {
      plain.push_back(static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0')));
      i += 3;
    } else {
      plain.push_back(text[i]);
    }
  }
  return plain;
}

unsigned long ReadFlags(string_view options) {
  struct Name {
    char name[12];
    unsigned long flag;
  };
  constexpr Name kNames[] = {{"ro", MS_RDONLY},         {"nosuid", MS_NOSUID},         {"nodev", MS_NODEV},
                             {"noexec", MS_NOEXEC},     {"noatime", MS_NOATIME},       {"nodiratime", MS_NODIRATIME},
                             {"relatime", MS_RELATIME}, {"nosymfollow", 256}};
  unsigned long flags = 0;
  while (!options.empty()) {
    const string_view option = Cut(&options, ',');
    for (const Name& name : kNames) {
      if (option == name.name) flags |= name.flag;
    }
  }
  return flags;
}

// Folders that the kernel made to be mounted on: covering them hides nothing (is_empty_dir_inode()).
bool IsMadeForMounting(string_view below) {
  for (string_view known : {"/sys/fs/binfmt_misc", "/fs/nfsd", "/fs/", "/kernel/", "/hypervisor/", "/firmware/efi/efivars"}) {
    if (below == known || (known.back() == '/' && absl::StartsWith(below, known))) return true;
  }
  return false;
}

}  // namespace

std::vector<MountEntry> ReadMountTable(string_view mountinfo) {
  std::vector<MountEntry> entries;
  while (!mountinfo.empty()) {
    string_view line = Cut(&mountinfo, '\n');
    MountEntry entry;
    if (!absl::SimpleAtoi(Cut(&line, ' '), &entry.id) || !absl::SimpleAtoi(Cut(&line, ' '), &entry.parent)) entry.id = 0;
    Cut(&line, ' ');  // the device
    entry.root = Unescape(Cut(&line, ' '));
    entry.point = Unescape(Cut(&line, ' '));
    entry.flags = ReadFlags(Cut(&line, ' '));
    // Optional fields, as many as there are, then a dash.
    while (!line.empty() && Cut(&line, ' ') != "-") {
    }
    entry.type = Unescape(Cut(&line, ' '));
    if (!entry.type.empty()) entries.push_back(std::move(entry));
  }
  return entries;
}

std::string TooRevealing(string_view mountinfo, string_view type, bool read_only) {
  const std::vector<MountEntry> entries = ReadMountTable(mountinfo);
  const MountEntry* outer = nullptr;
  std::string covered;
  int more = 0;
  // One that can be seen whole is enough. Of several that cannot, the last is told of: it is the one that is looked at.
  for (const MountEntry& whole : entries) {
    if (whole.type != type || whole.root != "/") continue;
    outer = &whole;
    covered.clear();
    more = 0;
    for (const MountEntry& entry : entries) {
      if (entry.parent != whole.id || entry.point.size() < whole.point.size() || IsMadeForMounting(string_view(entry.point).substr(whole.point.size()))) continue;
      if (std::count(covered.begin(), covered.end(), ',') >= 2) {
        ++more;
      } else {
        absl::StrAppend(&covered, covered.empty() ? "" : ", ", entry.point);
      }
    }
    if (covered.empty() && (read_only || (whole.flags & MS_RDONLY) == 0)) return "";
  }
  if (outer == nullptr) return absl::StrCat("no ", type, " that is whole can be seen in this mount namespace, and the kernel gives nobody more of it than that");
  if (covered.empty()) return absl::StrCat("the outer ", outer->point, " is read-only, so this one must be as well: add the option ro");
  return absl::StrCat("mount too revealing: ", covered, more > 0 ? absl::StrCat(" and ", more, " more") : "", " are mounted over parts of the outer ", outer->point,
                      ", and the kernel gives no user namespace more of it than can be seen there; start the outer container without masked paths "
                      "(docker --security-opt systempaths=unconfined, podman --security-opt unmask=ALL, Kubernetes procMount: Unmasked), or bind the outer one");
}

std::string TellMasked(string_view mountinfo, string_view type) {
  const std::string told = TooRevealing(mountinfo, type, false);
  return told.empty() ? "needs CAP_SYS_ADMIN over this PID namespace as well as over the mount namespace: make it with --new=pid" : told;
}

}  // namespace foster
