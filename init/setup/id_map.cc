// SPDX-License-Identifier: Apache-2.0
#include "init/setup/id_map.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "init/cut.h"
#include "init/setup/user_database.h"
#include "os/status_from_errno.h"

namespace foster {
namespace {

using absl::string_view;

constexpr size_t kMostRanges = 340;  // since Linux 4.15; 5 before

bool FitsInto(uint32_t first, uint32_t count) { return count != 0 && uint64_t{first} + count <= 0xffffffff; }

// Calls `see(range)` for each line of subuid(5) that is the caller's, until it says that this is enough.
template <typename See>
void ForEachSubordinate(string_view file, string_view name, uid_t uid, See see) {
  while (!file.empty()) {
    string_view line = Cut(&file, '\n');
    const string_view owner = Cut(&line, ':');
    IdRange range;
    uint32_t number;
    const bool ours = (!name.empty() && owner == name) || (ParseId(owner, &number) && number == uid);
    if (ours && ParseId(Cut(&line, ':'), &range.outside) && ParseId(line, &range.count) && FitsInto(range.outside, range.count) && see(range)) return;
  }
}

}  // namespace

absl::Status AddIdRange(string_view text, IdMapSpec* spec) {
  if (text == "auto") {
    spec->automatic = true;
    return absl::OkStatus();
  }
  string_view rest = text;
  IdRange range;
  if (!ParseId(Cut(&rest, ':'), &range.inside) || !ParseId(Cut(&rest, ':'), &range.outside) || !ParseId(rest, &range.count) ||
      !FitsInto(range.inside, range.count) || !FitsInto(range.outside, range.count)) {
    return Refused(absl::StrCat("\"", text, "\""), "not INSIDE:OUTSIDE:COUNT (three numbers, COUNT at least 1), nor auto");
  }
  for (const IdRange& other : spec->ranges) {
    const auto meet = [](uint64_t a, uint64_t a_count, uint64_t b, uint64_t b_count) { return a < b + b_count && b < a + a_count; };
    if (meet(range.inside, range.count, other.inside, other.count) || meet(range.outside, range.count, other.outside, other.count)) {
      return Refused(absl::StrCat("\"", text, "\""), "overlaps an earlier range");
    }
  }
  if (spec->ranges.size() == kMostRanges) return Refused(absl::StrCat("\"", text, "\""), "more than the 340 ranges that the kernel takes");
  spec->ranges.push_back(range);
  return absl::OkStatus();
}

bool FindSubordinate(string_view file, string_view name, uid_t id, IdRange* range) {
  bool found = false;
  ForEachSubordinate(file, name, id, [&](const IdRange& one) {
    *range = one;
    return found = true;
  });
  return found;
}

bool SubordinatesAllow(const IdMap& map, uint32_t own, string_view file, string_view name, uid_t uid) {
  return std::all_of(map.begin(), map.end(), [&](const IdRange& range) {
    if (range.outside == own && range.count == 1) return true;
    bool allowed = false;
    ForEachSubordinate(file, name, uid, [&](const IdRange& one) {
      return allowed = range.outside >= one.outside && uint64_t{range.outside} + range.count <= uint64_t{one.outside} + one.count;
    });
    return allowed;
  });
}

bool IsOwnOnly(const IdMap& map, uint32_t own) { return map.size() == 1 && map[0].count == 1 && map[0].outside == own; }

std::string IdMapText(const IdMap& map) {
  std::string text;
  for (const IdRange& range : map) absl::StrAppend(&text, range.inside, " ", range.outside, " ", range.count, "\n");
  return text;
}

}  // namespace foster
