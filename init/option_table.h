// SPDX-License-Identifier: Apache-2.0
// The one table of options: parsing, the environment's twins, --help, the manual page and completions all come from it.
#ifndef FOSTER_INIT_OPTION_TABLE_H_
#define FOSTER_INIT_OPTION_TABLE_H_

#include <stdint.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "init/options.h"

namespace foster {

enum class TakesValue : uint8_t { kNo, kMust, kMay };

// Sections of --help and of the manual page, in their order.
enum class Section : uint8_t { kNamespaces, kSetUp, kSignals, kSupervision, kTelling, kOther };

struct OptionRow {
  const char* name;      // without the dashes
  char letter;           // the short one, or 0
  TakesValue takes_value;
  bool repeatable;       // adds up; its twin may be numbered
  Section section;
  const char* value;     // how the value is called in --help, "" where there is none
  const char* help;      // one sentence
  // Reads the value ("" where there is none) into the options. Null: in the table so that nobody else takes the name, but not built yet.
  absl::Status (*parse)(absl::string_view value, Options* options);
};

// All rows, by section, in the order in which they are told.
absl::Span<const OptionRow> OptionTable();

// By long name, or by letter. Null where there is none.
const OptionRow* FindOption(absl::string_view name);
const OptionRow* FindOption(char letter);

absl::string_view SectionTitle(Section section);

}  // namespace foster

#endif  // FOSTER_INIT_OPTION_TABLE_H_
