// SPDX-License-Identifier: Apache-2.0
// foster's own command line, and its twins in the environment.
#include "tests/fuzz/command_words.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  size_t command = 0;
  foster::CheckCommand(foster::ReadCommandText({reinterpret_cast<const char*>(data), size}), &command);
  return 0;
}
