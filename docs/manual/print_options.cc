// SPDX-License-Identifier: Apache-2.0
// Prints the option table, one option a line, fields between tabs: section, long name, letter or "-", no|must|may, how the value is called or "-",
// whether it adds up, whether it is built, and the sentence of --help. Then the other inits' command lines:
// "personality", names, usage; their options: "foreign", names, long name, letter, value, sentence; their variables: "variable", names, name, sentence.
#include <cstdio>
#include <string>

#include "init/option_table.h"
#include "init/personality.h"

namespace {

std::string Letter(char letter) { return letter == 0 ? "-" : std::string(1, letter); }

const char* Or(const char* text) { return text == nullptr || *text == '\0' ? "-" : text; }

}  // namespace

int main() {
  for (const foster::OptionRow& row : foster::OptionTable()) {
    const char* takes = row.takes_value == foster::TakesValue::kNo ? "no" : row.takes_value == foster::TakesValue::kMust ? "must" : "may";
    std::printf("option\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", std::string(foster::SectionTitle(row.section)).c_str(), row.name, Letter(row.letter).c_str(), takes,
                Or(row.value), row.repeatable ? "adds" : "once", row.parse != nullptr ? "built" : "missing", row.help);
  }
  for (const foster::Personality* one : {&foster::kTini, &foster::kDumbInit, &foster::kCatatonit, &foster::kPause}) {
    std::printf("personality\t%s\t%s\n", one->names, one->usage);
    for (const foster::ForeignOption& row : one->options) {
      std::printf("foreign\t%s\t%s\t%s\t%s\t%s\n", one->names, Or(row.name), Letter(row.letter).c_str(), Or(row.value), row.help);
    }
    for (const foster::ForeignVariable& row : one->variables) std::printf("variable\t%s\t%s\t%s\n", one->names, row.name, row.help);
  }
  return 0;
}
