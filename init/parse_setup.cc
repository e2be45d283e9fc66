// SPDX-License-Identifier: Apache-2.0
// The values of the options of the sections Namespaces and Set-up.
#include "init/option_parsers.h"

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

}  // namespace foster
