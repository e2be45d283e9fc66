// SPDX-License-Identifier: Apache-2.0
// The infrastructure container of a Kubernetes pod.
#include "init/personality.h"

namespace foster {
namespace {

constexpr ForeignOption kOptions[] = {
    {"version", 'v', nullptr, "Print the version and exit.", "version", ""},
};

}  // namespace

const Personality kPause = {"pause ", "pause.c foster\n", "pause [-v]", kOptions, {}, [](Options* options) { options->exits.own_failure = 1; },
                            [](Options* options) { static_cast<void>(GiveOption("pause", "", options)); }};

}  // namespace foster
