// SPDX-License-Identifier: Apache-2.0
// meter MEASURE [KEY=VALUE...] ::: NAME ARGV... [::: NAME ARGV...]...
//
// Measures inits against each other. See measures.h. ARGV[0] is a path.
#include <stdio.h>
#include <string.h>

#include "tests/bench/meter/measures.h"

namespace foster::bench {
namespace {

struct Measure {
  const char* name;
  void (*run)(const Contestants&, const Settings&);
};

constexpr Measure kMeasures[] = {
    {"start", MeasureStart},     {"steps", MeasureSteps},     {"deaf", MeasureDeafWindow}, {"orphans", MeasureOrphans},
    {"zombies", MeasureZombies}, {"signals", MeasureSignals}, {"stop", MeasureStop},       {"idle", MeasureIdle},
    {"density", MeasureDensity},   {"touched", MeasureTouched},
};

int Usage() {
  fputs("usage: meter MEASURE [KEY=VALUE...] ::: NAME ARGV... [::: NAME ARGV...]...\nmeasures:", stderr);
  for (const Measure& measure : kMeasures) fprintf(stderr, " %s", measure.name);
  fputs("\n", stderr);
  return 2;
}

int Main(int argc, char** argv) {
  if (argc < 3) return Usage();
  Settings settings;
  Contestants all;
  int at = 2;
  for (; at < argc && strcmp(argv[at], ":::") != 0; ++at) {
    const char* equals = strchr(argv[at], '=');
    if (equals == nullptr) return Usage();
    settings.Set(std::string(argv[at], static_cast<size_t>(equals - argv[at])), equals + 1);
  }
  while (at < argc) {
    Contestant contestant;
    if (++at >= argc) return Usage();
    contestant.name = argv[at++];
    for (; at < argc && strcmp(argv[at], ":::") != 0; ++at) contestant.argv.push_back(argv[at]);
    if (contestant.argv.empty()) return Usage();
    all.push_back(contestant);
  }
  if (all.empty()) return Usage();
  for (const Measure& measure : kMeasures) {
    if (strcmp(measure.name, argv[1]) != 0) continue;
    measure.run(all, settings);
    return 0;
  }
  return Usage();
}

}  // namespace
}  // namespace foster::bench

int main(int argc, char** argv) { return foster::bench::Main(argc, argv); }
