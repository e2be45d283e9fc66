// SPDX-License-Identifier: Apache-2.0
// passwd(5) and group(5), as text. A static program has no name service switch, and a container's users are those of its own files. Pure.
#ifndef FOSTER_INIT_SETUP_USER_DATABASE_H_
#define FOSTER_INIT_SETUP_USER_DATABASE_H_

#include <sys/types.h>

#include <vector>

#include "absl/strings/string_view.h"

namespace foster {

// A decimal user or group number; not 4294967295, which means "none" to the system calls.
bool ParseId(absl::string_view text, uint32_t* id);

struct UserEntry {
  absl::string_view name;
  uid_t uid = 0;
  gid_t gid = 0;
  absl::string_view home;
};

// The first entry of that name, or of that number. Lines that are no entries are passed over. What is found points into `passwd`.
bool FindUser(absl::string_view passwd, absl::string_view name, UserEntry* entry);
bool FindUser(absl::string_view passwd, uid_t uid, UserEntry* entry);

bool FindGroup(absl::string_view group, absl::string_view name, gid_t* gid);

// Adds the groups that `user` is a member of, each once.
void AddGroupsOf(absl::string_view group, absl::string_view user, std::vector<gid_t>* groups);

}  // namespace foster

#endif  // FOSTER_INIT_SETUP_USER_DATABASE_H_
