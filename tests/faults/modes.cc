// SPDX-License-Identifier: Apache-2.0
#include "tests/faults/modes.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>

#include "tests/util/foster_process.h"

namespace foster {
namespace {

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  size_t begin = 0;
  while (begin < text.size()) {
    size_t end = text.find('\n', begin);
    if (end == std::string::npos) end = text.size();
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

Mode Make(std::string name, bool as_init, std::vector<std::string> options, std::vector<std::string> verb, int status,
          std::vector<std::string> said, bool ask_to_stop = false) {
  Mode mode;
  mode.name = std::move(name);
  mode.run.as_init = as_init;
  mode.run.ask_to_stop = ask_to_stop;
  if (ask_to_stop) mode.run.blocked = {SIGTERM, SIGUSR1};
  mode.run.argv = {FosterBinary()};
  mode.run.argv.insert(mode.run.argv.end(), options.begin(), options.end());
  mode.run.argv.push_back("--");
  for (std::string& word : Act(std::move(verb))) mode.run.argv.push_back(std::move(word));
  mode.status = status;
  mode.said = std::move(said);
  return mode;
}

}  // namespace

std::vector<Mode> AllModes() {
  const std::vector<std::string> heard_term = {"ready", "got 15"};
  std::vector<Mode> modes;
  for (const char* reap : {"--reap=wait", "--reap=auto"}) {
    const std::string with = reap == std::string("--reap=wait") ? "wait" : "auto";
    modes.push_back(Make("init-" + with + "-exit", true, {reap}, {"exit", "7"}, 7, {}));
    modes.push_back(Make("init-" + with + "-stop", true, {reap}, {"listen", "1"}, 0, heard_term, true));
    modes.push_back(Make("init-" + with + "-drain", true, {reap, "--grace=1s"}, {"leave", "obey", "3"}, 3, {"asked"}));
    modes.push_back(Make("plain-" + with + "-drain", false, {reap, "--grace=1s"}, {"leave", "obey", "3"}, 3, {"asked"}));
  }
  modes.push_back(Make("init-refuse", true, {"--grace=20ms"}, {"leave", "refuse", "4"}, 4, {"refusing"}));
  modes.push_back(Make("plain-refuse", false, {"--grace=20ms"}, {"leave", "refuse", "4"}, 4, {"refusing"}));
  const std::vector<std::string> wrapper = {"--new=pid,mount,uts,ipc", "--proc", "--hostname=faulty"};
  modes.push_back(Make("wrapper-exit", false, wrapper, {"exit", "7"}, 7, {}));
  modes.push_back(Make("wrapper-stop", false, wrapper, {"listen", "1"}, 0, heard_term, true));
  return modes;
}

std::vector<Mode> StopModes() {
  const std::vector<std::string> both = {"got 10", "got 15"};
  std::vector<Mode> modes;
  for (const char* reap : {"--reap=wait", "--reap=auto"}) {
    modes.push_back(Make(std::string("init ") + reap, true, {reap}, {"listen", "2"}, 0, both, true));
    modes.push_back(Make(std::string("plain ") + reap, false, {reap}, {"listen", "2"}, 0, both, true));
  }
  modes.push_back(Make("wrapper", false, {"--new=pid,mount,uts,ipc", "--proc"}, {"listen", "2"}, 0, both, true));
  return modes;
}

const char* VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kKept:
      return "kept";
    case Verdict::kRefused:
      return "refused";
    case Verdict::kStatus:
      return "status";
    case Verdict::kBroken:
      break;
  }
  return "BROKEN";
}

Verdict Judge(const Mode& mode, const Outcome& outcome) {
  if (outcome.hung || outcome.left_behind != 0 || !WIFEXITED(outcome.wait_status)) return Verdict::kBroken;
  const std::vector<std::string> errors = LinesOf(outcome.err);
  for (const std::string& line : errors) {
    if (line.rfind("foster: ", 0) != 0) return Verdict::kBroken;
  }
  if (outcome.Shell() == mode.status) {
    const std::vector<std::string> lines = LinesOf(outcome.out);
    for (const std::string& wanted : mode.said) {
      const bool found = std::any_of(lines.begin(), lines.end(), [&wanted](const std::string& line) { return line.rfind(wanted, 0) == 0; });
      if (!found) return Verdict::kStatus;
    }
    return Verdict::kKept;
  }
  const bool own_status = outcome.Shell() >= 125 && outcome.Shell() <= 127;
  return own_status && errors.size() == 1 && outcome.out.empty() ? Verdict::kRefused : Verdict::kBroken;
}

}  // namespace foster
