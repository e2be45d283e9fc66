// SPDX-License-Identifier: Apache-2.0
// A command line and an environment of bytes, and what must hold of foster's reading of them.
#ifndef FOSTER_TESTS_FUZZ_COMMAND_WORDS_H_
#define FOSTER_TESTS_FUZZ_COMMAND_WORDS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "init/options.h"

namespace foster {

// A line each for argv, from argv[0] on; behind an empty line the environment. A byte 1 stands for an end of line within a word, a byte 2 alone for an
// empty word; a null byte ends a word, as it does everywhere.
struct CommandText {
  std::vector<std::string> argv;
  std::vector<std::string> environment;
};
CommandText ReadCommandText(absl::string_view input);

// As a kernel hands it over: arrays that end with null, each word in memory of its own.
class CommandWords {
 public:
  explicit CommandWords(const CommandText& text);
  char** argv() { return argv_.data(); }
  char** environment() { return environment_.data(); }

 private:
  std::vector<std::unique_ptr<char[]>> words_;
  std::vector<char*> argv_, environment_;
};

// What foster says on stderr is one line, of characters that do nothing to a terminal.
void MustBeOneLine(absl::string_view message);

// Reads `text` as foster does, follows it through everything that is decided before anything is made, and checks all of it. Whether it was accepted;
// *command is then the place of the command in argv.
bool CheckCommand(const CommandText& text, size_t* command);

}  // namespace foster

#endif  // FOSTER_TESTS_FUZZ_COMMAND_WORDS_H_
