// SPDX-License-Identifier: Apache-2.0
// The values of the options of the sections Namespaces and Set-up.
#include <signal.h>

#include "absl/strings/str_cat.h"
#include "init/option_parsers.h"
#include "init/setup/capability_name.h"
#include "os/status_from_errno.h"
#include "signals/signal_name.h"

namespace foster {

using absl::OkStatus;
using absl::Status;
using absl::string_view;

// Text that is kept is kept as a pointer: values come from argv or the environment, where the byte behind one is always its null.

Status ParseNew(string_view value, Options* options) {
  return AddNamespaces(value, &options->namespaces);
}

Status ParseJoin(string_view value, Options* options) { return AddJoin(value.data(), &options->namespaces); }

Status ParseMapRoot(string_view, Options* options) {
  options->namespaces.map_root = true;
  return OkStatus();
}

Status ParseUidMap(string_view value, Options* options) { return AddIdRange(value, &options->namespaces.uid_map); }

Status ParseGidMap(string_view value, Options* options) { return AddIdRange(value, &options->namespaces.gid_map); }

Status ParseTimeOffset(string_view value, Options* options) { return AddTimeOffset(value, &options->namespaces); }

Status ParseDieWithParent(string_view value, Options* options) {
  options->parent_death = value.empty() ? SIGKILL : SignalFromName(value);
  return options->parent_death > 0 ? OkStatus() : Refused(absl::StrCat("\"", value, "\""), "not a signal");
}

Status ParseLoopback(string_view, Options* options) {
  options->loopback = true;
  return OkStatus();
}

// What there can be only one of: said again, by the command line after its twin, it is said anew.
Status WishOnce(MountWish::Kind kind, const char* value, Options* options) {
  for (MountWish& wish : options->mounts.wishes) {
    if (wish.kind != kind) continue;
    wish.value = value;
    return OkStatus();
  }
  options->mounts.wishes.push_back({kind, value});
  return OkStatus();
}

Status ParseProc(string_view value, Options* options) { return WishOnce(MountWish::kProc, value.empty() ? "" : value.data(), options); }

Status ParseMount(string_view value, Options* options) {
  options->mounts.wishes.push_back({MountWish::kMount, value.data()});
  return CheckMount(value);
}

Status ParseDev(string_view, Options* options) { return WishOnce(MountWish::kDev, "", options); }

Status ParseReadOnly(string_view value, Options* options) {
  options->mounts.wishes.push_back({MountWish::kReadOnly, value.data()});
  return CheckMountPath(value);
}

Status ParseMask(string_view value, Options* options) {
  options->mounts.wishes.push_back({MountWish::kMask, value.data()});
  return CheckMountPath(value);
}

Status ParseRoot(string_view value, Options* options) {
  options->mounts.root = value.data();
  Status status = CheckMountPath(value);
  return !status.ok() || value.find_first_not_of('/') != string_view::npos ? status : Refused("\"/\"", "is the root already");
}

Status ParsePropagation(string_view value, Options* options) {
  if (value == "private") {
    options->mounts.propagation = Propagation::kPrivate;
  } else if (value == "slave") {
    options->mounts.propagation = Propagation::kSlave;
  } else if (value == "shared") {
    options->mounts.propagation = Propagation::kShared;
  } else {
    return NotOneOf(value, "private, slave, shared");
  }
  return OkStatus();
}

Status ParseHostname(string_view value, Options* options) {
  options->uts.hostname = value;
  return CheckUtsName(value);
}

Status ParseDomainname(string_view value, Options* options) {
  options->uts.domainname = value;
  return CheckUtsName(value);
}

Status ParseChdir(string_view value, Options* options) {
  options->folder = value.data();
  return value.empty() ? Refused("\"\"", "a folder is needed") : OkStatus();
}

Status ParseUser(string_view value, Options* options) {
  options->identity.user = value.data();
  return value.empty() ? Refused("\"\"", "a user is needed") : OkStatus();
}

Status ParseGroups(string_view value, Options* options) {
  options->identity.groups = value.data();
  return OkStatus();
}

Status ParseUmask(string_view value, Options* options) { return SetUmask(value, &options->limits); }

Status ParseEnv(string_view value, Options* options) {
  const size_t equals = value.find('=');
  if (equals != string_view::npos) options->secrets.variables.push_back(value.data() + equals + 1);
  return AddVariable(value, &options->environment);
}

Status ParseUnsetEnv(string_view value, Options* options) { return AddUnset(value, &options->environment); }

Status ParseClearEnv(string_view, Options* options) {
  options->environment.clear = true;
  return OkStatus();
}

Status ParseRlimit(string_view value, Options* options) { return AddResourceLimit(value, &options->limits); }

Status ParseOomScoreAdj(string_view value, Options* options) { return SetOomScoreAdj(value, &options->limits); }

Status ParseNice(string_view value, Options* options) { return SetNice(value, &options->limits); }

Status ParseNoNewPrivs(string_view, Options* options) {
  options->identity.no_new_privs = true;
  return OkStatus();
}

Status ParseDropCaps(string_view value, Options* options) { return AddCapabilities(value, &options->identity.drop); }

Status ParseAmbientCaps(string_view value, Options* options) { return AddCapabilities(value, &options->identity.ambient); }

Status ParseSetsid(string_view, Options* options) {
  options->new_session = true;
  return OkStatus();
}

}  // namespace foster
