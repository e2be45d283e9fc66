// SPDX-License-Identifier: Apache-2.0
// Whether the workload is started again, and after how long a pause. Pure.
#ifndef FOSTER_INIT_RESTART_POLICY_H_
#define FOSTER_INIT_RESTART_POLICY_H_

#include <stdint.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "init/duration.h"

namespace foster {

enum class RestartWhen : uint8_t { kNever, kOnFailure, kAlways };

struct RestartSpec {
  RestartWhen when = RestartWhen::kNever;
  uint32_t most = 0;  // how many times in a row without a healthy run between them; 0: as often as it takes
  Nanoseconds first_pause = 100 * kMillisecond;
  Nanoseconds longest_pause = 60 * kSecond;

  // "never", "on-failure", "on-failure:MAX", "always"
  absl::Status ParseWhen(absl::string_view text);
  // "FIRST" or "FIRST..MOST"
  absl::Status ParseBackoff(absl::string_view text);
};

class RestartPolicy {
 public:
  // A run that lives as long as this, and at least twice the pause that went before it, is healthy: the pauses begin anew after it.
  static constexpr Nanoseconds kHealthy = 10 * kSecond;

  enum class Verdict : uint8_t {
    kAgain,
    kDone,       // it succeeded, or nobody wants it started again
    kTooMany,    // it failed, and was started again as often as was allowed
  };

  explicit RestartPolicy(const RestartSpec& spec) : spec_(spec), pause_(spec.first_pause) {}

  bool wanted() const { return spec_.when != RestartWhen::kNever; }

  // A run that lasted `lived` has ended.
  Verdict RunEnded(bool failed, Nanoseconds lived);

  // After kAgain: how long to pause before the next run.
  Nanoseconds pause() const { return this_pause_; }
  // How many restarts there were since the last healthy run.
  uint32_t in_a_row() const { return in_a_row_; }

 private:
  RestartSpec spec_;
  Nanoseconds pause_;           // the next one
  Nanoseconds this_pause_ = 0;  // the last one
  uint32_t in_a_row_ = 0;
};

}  // namespace foster

#endif  // FOSTER_INIT_RESTART_POLICY_H_
