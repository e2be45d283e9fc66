// SPDX-License-Identifier: Apache-2.0
// Other inits' command lines. Where foster accepts one, getopt_long(3), by which they were made, accepts it too and sees the command in the same place.
#include <getopt.h>

#include "init/personality.h"
#include "tests/fuzz/command_words.h"
#include "tests/fuzz/fuzz.h"

namespace foster {
namespace {

struct GetoptTables {
  std::string letters = "+";
  std::vector<struct option> words;

  explicit GetoptTables(const Personality& spoken) {
    for (const ForeignOption& row : spoken.options) {
      const bool value = row.value != nullptr;
      if (row.letter != 0) {
        letters += row.letter;
        if (value) letters += ':';
      }
      // Each has a value of its own, so that getopt_long takes no two of them for the same.
      if (row.name != nullptr) words.push_back({row.name, value ? required_argument : no_argument, nullptr, 256 + static_cast<int>(words.size())});
    }
    words.push_back({nullptr, 0, nullptr, 0});
  }
};

// Where getopt_long says that the command is, or 0 where it finds an option that is none.
size_t CommandByGetopt(const Personality& spoken, const CommandText& text) {
  const GetoptTables tables(spoken);
  CommandWords words(text);
  optind = 0;  // from the beginning (getopt(3), "NOTES")
  opterr = 0;
  int found;
  while ((found = getopt_long(static_cast<int>(text.argv.size()), words.argv(), tables.letters.c_str(), tables.words.data(), nullptr)) != -1) {
    if (found == '?' || found == ':') return 0;
  }
  return static_cast<size_t>(optind);
}

}  // namespace
}  // namespace foster

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace foster;
  CommandText text = ReadCommandText({reinterpret_cast<const char*>(data), size});
  if (text.argv.empty()) return 0;
  const std::string& path = text.argv[0];
  const Personality* spoken = FindPersonality(absl::string_view(path).substr(path.rfind('/') + 1));
  if (spoken == nullptr) return 0;
  // Another language may be chosen by the first word or by a twin; the other target's business.
  if (text.argv.size() > 1 && text.argv[1].rfind("--as", 0) == 0) return 0;
  for (const std::string& variable : text.environment) {
    if (variable.rfind("FOSTER_AS", 0) == 0) return 0;
  }
  size_t command = 0;
  if (!CheckCommand(text, &command)) return 0;
  MUST(CommandByGetopt(*spoken, text) == command);
  return 0;
}
