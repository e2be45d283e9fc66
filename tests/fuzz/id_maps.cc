// SPDX-License-Identifier: Apache-2.0
// Maps of user namespaces, and subuid(5). Lines are ranges; behind an empty line is the file.
#include <algorithm>

#include "init/setup/id_map.h"
#include "tests/fuzz/fuzz.h"

namespace foster {
namespace {

void MustBeARange(const IdRange& range) {
  MUST(range.count > 0);
  MUST(uint64_t{range.inside} + range.count <= 0xffffffff);
  MUST(uint64_t{range.outside} + range.count <= 0xffffffff);
}

// The kernel's own rule: no number is in two ranges, on neither side.
template <typename Side>
void MustBeApart(IdMap map, Side side) {
  std::sort(map.begin(), map.end(), [&](const IdRange& a, const IdRange& b) { return side(a) < side(b); });
  for (size_t i = 1; i < map.size(); ++i) MUST(side(map[i - 1]) + uint64_t{map[i - 1].count} <= side(map[i]));
}

}  // namespace
}  // namespace foster

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace foster;
  absl::string_view rest(reinterpret_cast<const char*>(data), size);
  IdMapSpec spec;
  while (!rest.empty()) {
    const Exact line(TakeUntil('\n', &rest));
    if (line.text().empty()) break;
    const size_t before = spec.ranges.size();
    const bool added = AddIdRange(line.text(), &spec).ok();
    MUST(spec.ranges.size() == before + (added && line.text() != "auto" ? 1 : 0));
  }
  for (const IdRange& range : spec.ranges) MustBeARange(range);
  MustBeApart(spec.ranges, [](const IdRange& range) { return uint64_t{range.inside}; });
  MustBeApart(spec.ranges, [](const IdRange& range) { return uint64_t{range.outside}; });
  MUST(spec.ranges.size() <= 340);
  const std::string text = IdMapText(spec.ranges);
  MUST(static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) == spec.ranges.size());

  const Exact file(rest);
  for (const char* name : {"", "web", "root"}) {
    IdRange range;
    if (FindSubordinate(file.text(), name, 1000, &range)) {
      MustBeARange({0, range.outside, range.count});
      // What was found is the caller's.
      MUST(SubordinatesAllow({{0, range.outside, range.count}}, 0xfffffffe, file.text(), name, 1000));
    } else {
      MUST(spec.ranges.empty() || IsOwnOnly(spec.ranges, spec.ranges[0].outside) || !SubordinatesAllow({{0, spec.ranges[0].outside, 2}}, 1000, file.text(), name, 1000));
    }
    SubordinatesAllow(spec.ranges, 1000, file.text(), name, 1000);
  }
  return 0;
}
