// SPDX-License-Identifier: Apache-2.0
// The workload of the contract's tests: one static program, so that it can run in a root file system with nothing else in it.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/workloads/verbs.h"

namespace foster {
namespace {

struct Verb {
  const char* name;
  int (*act)(char** words);
};
constexpr Verb kVerbs[] = {
    {"exit", Exit},
    {"die", Die},
    {"tell-signals", TellSignals},
    {"tell-identity", TellIdentity},
    {"tell-descriptors", TellDescriptors},
    {"tell-environment", TellEnvironment},
    {"tell-process", TellProcess},
    {"attack", Attack},
    {"listen", Listen},
    {"listen-together", ListenTogether},
    {"tell-parent", TellParent},
    {"handle", Handle},
    {"be-ready", BeReady},
    {"drop", Drop},
    {"hold", Hold},
    {"become", Become},
    {"stop", StopSelf},
    {"leave", Leave},
    {"orphans", Orphans},
    {"crowd", Crowd},
    {"zombie", Zombie},
    {"say", Say},
    {"say-later", SayLater},
    {"newline", Newline},
};

}  // namespace
}  // namespace foster

int main(int count, char** words) {
  for (const foster::Verb& verb : foster::kVerbs) {
    if (count > 1 && strcmp(words[1], verb.name) == 0) _exit(verb.act(words + 2));
  }
  fprintf(stderr, "act: no such verb: %s\n", count > 1 ? words[1] : "(none)");
  return 99;
}
