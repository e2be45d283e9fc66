// SPDX-License-Identifier: Apache-2.0
// What --help and --version say, out of the tables.
#include "absl/strings/str_cat.h"
#include "init/option_table.h"
#include "init/personality.h"
#include "init/version.h"

namespace foster {
namespace {

// The column in which what an option does begins.
constexpr size_t kColumn = 34;

// `begin`: where in the text the line begun.
void Explain(std::string* text, size_t begin, absl::string_view help) {
  const size_t width = text->size() - begin;
  if (width >= kColumn) {
    absl::StrAppend(text, "\n", std::string(kColumn, ' '));
  } else {
    text->append(kColumn - width, ' ');
  }
  absl::StrAppend(text, help, "\n");
}

std::string ForeignHelp(const Personality& spoken) {
  std::string text = absl::StrCat("Usage: ", spoken.usage, "\n\nfoster in its place. Options:\n");
  for (const ForeignOption& row : spoken.options) {
    const size_t begin = text.size();
    const char letter[] = {'-', row.letter, '\0'};
    absl::StrAppend(&text, "  ", row.letter != 0 ? letter : "  ", row.letter != 0 && row.name != nullptr ? ", " : "");
    if (row.name != nullptr) absl::StrAppend(&text, "--", row.name);
    if (row.value != nullptr) absl::StrAppend(&text, " ", row.value);
    Explain(&text, begin, row.help);
  }
  if (!spoken.variables.empty()) absl::StrAppend(&text, "\nEnvironment:\n");
  for (const ForeignVariable& row : spoken.variables) {
    const size_t begin = text.size();
    absl::StrAppend(&text, "  ", row.name);
    Explain(&text, begin, row.help);
  }
  absl::StrAppend(&text, "  FOSTER_...");
  Explain(&text, text.size() - 12, "foster's own options (FOSTER_AS=foster foster --help lists them).");
  return text;
}

}  // namespace

std::string HelpText(const Options& options) {
  if (options.spoken != nullptr) return ForeignHelp(*options.spoken);
  std::string text =
      "Usage: foster [OPTION...] [--] COMMAND [ARG...]\n"
      "Runs COMMAND as the init of a container: reaps orphans, passes signals on, keeps its exit status.\n"
      "Every option has a twin in the environment: FOSTER_ and its name (FOSTER_GRACE=10s).\n";
  Section section = Section::kOther;
  bool first = true;
  for (const OptionRow& row : OptionTable()) {
    if (row.parse == nullptr) continue;
    if (first || row.section != section) absl::StrAppend(&text, "\n", SectionTitle(row.section), ":\n");
    first = false;
    section = row.section;
    const size_t begin = text.size();
    const char letter[] = {'-', row.letter, ',', ' ', '\0'};
    absl::StrAppend(&text, "  ", row.letter != 0 ? letter : "    ", "--", row.name);
    if (row.takes_value == TakesValue::kMust) absl::StrAppend(&text, "=", row.value);
    if (row.takes_value == TakesValue::kMay) absl::StrAppend(&text, "[=", row.value, "]");
    Explain(&text, begin, row.help);
  }
  absl::StrAppend(&text, "\nExit status: the workload's; 128+n where signal n killed it; 127 not found; 126 not executable; "
                         "125 foster itself failed.\n");
  return text;
}

std::string VersionText(const Options& options) {
  return options.spoken != nullptr ? std::string(options.spoken->version) : absl::StrCat("foster ", kVersion, "\n");
}

}  // namespace foster
