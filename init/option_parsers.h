// SPDX-License-Identifier: Apache-2.0
// What reads the values of options, one function a row of the table. Each takes the value ("" where there is none) and puts it where it belongs,
// or says what is wrong with it; whoever calls puts the option's name before that.
#ifndef FOSTER_INIT_OPTION_PARSERS_H_
#define FOSTER_INIT_OPTION_PARSERS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "init/options.h"

namespace foster {

// `"VALUE": not one of CHOICES`
absl::Status NotOneOf(absl::string_view value, absl::string_view choices);

// Namespaces and set-up: parse_setup.cc.
absl::Status ParseNew(absl::string_view value, Options* options);
absl::Status ParseJoin(absl::string_view value, Options* options);
absl::Status ParseMapRoot(absl::string_view value, Options* options);
absl::Status ParseUidMap(absl::string_view value, Options* options);
absl::Status ParseGidMap(absl::string_view value, Options* options);
absl::Status ParseTimeOffset(absl::string_view value, Options* options);
absl::Status ParseDieWithParent(absl::string_view value, Options* options);
absl::Status ParseLoopback(absl::string_view value, Options* options);
absl::Status ParseProc(absl::string_view value, Options* options);
absl::Status ParseMount(absl::string_view value, Options* options);
absl::Status ParseDev(absl::string_view value, Options* options);
absl::Status ParseReadOnly(absl::string_view value, Options* options);
absl::Status ParseMask(absl::string_view value, Options* options);
absl::Status ParseRoot(absl::string_view value, Options* options);
absl::Status ParsePropagation(absl::string_view value, Options* options);
absl::Status ParseHostname(absl::string_view value, Options* options);
absl::Status ParseDomainname(absl::string_view value, Options* options);
absl::Status ParseChdir(absl::string_view value, Options* options);
absl::Status ParseUser(absl::string_view value, Options* options);
absl::Status ParseGroups(absl::string_view value, Options* options);
absl::Status ParseUmask(absl::string_view value, Options* options);
absl::Status ParseEnv(absl::string_view value, Options* options);
absl::Status ParseUnsetEnv(absl::string_view value, Options* options);
absl::Status ParseClearEnv(absl::string_view value, Options* options);
absl::Status ParseRlimit(absl::string_view value, Options* options);
absl::Status ParseOomScoreAdj(absl::string_view value, Options* options);
absl::Status ParseNice(absl::string_view value, Options* options);
absl::Status ParseNoNewPrivs(absl::string_view value, Options* options);
absl::Status ParseDropCaps(absl::string_view value, Options* options);
absl::Status ParseAmbientCaps(absl::string_view value, Options* options);
absl::Status ParseSetsid(absl::string_view value, Options* options);

// Signals, supervision and telling: parse_supervision.cc.
absl::Status ParseTo(absl::string_view value, Options* options);
absl::Status ParseRewrite(absl::string_view value, Options* options);
absl::Status ParseStopSignal(absl::string_view value, Options* options);
absl::Status ParseResetSignals(absl::string_view value, Options* options);
absl::Status ParseStopDelay(absl::string_view value, Options* options);
absl::Status ParseFrom(absl::string_view value, Options* options);
absl::Status ParseGrace(absl::string_view value, Options* options);
absl::Status ParseLeftovers(absl::string_view value, Options* options);
absl::Status ParseTimeout(absl::string_view value, Options* options);
absl::Status ParseRestart(absl::string_view value, Options* options);
absl::Status ParseBackoff(absl::string_view value, Options* options);
absl::Status ParseReady(absl::string_view value, Options* options);
absl::Status ParseWatchdog(absl::string_view value, Options* options);
absl::Status ParseStatusFd(absl::string_view value, Options* options);
absl::Status ParseStatusFile(absl::string_view value, Options* options);
absl::Status ParseLog(absl::string_view value, Options* options);
absl::Status ParseExpectExit(absl::string_view value, Options* options);
absl::Status ParseSubreaper(absl::string_view value, Options* options);
absl::Status ParsePoweroff(absl::string_view value, Options* options);
absl::Status ParsePause(absl::string_view value, Options* options);
absl::Status ParseReap(absl::string_view value, Options* options);
absl::Status ParseVerbose(absl::string_view value, Options* options);
absl::Status ParseQuiet(absl::string_view value, Options* options);
absl::Status ParseNoSandbox(absl::string_view value, Options* options);
absl::Status ParseTellOrphans(absl::string_view value, Options* options);

// Which command line is spoken: options.cc.
absl::Status ParseAs(absl::string_view value, Options* options);

}  // namespace foster

#endif  // FOSTER_INIT_OPTION_PARSERS_H_
