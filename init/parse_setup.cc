// SPDX-License-Identifier: Apache-2.0
// The values of the options of the sections Namespaces and Set-up.
#include "init/capability_name.h"
#include "init/option_parsers.h"
#include "os/status_from_errno.h"

namespace foster {

using absl::OkStatus;
using absl::Status;
using absl::string_view;

Status ParseNew(string_view value, Options* options) {
  return AddNamespaces(value, &options->namespaces);
}

Status ParseProc(string_view value, Options* options) {
  options->mounts.proc = true;
  // Values come from argv or the environment: the byte behind one is always its null.
  options->mounts.proc_options = value.empty() ? "" : value.data();
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

// Text that is kept is kept as a pointer: values come from argv or the environment, where the byte behind one is always its null.

Status ParseChdir(string_view value, Options* options) {
  options->folder = value.data();
  return value.empty() ? Refused("\"\"", "a folder is needed") : OkStatus();
}

Status ParseUser(string_view value, Options* options) {
  options->identity.user = value.data();
  return CheckIdentity(options->identity);
}

Status ParseGroups(string_view value, Options* options) {
  options->identity.groups = value.data();
  return OkStatus();
}

Status ParseUmask(string_view value, Options* options) { return SetUmask(value, &options->limits); }

Status ParseEnv(string_view value, Options* options) { return AddVariable(value, &options->environment); }

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

}  // namespace foster
