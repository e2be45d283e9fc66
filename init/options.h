// SPDX-License-Identifier: Apache-2.0
// The command line and the environment's FOSTER_… twins, as plain structs. No system calls.
#ifndef FOSTER_INIT_OPTIONS_H_
#define FOSTER_INIT_OPTIONS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "init/log.h"
#include "init/secrets.h"
#include "init/setup/environment.h"
#include "init/setup/identity.h"
#include "init/setup/limits.h"
#include "init/setup/mounts.h"
#include "init/setup/namespaces.h"
#include "init/setup/uts.h"
#include "init/status_stream.h"
#include "init/supervisor.h"
#include "reaper/exit_status.h"

namespace foster {

// What foster was started for.
enum class Errand : uint8_t { kRun, kExplain, kHelp, kVersion, kLicense };

struct Personality;

// Every part belongs to the module that acts on it. Text points into argv and the environment, which outlive everything.
struct Options {
  Errand errand = Errand::kRun;
  const Personality* spoken = nullptr;  // whose command line it was, for what --help and --version say; null: foster's own
  bool any_setup = false;  // an option of the sections Namespaces or Set-up was given; without one nobody looks at what they ask for
  NamespaceSpec namespaces;
  MountSpec mounts;
  UtsSpec uts;
  bool loopback = false;
  int parent_death = 0;  // the signal that tells foster of its parent's end, or 0
  IdentitySpec identity;
  LimitsSpec limits;
  EnvironmentSpec environment;
  const char* folder = nullptr;  // the workload's working directory; null: the caller's
  SupervisorSpec supervisor;
  StatusSpec status;
  bool reset_signals = false;
  bool new_session = false;
  FailureExits exits;
  Secrets secrets;
  Verbosity verbosity = Verbosity::kNormal;
  bool log_json = false;  // what foster says is said as JSON
  char* const* command = nullptr;  // ends with null; empty only with --pause and where the errand is not kRun
};

// Reads `argv` (ends with null) after the twins in `environment`. A twin is FOSTER_ and the option's name in capitals, dashes as underscores; a
// repeatable option has further ones, numbered: FOSTER_REWRITE, FOSTER_REWRITE_2. The command line wins; what is repeatable adds up. Twins that were understood are
// taken out of `environment` (the array is closed up in place), so that the workload does not see them; unknown names stay.
// Only lists and a refusal allocate. The refusal's message names the option, the value and the reason.
absl::Status ParseOptions(char** argv, char** environment, Options* options);

// What --help and --version print.
std::string HelpText(const Options& options);
std::string VersionText(const Options& options);

}  // namespace foster

#endif  // FOSTER_INIT_OPTIONS_H_
