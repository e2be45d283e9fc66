// SPDX-License-Identifier: Apache-2.0
// The infrastructure container of a Kubernetes pod.
#include "init/personality.h"

namespace foster {
namespace {

constexpr ForeignOption kOptions[] = {
    {"version", 'v', nullptr, "Print the version and exit.", "version", ""},
    {nullptr, 'V', nullptr, "The same.", "version", ""},
};

void Begin(Options* options) {
  options->exits.own_failure = 1;
  options->supervisor.stop.leftovers = Leftovers::kLeave;
}

}  // namespace

const Personality kPause = {"pause ", "pause.c foster\n", "pause [-v]", kOptions, {}, Begin,
                            [](Options* options) { static_cast<void>(GiveOption("pause", "", options)); }};

}  // namespace foster
