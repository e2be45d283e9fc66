// SPDX-License-Identifier: Apache-2.0
#include "init/log.h"

#include <time.h>
#include <unistd.h>

#include "init/json_line.h"
#include "os/write.h"

namespace foster {
namespace {

absl::string_view LevelName(Verbosity level) {
  if (level <= Verbosity::kNormal) return "error";
  return level == Verbosity::kVerbose ? "info" : "debug";
}

// Apart, so that its line is on the stack only where somebody wants JSON.
__attribute__((noinline)) void SayJson(Verbosity level, std::initializer_list<absl::string_view> pieces) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  Line message;
  message.Add(pieces);
  JsonLine line;
  line.Text("event", "log").Seconds("time", now.tv_sec * int64_t{1000000} + now.tv_nsec / 1000);
  line.Text("level", LevelName(level)).Text("message", message.text());
  WriteAtOnce(STDERR_FILENO, line.Whole(0));
}

}  // namespace

void Log::Say(Verbosity level, std::initializer_list<absl::string_view> pieces) const {
  if (!Says(level)) return;
  if (json_) return SayJson(level, pieces);
  Line line;
  line.Add("foster: ").Add(pieces).EndLine();
  WriteAtOnce(STDERR_FILENO, line.text());
}

}  // namespace foster
