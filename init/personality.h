// SPDX-License-Identifier: Apache-2.0
// Other inits' command lines. Each is one table that says what its words mean in foster's own options; nothing behind the options knows which
// one was spoken. What is kept of the originals, and what is done better, is listed in docs/personalities.md.
#ifndef FOSTER_INIT_PERSONALITY_H_
#define FOSTER_INIT_PERSONALITY_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "init/options.h"

namespace foster {

// One option of another init, said in foster's words.
struct ForeignOption {
  const char* name;    // long name without the dashes, or null
  char letter;         // short name, or 0
  const char* value;   // how its value is called in its help, or null where it takes none
  const char* help;
  const char* option;  // foster's option (a name of the option table) that means the same
  const char* fixed;   // that option's value, or null: the value that the user gave
};

// One environment variable of another init. Unlike foster's own they are left to the workload, which may be such an init itself.
struct ForeignVariable {
  const char* name;
  const char* help;
  // `value`: what the variable is set to.
  absl::Status (*take)(absl::string_view value, Options* options);
};

struct Personality {
  const char* names;    // the base names of argv[0] that speak it, one space after each
  const char* version;  // the line that its --version prints: engines read it
  const char* usage;
  absl::Span<const ForeignOption> options;
  absl::Span<const ForeignVariable> variables;
  // Before anything was read: what it does unless told otherwise.
  void (*begin)(Options* options);
  // After everything was read; or null.
  void (*finish)(Options* options);
};

// Who is called `name` (a base name), or null: foster's own command line.
const Personality* FindPersonality(absl::string_view name);

// The four of them.
extern const Personality kTini;
extern const Personality kDumbInit;
extern const Personality kCatatonit;
extern const Personality kPause;

// Reads the variables of `spoken`, then its words up to the command, as getopt_long(3) would with a leading "+". `at` ends at the command.
absl::Status TakeForeignWords(const Personality& spoken, char* const* environment, char*** at, Options* options);

// Gives foster's option `name` the value `value`; "not built yet" where it is not.
absl::Status GiveOption(absl::string_view name, absl::string_view value, Options* options);

}  // namespace foster

#endif  // FOSTER_INIT_PERSONALITY_H_
