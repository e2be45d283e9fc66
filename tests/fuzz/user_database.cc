// SPDX-License-Identifier: Apache-2.0
// passwd(5) and group(5). The first line is a name that is asked for, the rest is the file.
#include "init/setup/user_database.h"

#include <algorithm>

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace foster;
  absl::string_view rest(reinterpret_cast<const char*>(data), size);
  const Exact name(TakeUntil('\n', &rest));
  const Exact file(rest);
  constexpr uint32_t kNobody = 0xffffffff;  // what setresuid(2) takes for "leave it"

  uint32_t id = 0;
  if (ParseId(name.text(), &id)) {
    MUST(id != kNobody);
    MUST(std::all_of(name.text().begin(), name.text().end(), [](char c) { return c >= '0' && c <= '9'; }));
  }
  UserEntry entry;
  if (FindUser(file.text(), name.text(), &entry)) {
    MUST(entry.name == name.text() && !entry.name.empty());
    MUST(entry.uid != kNobody && entry.gid != kNobody);
    MUST(PointsInto(entry.name, file.text()) && PointsInto(entry.home, file.text()));
    MUST(entry.home.find(':') == absl::string_view::npos && entry.home.find('\n') == absl::string_view::npos);
    UserEntry same;
    MUST(FindUser(file.text(), entry.uid, &same) && same.uid == entry.uid);
  }
  for (uid_t uid : {0u, 33u, 1000u}) {
    if (FindUser(file.text(), uid, &entry)) MUST(entry.uid == uid && FindUser(file.text(), entry.name, &entry));
  }
  gid_t gid = kNobody;
  if (FindGroup(file.text(), name.text(), &gid)) MUST(gid != kNobody);
  std::vector<gid_t> groups = {7};
  AddGroupsOf(file.text(), name.text(), &groups);
  MUST(groups[0] == 7);
  std::sort(groups.begin(), groups.end());
  MUST(std::adjacent_find(groups.begin(), groups.end()) == groups.end());
  MUST(std::find(groups.begin(), groups.end(), kNobody) == groups.end());
  return 0;
}
