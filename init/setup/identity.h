// SPDX-License-Identifier: Apache-2.0
// Who the workload is: user, groups, capabilities.
#ifndef FOSTER_INIT_SETUP_IDENTITY_H_
#define FOSTER_INIT_SETUP_IDENTITY_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "init/setup/setup_failure.h"
#include "os/credentials.h"

namespace foster {

struct IdentitySpec {
  const char* user = nullptr;    // "USER[:GROUP]", names or numbers
  const char* groups = nullptr;  // "NAME,NUMBER,…", or "" for none
  CapabilitySet drop = 0;
  CapabilitySet ambient = 0;
  bool no_new_privs = false;
};

// What that means under the root file system that the workload will have.
struct Identity {
  bool set_uid = false;
  bool set_gid = false;
  bool set_groups = false;
  bool groups_asked = false;     // by --groups
  bool groups_may_fail = false;  // they came with the user, and who runs foster may not set any
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  CapabilitySet drop = 0;
  CapabilitySet ambient = 0;
  bool no_new_privs = false;
  std::vector<std::string> variables;  // HOME, USER, LOGNAME: what BuildEnvironment takes as additions
};

// What can be refused without looking at a file.
absl::Status CheckIdentity(const IdentitySpec& spec);

// Whether a name is among it, so that files are needed to tell who that is.
bool HasNames(const IdentitySpec& spec);

// Looks names up in what passwd(5) and group(5) say.
//   --user=USER         the group and the supplementary groups that the files give USER; a number that is in no file has the group of the same number
//                       and no others
//   --user=USER:GROUP   GROUP and no others
//   --groups=LIST       these supplementary groups, whatever --user says
// HOME, USER and LOGNAME become those of the user; for a number that is in no file HOME is "/" and the other two are unset.
absl::Status LookUpIdentity(const IdentitySpec& spec, const std::string& passwd, const std::string& group, Identity* identity);

// The same with /etc/passwd and /etc/group, for the process that asks.
absl::Status ResolveIdentity(const IdentitySpec& spec, Identity* identity);

// In the child, as its last change but one (see setup.cc). System calls only.
SetupFailure BecomeIdentity(const Identity& identity);

}  // namespace foster

#endif  // FOSTER_INIT_SETUP_IDENTITY_H_
