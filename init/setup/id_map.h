// SPDX-License-Identifier: Apache-2.0
// The maps of a user namespace (user_namespaces(7)): which users and groups outside stand behind those inside. Pure.
#ifndef FOSTER_INIT_SETUP_ID_MAP_H_
#define FOSTER_INIT_SETUP_ID_MAP_H_

#include <stdint.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace foster {

struct IdRange {
  uint32_t inside = 0;
  uint32_t outside = 0;
  uint32_t count = 0;
};

using IdMap = std::vector<IdRange>;

// What the command line says of one of the two maps.
struct IdMapSpec {
  IdMap ranges;
  bool automatic = false;  // the caller is 0, its subordinate range follows from 1 on

  bool wanted() const { return automatic || !ranges.empty(); }
};

// Adds "INSIDE:OUTSIDE:COUNT", or sets "auto".
absl::Status AddIdRange(absl::string_view text, IdMapSpec* spec);

// The first range that a line of subuid(5) or subgid(5) gives `name` or number `id`.
bool FindSubordinate(absl::string_view file, absl::string_view name, uid_t id, IdRange* range);

// Whether every id outside that `map` uses is `own` or in a range that `file` gives the caller: what newuidmap(1) allows.
bool SubordinatesAllow(const IdMap& map, uint32_t own, absl::string_view file, absl::string_view name, uid_t uid);

// One id and it is `own`: the process inside may write this map itself.
bool IsOwnOnly(const IdMap& map, uint32_t own);

// As it is written to /proc/PID/uid_map.
std::string IdMapText(const IdMap& map);

}  // namespace foster

#endif  // FOSTER_INIT_SETUP_ID_MAP_H_
