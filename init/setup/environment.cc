// SPDX-License-Identifier: Apache-2.0
#include "init/setup/environment.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "os/status_from_errno.h"

namespace foster {
namespace {

using absl::string_view;

string_view NameOf(string_view variable) { return variable.substr(0, variable.find('=')); }

void Remove(std::vector<const char*>* variables, string_view name) {
  variables->erase(std::remove_if(variables->begin(), variables->end(), [name](const char* one) { return NameOf(one) == name; }), variables->end());
}

void Put(std::vector<const char*>* variables, const char* variable) {
  Remove(variables, NameOf(variable));
  variables->push_back(variable);
}

bool HasValue(string_view variable) { return absl::StrContains(variable, '='); }

}  // namespace

absl::Status AddVariable(string_view text, EnvironmentSpec* spec) {
  if (NameOf(text).empty()) return Refused(absl::StrCat("\"", text, "\""), "not NAME=VALUE");
  spec->set.push_back(text.data());
  return absl::OkStatus();
}

absl::Status AddUnset(string_view name, EnvironmentSpec* spec) {
  if (name.empty() || HasValue(name)) return Refused(absl::StrCat("\"", name, "\""), "not the name of a variable");
  spec->unset.push_back(name.data());
  return absl::OkStatus();
}

std::vector<const char*> BuildEnvironment(const EnvironmentSpec& spec, char* const* base, const std::vector<std::string>& additions) {
  // In one piece: a block of each size that it grew through would leave more memory behind.
  size_t most = additions.size() + spec.set.size() + 1;
  for (char* const* at = base; *at != nullptr; ++at) ++most;
  std::vector<const char*> built;
  built.reserve(most);
  if (!spec.clear) {
    for (char* const* at = base; *at != nullptr; ++at) built.push_back(*at);
  }
  for (const char* name : spec.unset) Remove(&built, name);
  for (const std::string& addition : additions) {
    if (HasValue(addition)) {
      Put(&built, addition.c_str());
    } else {
      Remove(&built, addition);
    }
  }
  for (const char* variable : spec.set) {
    if (HasValue(variable)) {
      Put(&built, variable);
      continue;
    }
    for (char* const* at = base; *at != nullptr; ++at) {
      if (NameOf(*at) == variable) Put(&built, *at);
    }
  }
  built.push_back(nullptr);
  return built;
}

}  // namespace foster
