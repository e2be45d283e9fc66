// SPDX-License-Identifier: Apache-2.0
#include "init/options.h"

#include <string.h>

#include <algorithm>
#include <initializer_list>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "init/option_parsers.h"
#include "init/option_table.h"
#include "init/personality.h"
#include "os/status_from_errno.h"

namespace foster {
namespace {

using absl::Status;
using absl::string_view;

constexpr string_view kTwinPrefix = "FOSTER_";

// The message begins with how the user spelled the option.
Status Under(string_view spelling, const Status& status) {
  return Status(status.code(), absl::StrCat(spelling, ": ", status.message()));
}

Status Parse(const OptionRow& row, string_view value, Options* options) {
  options->supervisor.tidy = true;
  if (row.section == Section::kNamespaces || row.section == Section::kSetUp) options->any_setup = true;
  return row.parse(value, options);
}

Status Take(const OptionRow& row, string_view spelling, string_view value, Options* options) {
  if (row.parse == nullptr) return Refused(spelling, "not built yet in this version of foster");
  Status status = Parse(row, value, options);
  return status.ok() ? status : Under(spelling, status);
}

// How many letters must be changed, dropped or added to make `b` of `a`; for names of options, so short ones.
size_t Distance(string_view a, string_view b) {
  size_t row[32];
  if (b.size() >= 32) return a.size();
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min(change, std::min(row[j], row[j - 1]) + 1);
    }
  }
  return row[b.size()];
}

Status NoSuchOption(string_view spelling, string_view name) {
  string_view nearest;
  size_t least = 3;
  for (const OptionRow& row : OptionTable()) {
    const size_t distance = Distance(name, row.name);
    if (distance < least) {
      least = distance;
      nearest = row.name;
    }
  }
  return Refused(spelling, nearest.empty() ? "no such option (foster --help lists them)"
                                           : absl::StrCat("no such option (did you mean --", nearest, "?)"));
}

// `word` begins with two dashes. `next` is the word behind it, or null; *used_next says whether it was the value.
Status TakeLong(const char* word, const char* next, bool* used_next, Options* options) {
  const char* equals = strchr(word, '=');
  const string_view spelling =
      equals == nullptr ? string_view(word) : string_view(word, static_cast<size_t>(equals - word));
  const OptionRow* row = FindOption(spelling.substr(2));
  if (row == nullptr) return NoSuchOption(spelling, spelling.substr(2));
  if (equals != nullptr) {
    if (row->takes_value == TakesValue::kNo) return Refused(spelling, "takes no value");
    return Take(*row, spelling, equals + 1, options);
  }
  if (row->takes_value != TakesValue::kMust) return Take(*row, spelling, "", options);
  if (next == nullptr) return Refused(spelling, absl::StrCat("needs a value: ", row->value));
  *used_next = true;
  return Take(*row, spelling, next, options);
}

// `word` is a dash and letters. -g is the one letter that stands for an option with its value.
Status TakeLetters(const char* word, const char* next, bool* used_next, Options* options) {
  for (const char* letter = word + 1; *letter != '\0'; ++letter) {
    const char spelled[] = {'-', *letter};
    const string_view spelling(spelled, 2);
    const OptionRow* row = FindOption(*letter);
    if (row == nullptr) return Refused(spelling, "no such option (foster --help lists them)");
    const bool has_value = row->takes_value != TakesValue::kNo && *letter != 'g';
    if (!has_value) {
      Status status = Take(*row, spelling, "", options);
      if (!status.ok()) return status;
      continue;
    }
    if (letter[1] != '\0') return Take(*row, spelling, letter + 1, options);
    if (next == nullptr) return Refused(spelling, absl::StrCat("needs a value: ", row->value));
    *used_next = true;
    return Take(*row, spelling, next, options);
  }
  return absl::OkStatus();
}

// Whether `variable` ("GRACE=5s", without the prefix) is `row`'s twin; *value is then what stands behind the equals sign.
bool IsTwin(const char* variable, const OptionRow& row, const char** value) {
  const char* at = variable;
  for (const char* name = row.name; *name != '\0'; ++name, ++at) {
    const char expected = *name == '-' ? '_' : absl::ascii_toupper(static_cast<unsigned char>(*name));
    if (*at != expected) return false;
  }
  if (row.repeatable && *at == '_' && absl::ascii_isdigit(static_cast<unsigned char>(at[1]))) {
    do {
      ++at;
    } while (absl::ascii_isdigit(static_cast<unsigned char>(*at)));
  }
  if (*at != '=') return false;
  *value = at + 1;
  return true;
}

bool IsOneOf(string_view word, std::initializer_list<string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// A twin of an option that can do without a value says whether it is on.
Status TakeTwin(const OptionRow& row, string_view spelling, const char* value, Options* options) {
  if (row.takes_value == TakesValue::kMust) return Take(row, spelling, value, options);
  if (IsOneOf(value, {"1", "yes", "true", "on"})) return Take(row, spelling, "", options);
  if (IsOneOf(value, {"", "0", "no", "false", "off"})) return absl::OkStatus();
  if (row.takes_value == TakesValue::kMay) return Take(row, spelling, value, options);
  return Refused(spelling, absl::StrCat("\"", value, "\": not one of 1, 0, yes, no, true, false, on, off"));
}

Status TakeTwins(char** environment, Options* options) {
  char** keep = environment;
  for (char** at = environment; *at != nullptr; ++at) {
    const OptionRow* found = nullptr;
    const char* value = nullptr;
    if (absl::StartsWith(*at, kTwinPrefix)) {
      options->supervisor.tidy = true;  // the table of options was read, whether it is one or not
      for (const OptionRow& row : OptionTable()) {
        if (!IsTwin(*at + kTwinPrefix.size(), row, &value)) continue;
        found = &row;
        break;
      }
    }
    if (found == nullptr) {
      *keep++ = *at;
      continue;
    }
    options->secrets.twins.push_back(value);
    Status status = TakeTwin(*found, string_view(*at, static_cast<size_t>(value - 1 - *at)), value, options);
    if (!status.ok()) return status;
  }
  *keep = nullptr;
  return absl::OkStatus();
}

// foster's own words, up to the command.
Status TakeWords(char*** words, Options* options) {
  char**& at = *words;
  for (; *at != nullptr && (*at)[0] == '-' && (*at)[1] != '\0'; ++at) {
    const char* word = *at;
    if (strcmp(word, "--") == 0) {
      ++at;
      break;
    }
    bool used_next = false;
    Status status = word[1] == '-' ? TakeLong(word, at[1], &used_next, options)
                                   : TakeLetters(word, at[1], &used_next, options);
    if (!status.ok()) return status;
    if (used_next) ++at;
  }
  return absl::OkStatus();
}

constexpr string_view kAs = "--as=";
constexpr string_view kAsTwin = "FOSTER_AS=";

string_view BaseName(string_view path) { return path.substr(path.rfind('/') + 1); }

// Whose command line it is: --as as the first word, or FOSTER_AS, or the name foster was started under. Takes the first word, if it was that, off `at`.
Status ChooseLanguage(char* const* environment, const char* started_as, char*** at, Options* options) {
  if (**at != nullptr && absl::StartsWith(**at, kAs)) {
    Status status = ParseAs(**at + kAs.size(), options);
    ++*at;
    return status.ok() ? status : Under("--as", status);
  }
  for (; *environment != nullptr; ++environment) {
    if (!absl::StartsWith(*environment, kAsTwin)) continue;
    Status status = ParseAs(*environment + kAsTwin.size(), options);
    return status.ok() ? status : Under("FOSTER_AS", status);
  }
  options->spoken = FindPersonality(BaseName(started_as));
  return absl::OkStatus();
}

}  // namespace

Status ParseAs(string_view value, Options* options) {
  options->spoken = FindPersonality(value);
  if (options->spoken == nullptr && value != "foster") return NotOneOf(value, "foster, tini, docker-init, dumb-init, catatonit, pause");
  return absl::OkStatus();
}

Status GiveOption(string_view name, string_view value, Options* options) {
  const OptionRow* row = FindOption(name);
  if (row == nullptr || row->parse == nullptr) return Refused("not built yet in this version of foster", name);
  return Parse(*row, value, options);
}

Status ParseOptions(char** argv, char** environment, Options* options) {
  char** at = argv[0] == nullptr ? argv : argv + 1;
  Status status = ChooseLanguage(environment, argv[0] == nullptr ? "" : argv[0], &at, options);
  if (!status.ok()) return status;
  const Personality* spoken = options->spoken;
  options->supervisor.tidy = spoken != nullptr;  // its tables were read
  if (spoken != nullptr) spoken->begin(options);
  status = TakeTwins(environment, options);
  options->spoken = spoken;  // FOSTER_AS is among them, and --as went before it
  if (status.ok()) status = spoken == nullptr ? TakeWords(&at, options) : TakeForeignWords(*spoken, environment, &at, options);
  if (status.ok() && options->spoken != spoken) status = Refused("--as", "must be the first word, as --as=NAME");
  if (!status.ok()) return status;
  options->command = at;
  if (options->errand != Errand::kRun) return absl::OkStatus();
  if (options->supervisor.pause) {
    return *at == nullptr ? absl::OkStatus() : Refused("--pause", absl::StrCat("takes no command: \"", *at, "\""));
  }
  if (*at == nullptr) {
    return Refused("no command", "what is to be run? (foster [OPTION...] [--] COMMAND [ARG...]; foster --help)");
  }
  return absl::OkStatus();
}

}  // namespace foster
