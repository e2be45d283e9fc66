// SPDX-License-Identifier: Apache-2.0
// Durations, against a second reading of them in floating point; and what is made of durations.
#include <math.h>

#include "init/duration.h"
#include "init/setup/namespaces.h"
#include "init/restart_policy.h"
#include "tests/fuzz/fuzz.h"

namespace foster {
namespace {

// The value in nanoseconds, or a negative number for what is no duration.
long double Second(absl::string_view text) {
  long double value = 0, place = 0;
  size_t digits = 0;
  size_t at = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.') {
      if (place != 0 || digits == 0) return -1;
      place = 1;
      digits = 0;
      continue;
    }
    if (c < '0' || c > '9') break;
    ++digits;
    if (place == 0) {
      value = value * 10 + (c - '0');
    } else {
      value += (c - '0') * (place /= 10);
    }
  }
  if (digits == 0) return -1;
  const std::string unit(text.substr(at));
  const struct {
    const char* name;
    long double worth;
  } units[] = {{"", 1e9L}, {"s", 1e9L}, {"ms", 1e6L}, {"us", 1e3L}, {"m", 60e9L}, {"min", 60e9L}, {"h", 3600e9L}, {"d", 86400e9L}};
  for (const auto& one : units) {
    if (unit == one.name) return value * one.worth;
  }
  return -1;
}

}  // namespace
}  // namespace foster

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace foster;
  const Exact input({reinterpret_cast<const char*>(data), size});
  const absl::string_view text = input.text();
  const long double kHundredYears = 100.0L * 366 * 86400 * 1e9L;
  Nanoseconds value = -1;
  const long double second = Second(text);
  if (ParseDuration(text, &value)) {
    MUST(value >= 0);
    if (text == "forever") {
      MUST(value == kForever);
    } else {
      MUST(second >= 0 && second <= kHundredYears * 1.000001L);
      // Below a nanosecond it rounds down, at each digit behind the point.
      MUST(fabsl(second - static_cast<long double>(value)) <= 20 + second * 1e-12L);
    }
    MUST(DeadlineIn(1'000'000'000, value) >= 1'000'000'000);
  } else {
    MUST(second < 0 || second > kHundredYears * 0.999999L);
  }

  RestartSpec restart;
  if (restart.ParseBackoff(text).ok()) MUST(restart.first_pause >= 0 && restart.longest_pause >= restart.first_pause);
  if (restart.ParseWhen(text).ok()) MUST(restart.when <= RestartWhen::kAlways);
  RestartPolicy policy(restart);
  for (int run = 0; run < 100; ++run) {
    policy.RunEnded(true, 0);
    MUST(policy.pause() >= 0 && policy.pause() <= restart.longest_pause);
  }
  NamespaceSpec offsets;
  if (!AddTimeOffset(text, &offsets).ok()) MUST(!offsets.monotonic.wanted || !offsets.boottime.wanted);
  return 0;
}
