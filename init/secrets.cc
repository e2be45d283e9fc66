// SPDX-License-Identifier: Apache-2.0
#include "init/secrets.h"

#include <string.h>

namespace foster {
namespace {

void Erase(const std::vector<const char*>& values) {
  // A process's own argv and environment are its to write.
  for (const char* value : values) memset(const_cast<char*>(value), '*', strlen(value));
}

}  // namespace

void Erase(const Secrets& secrets, bool restart) {
  Erase(secrets.variables);
  if (!restart) Erase(secrets.twins);
}

}  // namespace foster
