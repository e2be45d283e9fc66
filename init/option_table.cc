// SPDX-License-Identifier: Apache-2.0
#include "init/option_table.h"

#include "init/option_parsers.h"

namespace foster {
namespace {

using absl::OkStatus;
using absl::Status;
using absl::string_view;

template <Errand kErrand>
Status ParseErrand(string_view, Options* options) {
  options->errand = kErrand;
  return OkStatus();
}

constexpr auto kNo = TakesValue::kNo;
constexpr auto kMust = TakesValue::kMust;
constexpr auto kMay = TakesValue::kMay;
constexpr auto kNamespaces = Section::kNamespaces;
constexpr auto kSetUp = Section::kSetUp;
constexpr auto kSignals = Section::kSignals;
constexpr auto kSupervision = Section::kSupervision;
constexpr auto kTelling = Section::kTelling;
constexpr auto kOther = Section::kOther;

constexpr OptionRow kTable[] = {
    {"new", 0, kMust, true, kNamespaces, "LIST", "make namespaces: pid, mount, uts, ipc, net, user, cgroup, time", ParseNew},
    {"join", 0, kMust, true, kNamespaces, "PID|FILE[,LIST]", "enter existing namespaces", ParseJoin},
    {"map-root", 0, kNo, false, kNamespaces, "", "be root inside of a new user namespace", ParseMapRoot},
    {"uid-map", 0, kMust, true, kNamespaces, "INSIDE:OUTSIDE:COUNT|auto", "map users into a new user namespace (auto: what /etc/subuid gives)", ParseUidMap},
    {"gid-map", 0, kMust, true, kNamespaces, "INSIDE:OUTSIDE:COUNT|auto", "map groups into a new user namespace (auto: what /etc/subgid gives)", ParseGidMap},
    {"time-offset", 0, kMust, true, kNamespaces, "monotonic|boottime:DURATION", "shift a clock of a new time namespace", ParseTimeOffset},
    {"die-with-parent", 'p', kMay, false, kNamespaces, "SIG", "end when the process that started foster ends: by KILL, or by SIG, which is passed on", ParseDieWithParent},

    {"proc", 0, kMay, false, kSetUp, "OPTIONS", "mount this PID namespace's procfs on /proc (hidepid=, subset=pid)", ParseProc},
    {"mount", 0, kMust, true, kSetUp, "TYPE[:SOURCE]:TARGET[:OPTIONS]", "mount a file system", ParseMount},
    {"propagation", 0, kMust, false, kSetUp, "private|slave|shared", "propagation of the mounts of a new mount namespace", ParsePropagation},
    {"dev", 0, kNo, false, kSetUp, "", "mount a minimal /dev", ParseDev},
    {"root", 0, kMust, false, kSetUp, "DIR", "make DIR the root file system (pivot_root)", ParseRoot},
    {"read-only", 0, kMust, true, kSetUp, "PATH", "make what is mounted below PATH read-only", ParseReadOnly},
    {"mask", 0, kMust, true, kSetUp, "PATH", "hide PATH", ParseMask},
    {"hostname", 0, kMust, false, kSetUp, "NAME", "set the host name", ParseHostname},
    {"domainname", 0, kMust, false, kSetUp, "NAME", "set the NIS domain name", ParseDomainname},
    {"loopback", 0, kNo, false, kSetUp, "", "bring the loopback interface up", ParseLoopback},
    {"chdir", 0, kMust, false, kSetUp, "DIR", "start the workload in DIR", ParseChdir},
    {"user", 0, kMust, false, kSetUp, "USER[:GROUP]", "run the workload as another user", ParseUser},
    {"groups", 0, kMust, false, kSetUp, "LIST", "supplementary groups of the workload", ParseGroups},
    {"umask", 0, kMust, false, kSetUp, "MODE", "file mode creation mask of the workload", ParseUmask},
    {"env", 0, kMust, true, kSetUp, "NAME=VALUE", "set a variable for the workload", ParseEnv},
    {"unset-env", 0, kMust, true, kSetUp, "NAME", "unset a variable for the workload", ParseUnsetEnv},
    {"clear-env", 0, kNo, false, kSetUp, "", "start with no variables at all", ParseClearEnv},
    {"setsid", 0, kNo, false, kSetUp, "", "start the workload as the leader of a session of its own", ParseSetsid},
    {"rlimit", 0, kMust, true, kSetUp, "NAME=SOFT[:HARD]", "set a resource limit for the workload", ParseRlimit},
    {"oom-score-adj", 0, kMust, false, kSetUp, "N", "how readily the kernel kills the workload for memory", ParseOomScoreAdj},
    {"nice", 0, kMust, false, kSetUp, "N", "scheduling priority of the workload", ParseNice},
    {"no-new-privs", 0, kNo, false, kSetUp, "", "no program that the workload starts gains privileges", ParseNoNewPrivs},
    {"drop-caps", 0, kMust, true, kSetUp, "all|LIST", "capabilities that the workload shall not have", ParseDropCaps},
    {"ambient-caps", 0, kMust, true, kSetUp, "LIST", "capabilities that the workload keeps as an ordinary user", ParseAmbientCaps},

    {"to", 'g', kMust, false, kSignals, "process|group|namespace", "whom signals are passed on to (-g: the group)", ParseTo},
    {"rewrite", 0, kMust, true, kSignals, "FROM:TO", "pass on TO in the place of FROM; TO may be 0 to drop", ParseRewrite},
    {"stop-signal", 0, kMust, false, kSignals, "SIG", "what asks the workload to stop", ParseStopSignal},
    {"reset-signals", 0, kNo, false, kSignals, "", "start the workload with default dispositions and nothing blocked", ParseResetSignals},
    {"stop-delay", 0, kMust, false, kSignals, "DURATION", "hold a stop signal back for a while first", ParseStopDelay},
    {"from", 0, kMust, false, kSignals, "any|outside", "whose signals are passed on", ParseFrom},

    {"grace", 0, kMust, false, kSupervision, "DURATION", "how long who is asked to stop may take (5s for what the workload leaves)", ParseGrace},
    {"leftovers", 0, kMust, false, kSupervision, "term|kill|wait|leave", "what happens to what the workload leaves behind", ParseLeftovers},
    {"timeout", 0, kMust, false, kSupervision, "DURATION", "the workload's longest life", ParseTimeout},
    {"restart", 0, kMust, false, kSupervision, "never|on-failure[:MAX]|always", "start the workload again", ParseRestart},
    {"backoff", 0, kMust, false, kSupervision, "FIRST[..MOST]", "pause before a restart", ParseBackoff},
    {"ready", 0, kMust, false, kSupervision, "notify|fd:N", "how the workload says that it is ready", ParseReady},
    {"watchdog", 0, kMust, false, kSupervision, "DURATION", "how often the workload must say that it lives (sd_notify)", ParseWatchdog},
    {"expect-exit", 'e', kMust, true, kSupervision, "LIST", "exit statuses that count as 0", ParseExpectExit},
    {"reap", 0, kMust, false, kSupervision, "auto|kernel|wait", "who reaps orphans", ParseReap},
    {"subreaper", 's', kNo, false, kSupervision, "", "adopt orphans (done anyway where foster is not PID 1)", ParseSubreaper},
    {"poweroff", 0, kNo, false, kSupervision, "", "as a machine's PID 1: power off when done", ParsePoweroff},
    {"pause", 0, kNo, false, kSupervision, "", "no workload: reap, and wait for a stop signal", ParsePause},

    {"verbose", 'v', kNo, true, kTelling, "", "say what foster does (-vv: each signal and death)", ParseVerbose},
    {"quiet", 0, kNo, false, kTelling, "", "say nothing, not even errors", ParseQuiet},
    {"tell-orphans", 0, kNo, false, kTelling, "", "say which orphans are reaped", ParseTellOrphans},
    {"log", 0, kMust, false, kTelling, "text|json", "form of what foster says on stderr", ParseLog},
    {"status-fd", 0, kMust, false, kTelling, "N", "tell what happens in JSON lines on a descriptor", ParseStatusFd},
    {"status-file", 0, kMust, false, kTelling, "FILE", "tell what happens in JSON lines in a file", ParseStatusFile},

    {"as", 0, kMust, false, kOther, "NAME", "take another init's command line: tini, dumb-init, catatonit, pause (must come first)", ParseAs},
    {"explain", 0, kNo, false, kOther, "", "say what would be done here, and what the kernel will do about it; run nothing", ParseErrand<Errand::kExplain>},
    {"no-sandbox", 0, kMay, false, kOther, "LIST", "do not give up foster's own privileges, undumpable, calls (all unless said)", ParseNoSandbox},
    {"help", 'h', kNo, false, kOther, "", "print this", ParseErrand<Errand::kHelp>},
    {"version", 0, kNo, false, kOther, "", "print the version", ParseErrand<Errand::kVersion>},
    {"license", 0, kNo, false, kOther, "", "print the licence", ParseErrand<Errand::kLicense>},
};

}  // namespace

absl::Span<const OptionRow> OptionTable() { return kTable; }

const OptionRow* FindOption(absl::string_view name) {
  for (const OptionRow& row : kTable) {
    if (name == row.name) return &row;
  }
  return nullptr;
}

const OptionRow* FindOption(char letter) {
  for (const OptionRow& row : kTable) {
    if (row.letter == letter) return &row;
  }
  return nullptr;
}

absl::string_view SectionTitle(Section section) {
  switch (section) {
    case Section::kNamespaces:
      return "Namespaces";
    case Section::kSetUp:
      return "Set-up";
    case Section::kSignals:
      return "Signals";
    case Section::kSupervision:
      return "Supervision";
    case Section::kTelling:
      return "Telling";
    case Section::kOther:
      return "Other";
  }
  return "";
}

}  // namespace foster
