// SPDX-License-Identifier: Apache-2.0
#include "init/personality.h"

#include <string.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "os/status_from_errno.h"

namespace foster {
namespace {

using absl::Status;
using absl::string_view;

Status Under(string_view spelling, const Status& status) {
  return status.ok() ? status : Status(status.code(), absl::StrCat(spelling, ": ", status.message()));
}

Status Give(const ForeignOption& row, string_view spelling, string_view value, Options* options) {
  return Under(spelling, GiveOption(row.option, row.fixed != nullptr ? row.fixed : value, options));
}

// Its whole name, or the beginning of no other's.
const ForeignOption* FindLong(const Personality& spoken, string_view name) {
  const ForeignOption* found = nullptr;
  for (const ForeignOption& row : spoken.options) {
    if (row.name == nullptr || !absl::StartsWith(row.name, name)) continue;
    if (name == row.name) return &row;
    if (found != nullptr) return nullptr;
    found = &row;
  }
  return found;
}

const ForeignOption* FindLetter(const Personality& spoken, char letter) {
  for (const ForeignOption& row : spoken.options) {
    if (row.letter == letter) return &row;
  }
  return nullptr;
}

Status NoSuch(string_view spelling, const Personality& spoken) {
  return Refused(spelling, absl::StrCat("no such option (usage: ", spoken.usage, ")"));
}

Status TakeLong(const Personality& spoken, const char* word, const char* next, bool* used_next, Options* options) {
  const string_view whole(word);
  const string_view spelling = whole.substr(0, whole.find('='));
  const bool has_value = spelling.size() != whole.size();
  const ForeignOption* row = FindLong(spoken, spelling.substr(2));
  if (row == nullptr) return NoSuch(spelling, spoken);
  if (row->value == nullptr) return has_value ? Refused(spelling, "takes no value") : Give(*row, spelling, "", options);
  if (has_value) return Give(*row, spelling, whole.substr(spelling.size() + 1), options);
  if (next == nullptr) return Refused(spelling, absl::StrCat("needs a value: ", row->value));
  *used_next = true;
  return Give(*row, spelling, next, options);
}

Status TakeLetters(const Personality& spoken, const char* word, const char* next, bool* used_next, Options* options) {
  for (const char* letter = word + 1; *letter != '\0'; ++letter) {
    const char spelled[] = {'-', *letter};
    const string_view spelling(spelled, 2);
    const ForeignOption* row = FindLetter(spoken, *letter);
    if (row == nullptr) return NoSuch(spelling, spoken);
    if (row->value != nullptr) {
      if (letter[1] != '\0') return Give(*row, spelling, letter + 1, options);
      if (next == nullptr) return Refused(spelling, absl::StrCat("needs a value: ", row->value));
      *used_next = true;
      return Give(*row, spelling, next, options);
    }
    Status status = Give(*row, spelling, "", options);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

Status TakeVariables(const Personality& spoken, char* const* environment, Options* options) {
  for (; *environment != nullptr; ++environment) {
    const string_view variable(*environment);
    const size_t equals = variable.find('=');
    if (equals == string_view::npos) continue;
    for (const ForeignVariable& row : spoken.variables) {
      if (variable.substr(0, equals) != row.name) continue;
      Status status = Under(row.name, row.take(variable.substr(equals + 1), options));
      if (!status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace

const Personality* FindPersonality(absl::string_view name) {
  if (name.empty()) return nullptr;
  for (const Personality* one : {&kTini, &kDumbInit, &kCatatonit, &kPause}) {
    absl::string_view names = one->names;
    while (!names.empty()) {
      const size_t end = names.find(' ');
      if (names.substr(0, end) == name) return one;
      names.remove_prefix(end + 1);
    }
  }
  return nullptr;
}

Status TakeForeignWords(const Personality& spoken, char* const* environment, char*** words, Options* options) {
  Status status = TakeVariables(spoken, environment, options);
  char**& at = *words;
  for (; status.ok() && *at != nullptr && (*at)[0] == '-' && (*at)[1] != '\0'; ++at) {
    const char* word = *at;
    if (strcmp(word, "--") == 0) {
      ++at;
      break;
    }
    bool used_next = false;
    status = word[1] == '-' ? TakeLong(spoken, word, at[1], &used_next, options)
                            : TakeLetters(spoken, word, at[1], &used_next, options);
    if (status.ok() && used_next) ++at;
  }
  if (status.ok() && spoken.finish != nullptr) spoken.finish(options);
  return status;
}

}  // namespace foster
