// SPDX-License-Identifier: Apache-2.0
// The kernel-behaviour suite: what this kernel does with PID namespaces and their inits.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"
#include "tests/kernel/behaviour.h"
#include "tests/kernel/helpers.h"
#include "tests/kernel/results.h"

namespace foster {
namespace {

constexpr char kUsage[] =
    "kernel_suite: what this kernel does with PID namespaces and their inits\n"
    "\n"
    "  --list        each behaviour with its statement, source and versions; runs nothing\n"
    "  --ktap        results as KTAP version 1 on stdout, in the place of GoogleTest's own\n"
    "  --json=FILE   results as JSON too\n"
    "  --mutate      makes each expectation wrong in turn, and demands that it is noticed\n"
    "\n"
    "and GoogleTest's own flags, of which --gtest_filter=Suite.Name and --gtest_list_tests are the useful ones.\n"
    "It needs /proc, and CAP_SYS_ADMIN or a kernel that lets users make namespaces; what else is missing is told by the tests that are\n"
    "skipped for it.\n";

int Run(int argc, char** argv) {
  if (argc > 2 && strcmp(argv[1], "--helper") == 0) return BeHelper(argc - 2, argv + 2);
  bool list = false, ktap = false, mutate = false;
  std::string json;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--list") {
      list = true;
    } else if (argument == "--ktap") {
      ktap = true;
    } else if (argument == "--mutate") {
      mutate = true;
    } else if (argument.rfind("--json=", 0) == 0) {
      json = argument.substr(strlen("--json="));
    } else if (argument == "--help" || argument == "-h") {
      fputs(kUsage, stdout);
      return 0;
    } else if (argument.rfind("--gtest_", 0) != 0) {
      fprintf(stderr, "kernel_suite: %s: unknown option (see --help)\n", argument.c_str());
      return 125;
    }
  }
  if (list) {
    ListBehaviours();
    return 0;
  }
  testing::InitGoogleTest(&argc, argv);
  ChooseMutation(mutate);
  testing::TestEventListeners& listeners = testing::UnitTest::GetInstance()->listeners();
  if (ktap) {
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(MakeKtapPrinter());
  }
  if (!json.empty()) {
    testing::TestEventListener* writer = MakeJsonWriter(json);
    if (writer == nullptr) return 125;
    listeners.Append(writer);
  }
  return RUN_ALL_TESTS();
}

}  // namespace
}  // namespace foster

int main(int argc, char** argv) { return foster::Run(argc, argv); }
