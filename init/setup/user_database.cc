// SPDX-License-Identifier: Apache-2.0
#include "init/setup/user_database.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "init/cut.h"

namespace foster {
namespace {

using absl::string_view;

bool ParseUser(string_view line, UserEntry* entry) {
  entry->name = Cut(&line, ':');
  Cut(&line, ':');
  const string_view uid = Cut(&line, ':');
  const string_view gid = Cut(&line, ':');
  Cut(&line, ':');
  entry->home = Cut(&line, ':');
  return !entry->name.empty() && entry->name[0] != '#' && ParseId(uid, &entry->uid) && ParseId(gid, &entry->gid);
}

template <typename Wanted>
bool FirstUser(string_view passwd, Wanted wanted, UserEntry* entry) {
  while (!passwd.empty()) {
    UserEntry candidate;
    if (!ParseUser(Cut(&passwd, '\n'), &candidate) || !wanted(candidate)) continue;
    *entry = candidate;
    return true;
  }
  return false;
}

struct GroupEntry {
  string_view name;
  gid_t gid = 0;
  string_view members;
};

bool ParseGroup(string_view line, GroupEntry* entry) {
  entry->name = Cut(&line, ':');
  Cut(&line, ':');
  const string_view gid = Cut(&line, ':');
  entry->members = line;
  return !entry->name.empty() && entry->name[0] != '#' && ParseId(gid, &entry->gid);
}

}  // namespace

bool ParseId(string_view text, uint32_t* id) {
  constexpr uint64_t kNone = 0xffffffff;
  uint64_t number = 0;
  for (char digit : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(digit)) || number >= kNone) return false;
    number = number * 10 + static_cast<uint64_t>(digit - '0');
  }
  *id = static_cast<uint32_t>(number);
  return !text.empty() && number < kNone;
}

bool FindUser(string_view passwd, string_view name, UserEntry* entry) {
  return FirstUser(passwd, [name](const UserEntry& one) { return one.name == name; }, entry);
}

bool FindUser(string_view passwd, uid_t uid, UserEntry* entry) {
  return FirstUser(passwd, [uid](const UserEntry& one) { return one.uid == uid; }, entry);
}

bool FindGroup(string_view group, string_view name, gid_t* gid) {
  while (!group.empty()) {
    GroupEntry entry;
    if (!ParseGroup(Cut(&group, '\n'), &entry) || entry.name != name) continue;
    *gid = entry.gid;
    return true;
  }
  return false;
}

void AddGroupsOf(string_view group, string_view user, std::vector<gid_t>* groups) {
  while (!group.empty()) {
    GroupEntry entry;
    if (!ParseGroup(Cut(&group, '\n'), &entry)) continue;
    while (!entry.members.empty()) {
      if (absl::StripAsciiWhitespace(Cut(&entry.members, ',')) != user) continue;
      if (std::find(groups->begin(), groups->end(), entry.gid) == groups->end()) groups->push_back(entry.gid);
      break;
    }
  }
}

}  // namespace foster
