// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/command_words.h"

#include <sched.h>
#include <string.h>

#include <algorithm>

#include "init/setup/environment.h"
#include "init/explain.h"
#include "init/line.h"
#include "init/setup/mounts.h"
#include "init/personality.h"
#include "init/secrets.h"
#include "init/setup_check.h"
#include "init/supervisor_spec.h"
#include "tests/fuzz/fuzz.h"

namespace foster {
namespace {

std::string Word(absl::string_view line) {
  if (line == "\x02") return "";
  std::string word(line.substr(0, line.find('\0')));
  std::replace(word.begin(), word.end(), '\x01', '\n');
  return word;
}

// Text that was taken over must be the caller's own, which outlives foster; never a copy that is gone.
void MustBeOfTheCaller(const char* text) {
  if (text != nullptr) MUST(strlen(text) < 1 << 20);
}

void CheckEnvironment(const Options& options, char** environment) {
  const std::vector<const char*> built = BuildEnvironment(options.environment, environment, {});
  MUST(!built.empty() && built.back() == nullptr);
  for (const char* variable : options.environment.set) {
    const char* equals = strchr(variable, '=');
    if (equals == nullptr) continue;
    const absl::string_view name(variable, static_cast<size_t>(equals - variable) + 1);
    int times = 0;
    for (const char* one : built) times += one != nullptr && strncmp(one, name.data(), name.size()) == 0;
    MUST(times == 1);
  }
}

void CheckMounts(const Options& options) {
  for (bool own : {false, true}) {
    MountSurroundings surroundings;
    surroundings.own_namespace = own;
    for (const MountStep& step : PlanMounts(options.mounts, surroundings)) {
      MUST(!TellMountStep(step).empty());
      MUST(step.target.find('\0') == std::string::npos);
    }
  }
}

// Every machine says the same thing again, or something else; never nothing, and never something that is not a line.
void CheckRequests(const Options& options) {
  for (const Facts& facts : {Facts{false, 0, ~CapabilitySet{0}, 618}, Facts{true, 0, ~CapabilitySet{0}, 618}, Facts{false, 1000, 0, 510}, Facts{true, 1000, 0, 301}}) {
    const absl::Status status = CheckRequest(options, facts);
    if (!status.ok()) MustBeOneLine(status.message());
    for (const Requirement& requirement : Requirements()) {
      if (requirement.wanted(options)) Missing(requirement, options, facts);
    }
    const absl::Status supervision = CheckSupervision(options.supervisor, facts.is_init);
    if (!supervision.ok()) MustBeOneLine(supervision.message());
  }
}

// What is left of the environment: all of it in its order, less twins.
void CheckTwins(const CommandText& text, char** environment) {
  size_t at = 0;
  for (char** left = environment; *left != nullptr; ++left, ++at) {
    while (at < text.environment.size() && text.environment[at] != *left) {
      MUST(text.environment[at].rfind("FOSTER_", 0) == 0);
      ++at;
    }
    MUST(at < text.environment.size());
  }
  for (; at < text.environment.size(); ++at) MUST(text.environment[at].rfind("FOSTER_", 0) == 0);
}

// What may be a secret is overwritten where it stands, and nothing else is: not the command, no variable that stays, no word's length.
void CheckErasing(const CommandText& text, const Options& options, char** argv, char** environment) {
  const size_t kept = static_cast<size_t>(std::distance<char* const*>(argv, options.command));
  std::vector<std::string> left;
  for (char** at = environment; *at != nullptr; ++at) left.push_back(*at);
  Erase(options.secrets, false);
  for (size_t i = 0; i < text.argv.size(); ++i) {
    MUST(strlen(argv[i]) == text.argv[i].size());
    if (i >= kept) MUST(text.argv[i] == argv[i]);
  }
  for (size_t i = 0; i < left.size(); ++i) MUST(left[i] == environment[i]);
  for (const char* value : options.secrets.variables) MUST(strspn(value, "*") == strlen(value));
}

}  // namespace

CommandText ReadCommandText(absl::string_view input) {
  CommandText text;
  while (!input.empty()) {
    const absl::string_view line = TakeUntil('\n', &input);
    if (line.empty()) break;
    text.argv.push_back(Word(line));
  }
  while (!input.empty()) text.environment.push_back(Word(TakeUntil('\n', &input)));
  return text;
}

CommandWords::CommandWords(const CommandText& text) {
  const auto fill = [this](const std::vector<std::string>& from, std::vector<char*>* to) {
    for (const std::string& word : from) {
      words_.push_back(ExactWord(word));
      to->push_back(words_.back().get());
    }
    to->push_back(nullptr);
  };
  fill(text.argv, &argv_);
  fill(text.environment, &environment_);
}

void MustBeOneLine(absl::string_view message) {
  MUST(!message.empty());
  Line line;
  line.Add("foster: ").Add(message).EndLine();
  const absl::string_view told = line.text();
  MUST(told.back() == '\n');
  for (char c : told.substr(0, told.size() - 1)) MUST((c & 0xe0) != 0 && c != 0x7f);
}

bool CheckCommand(const CommandText& text, size_t* command) {
  CommandWords words(text);
  Options options;
  const absl::Status status = ParseOptions(words.argv(), words.environment(), &options);
  {
    // What it says does not depend on where the words are.
    CommandWords others(text);
    Options again;
    const absl::Status other = ParseOptions(others.argv(), others.environment(), &again);
    MUST(other == status && again.errand == options.errand && again.any_setup == options.any_setup);
  }
  if (!status.ok()) {
    MustBeOneLine(status.message());
    return false;
  }
  CheckTwins(text, words.environment());
  MUST(!HelpText(options).empty() && !VersionText(options).empty());
  const size_t place = static_cast<size_t>(options.command - words.argv());
  MUST(place <= text.argv.size());
  *command = place;
  if (options.errand == Errand::kRun) MUST(options.supervisor.pause == (*options.command == nullptr));
  for (const char* kept : {options.folder, options.identity.user, options.identity.groups, options.mounts.root, options.status.file, options.limits.oom_score_adj}) MustBeOfTheCaller(kept);
  CheckEnvironment(options, words.environment());
  CheckMounts(options);
  CheckRequests(options);
  if (options.errand == Errand::kExplain) MUST(!Explain(options, GatherFacts(), InheritedSignals()).text.empty());
  CheckErasing(text, options, words.argv(), words.environment());
  return true;
}

}  // namespace foster
