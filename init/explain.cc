// SPDX-License-Identifier: Apache-2.0
#include "init/explain.h"

#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "init/adopter.h"
#include "init/cut.h"
#include "init/duration.h"
#include "init/preflight.h"
#include "init/setup/namespaces.h"
#include "init/supervisor_spec.h"
#include "os/read_file.h"
#include "signals/signal_name.h"

namespace foster {
namespace {

using absl::string_view;

class Explainer {
 public:
  Explainer(const Options& options, const Facts& facts, const InheritedSignals& signals) : options_(options), facts_(facts), signals_(signals) {}

  Explanation Explain() {
    Plan();
    Lacking();
    Kernel();
    return std::move(result_);
  }

 private:
  void Heading(string_view text) { absl::StrAppend(&result_.text, result_.text.empty() ? "" : "\n", text, "\n"); }
  void Step(string_view text) { absl::StrAppend(&result_.text, "  ", ++step_, ". ", text, "\n"); }
  void Item(string_view text) { absl::StrAppend(&result_.text, "  - ", text, "\n"); }

  bool MakesPid() const { return options_.namespaces.Makes(CLONE_NEWPID); }
  bool Enters() const { return !options_.namespaces.join.empty(); }

  void Plan() {
    Heading("What foster would do:");
    const NamespaceSpec& namespaces = options_.namespaces;
    for (const JoinWish& wish : namespaces.join) Step(absl::StrCat("enter the namespaces of ", wish.target, wish.kinds == 0 ? " that are not its own" : ""));
    if (namespaces.make != 0) Step(absl::StrCat("make namespaces: ", TellNamespaces(namespaces.make), MakesPid() ? " (foster twice: one half stays outside, the other is born inside)" : ""));
    if (namespaces.Makes(CLONE_NEWUSER)) Maps();
    for (const auto& [clock, offset] : {std::make_pair("monotonic", &namespaces.monotonic), std::make_pair("boottime", &namespaces.boottime)}) {
      if (offset->wanted) Step(absl::StrCat("shift the clock ", clock, " by ", offset->nanoseconds / kSecond, " s"));
    }
    if (!options_.uts.hostname.empty()) Step(absl::StrCat("set the host name to ", options_.uts.hostname));
    if (!options_.uts.domainname.empty()) Step(absl::StrCat("set the domain name to ", options_.uts.domainname));
    if (options_.loopback) Step("bring the loopback interface up");
    if (options_.mounts.wanted() || namespaces.Makes(CLONE_NEWNS)) {
      for (const MountStep& step : PlanMounts(options_.mounts, LookAround(options_.mounts, namespaces.Makes(CLONE_NEWNS)))) Step(TellMountStep(step));
    }
    Workload();
  }

  void Maps() {
    UserMaps maps;
    absl::Status status = PlanUserMaps(options_.namespaces, &maps);
    if (!status.ok()) return Refuse(status);
    for (const auto& [what, map] : {std::make_pair("users", &maps.uids), std::make_pair("groups", &maps.gids)}) {
      std::string ranges;
      for (const IdRange& range : *map) absl::StrAppend(&ranges, ranges.empty() ? "" : ", ", range.count, " from ", range.inside, " inside, which outside is ", range.outside);
      Step(absl::StrCat("map ", what, ": ", ranges));
    }
    Item(maps.by_helpers ? "the maps are written by newuidmap and newgidmap, which look into /etc/subuid and /etc/subgid"
         : maps.from_outside ? "the maps are written from outside, with this process's own rights"
                             : "one user and one group: foster writes these maps itself, and the kernel wants setgroups denied for it");
  }

  void Workload() {
    const IdentitySpec& identity = options_.identity;
    const LimitsSpec& limits = options_.limits;
    if (options_.folder != nullptr) Step(absl::StrCat("in the workload: enter ", options_.folder));
    for (const ResourceLimit& one : limits.resources) Step(absl::StrCat("in the workload: limit ", one.name));
    if (limits.oom_score_adj != nullptr) Step(absl::StrCat("in the workload: set oom_score_adj to ", limits.oom_score_adj));
    if (limits.set_nice) Step(absl::StrCat("in the workload: set nice to ", limits.nice));
    if (limits.umask >= 0) Step("in the workload: set the umask");
    if (identity.drop != 0) Step("in the workload: drop capabilities from every set");
    if (identity.groups != nullptr) Step(absl::StrCat("in the workload: have the supplementary groups ", *identity.groups == '\0' ? "none" : identity.groups));
    if (identity.user != nullptr) Step(absl::StrCat("in the workload: become user ", identity.user, options_.mounts.root != nullptr ? ", as the new root's /etc/passwd has it" : ""));
    if (identity.ambient != 0) Step("in the workload: keep capabilities as ambient ones");
    if (identity.no_new_privs) Step("in the workload: forbid new privileges");
    const ReadySpec& ready = options_.supervisor.ready;
    if (ready.notify || ready.watchdog != 0) Step("in the workload: set NOTIFY_SOCKET to a socket of foster's own");
    if (ready.fd >= 0) Step(absl::StrCat("in the workload: take a newline on descriptor ", ready.fd, " for readiness"));
    std::string command;
    for (char* const* word = options_.command; word != nullptr && *word != nullptr; ++word) absl::StrAppend(&command, " ", *word);
    Step(command.empty() ? "run nothing: no command is given" : absl::StrCat("run", command));
  }

  void Refuse(const absl::Status& status) { Refuse(status.message()); }
  void Refuse(string_view why) {
    result_.would_work = false;
    Item(absl::StrCat("NO: ", why));
  }

  void Lacking() {
    Heading("What is missing for it:");
    const size_t before = result_.text.size();
    for (const Requirement& requirement : Requirements()) {
      if (!requirement.wanted(options_)) continue;
      const std::string missing = Missing(requirement, options_, facts_);
      if (missing.empty()) continue;
      result_.would_work = false;
      Item(absl::StrCat("NO: ", requirement.option, ": ", missing));
    }
    const bool found = result_.text.size() != before;
    absl::Status status = CheckRequest(options_, facts_);
    if (!status.ok() && !found) Refuse(status);
    if (status.ok() || found) Foreseen();
    status = CheckSupervision(options_.supervisor, facts_.is_init || MakesPid());
    if (!status.ok()) Refuse(status);
    if (result_.text.size() == before) Item("nothing that can be known without trying");
  }

  void Foreseen() {
    const Problems problems = Preflight(options_, facts_);
    for (string_view rest = problems.lines(); !rest.empty();) Refuse(Cut(&rest, '\n'));
    absl::Status status = LookAtJoined(options_.namespaces);
    if (!status.ok()) Refuse(status);
  }

  void Kernel() {
    Heading(absl::StrCat("What the kernel (Linux ", facts_.kernel / 100, ".", facts_.kernel % 100, ") does about it:"));
    const bool init = MakesPid() || (facts_.is_init && !Enters());
    if (MakesPid()) {
      Item("foster is PID 1 of the new PID namespace. When it ends the kernel kills everything in there; outside it is an ordinary process");
    } else if (Enters()) {
      Item("foster is not PID 1 where it enters: in a PID namespace it is one process more");
    } else if (facts_.is_init) {
      Item("foster is PID 1 here. When it ends the kernel kills everything in this PID namespace");
    } else {
      Item(absl::StrCat("foster is not PID 1 (it is ", getpid(), "), and will not be"));
    }
    Signals(init);
    Item(init ? "orphans are adopted by foster, as PID 1" : absl::StrCat("orphans of the workload are adopted by foster, as a child subreaper", Enters() ? "" : absl::StrCat("; without it by ", TellAdopter())));
    ProcBelongs();
    Sandbox();
  }

  // What foster keeps of its own once the workload runs.
  void Sandbox() {
    const SandboxSpec& sandbox = options_.supervisor.sandbox;
    const bool again = options_.supervisor.restart.when != RestartWhen::kNever;
    std::string kept = "once the workload runs foster";
    if (sandbox.Has(kSandboxPrivileges)) absl::StrAppend(&kept, again ? " uses no capability (the next run will)" : " has no capability", " but KILL", options_.supervisor.power ? " and SYS_BOOT;" : ";");
    if (sandbox.Has(kSandboxUndumpable)) absl::StrAppend(&kept, " opens /proc/PID/fd and the like to no process of its user;");
    Item(absl::StrCat(kept, sandbox.Has(kSandboxCalls) && !again ? " dies of a system call that is not its loop's" : " makes any system call"));
  }

  static std::string TellAdopter() {
    const pid_t adopter = FindAdopter();
    if (adopter == 0) return "the nearest ancestor that is one, or by PID 1";
    std::string name;
    const bool named = ReadFile(absl::StrCat("/proc/", adopter, "/comm").c_str(), &name) == 0 && !name.empty();
    return absl::StrCat(adopter == 1 ? "" : "the subreaper ", "PID ", adopter, named ? " (" : "", absl::StripAsciiWhitespace(name), named ? ")" : "", ", as one that was made to find out has told");
  }

  // What would get lost if the workload were PID 1 itself, and what foster makes of it.
  void Signals(bool init) {
    std::string ignored;
    for (int signo = 1; signo <= kLastSignal; ++signo) {
      if (signo == SIGKILL || signo == SIGSTOP || signo == SIGCHLD) continue;
      if (GetDisposition(signo) == Disposition::kIgnored) absl::StrAppend(&ignored, ignored.empty() ? "" : ", ", SignalName(signo));
    }
    if (init) {
      Item("to PID 1 the kernel drops each signal that is at its default and not blocked, KILL and STOP from outside excepted: a command that is PID 1 "
           "itself ignores TERM, INT, HUP, QUIT and all others it has no handler for. foster blocks all 64 and takes them from the queue: none is dropped");
      Item("from inside, KILL and STOP to PID 1 are always dropped");
    } else {
      Item("no signal is dropped: a default disposition does what it always does");
    }
    if (!ignored.empty()) Item(absl::StrCat("foster was started with these signals ignored, and the workload will be: ", ignored, " (--reset-signals changes that)"));
    if (signals_.mask != 0) Item("foster was started with signals blocked, and they will be for the workload (--reset-signals changes that)");
    if (signals_.child_ignored) Item("foster was started with CHLD ignored; the workload gets that back, foster does without");
  }

  void ProcBelongs() {
    char self[16] = "";
    const ssize_t size = readlink("/proc/self", self, sizeof self - 1);
    int pid = 0;
    const bool ours = size > 0 && absl::SimpleAtoi(string_view(self, static_cast<size_t>(size)), &pid) && pid == getpid();
    bool mounts_proc = false;
    for (const MountWish& wish : options_.mounts.wishes) mounts_proc = mounts_proc || wish.kind == MountWish::kProc;
    if (mounts_proc) {
      Item("/proc will be that of foster's PID namespace");
    } else if (options_.mounts.root != nullptr) {
      Item("the new root has no /proc but what it has already (add --proc)");
    } else if (Enters()) {
      Item("/proc is the one of the mount namespace that foster is in then");
    } else if (size <= 0) {
      Item(access("/proc/1", F_OK) == 0 ? "/proc is that of a PID namespace that foster is not in" : "there is no procfs on /proc");
    } else if (!ours) {
      Item(absl::StrCat("/proc belongs to another PID namespace: there foster is ", pid, ", here ", getpid(), " (add --proc)"));
    } else if (MakesPid()) {
      Item("/proc stays that of the PID namespace outside: ps, top and kill by name will see the wrong numbers (add --new=mount --proc)");
    } else {
      Item("/proc belongs to foster's own PID namespace");
    }
  }

  const Options& options_;
  const Facts& facts_;
  const InheritedSignals& signals_;
  Explanation result_;
  int step_ = 0;
};

}  // namespace

Explanation Explain(const Options& options, const Facts& facts, const InheritedSignals& signals) { return Explainer(options, facts, signals).Explain(); }

}  // namespace foster
