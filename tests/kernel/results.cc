// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/results.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "tests/kernel/behaviour.h"

namespace foster {
namespace {

using testing::TestInfo;
using testing::TestPartResult;
using testing::TestResult;
using testing::UnitTest;

std::string Name(const TestInfo& test) { return std::string(test.test_suite_name()) + "." + test.name(); }

const char* Outcome(const TestResult& result) { return result.Skipped() ? "skipped" : result.Passed() ? "passed" : "failed"; }

// What the test said of its failure or of its skipping.
std::string Reason(const TestResult& result) {
  std::string reason;
  for (int i = 0; i < result.total_part_count(); ++i) {
    const TestPartResult& part = result.GetTestPartResult(i);
    if (part.passed()) continue;
    if (!reason.empty()) reason += "\n";
    reason += part.message();
  }
  while (!reason.empty() && reason.back() == '\n') reason.pop_back();
  return reason;
}

std::string OneLine(std::string text) {
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return text;
}

std::string Quoted(const std::string& text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (c == '\n') {
      json += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) {
      char escaped[8];
      snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned char>(c));
      json += escaped;
    } else {
      json += c;
    }
  }
  return json + "\"";
}

class KtapPrinter : public testing::EmptyTestEventListener {
  void OnTestProgramStart(const UnitTest& unit) override {
    printf("KTAP version 1\n1..%d\n", unit.test_to_run_count());
    fflush(stdout);
  }
  void OnTestEnd(const TestInfo& test) override {
    const TestResult& result = *test.result();
    ++number_;
    const std::string reason = Reason(result);
    if (result.Failed()) {
      // Diagnostics stand before the result line that they belong to.
      size_t begin = 0;
      while (begin < reason.size()) {
        const size_t end = reason.find('\n', begin);
        printf("# %s\n", reason.substr(begin, end - begin).c_str());
        begin = end == std::string::npos ? reason.size() : end + 1;
      }
    }
    printf("%s %d %s%s\n", result.Failed() ? "not ok" : "ok", number_, Name(test).c_str(), result.Skipped() ? (" # SKIP " + OneLine(reason)).c_str() : "");
    fflush(stdout);  // a kernel that panics in the next test must not take this line with it
  }
  int number_ = 0;
};

class JsonWriter : public testing::EmptyTestEventListener {
 public:
  explicit JsonWriter(FILE* file) : file_(file) {}

 private:
  void OnTestProgramEnd(const UnitTest& unit) override {
    struct utsname machine = {};
    ::uname(&machine);
    std::string json = "{\n  \"kernel\": " + Quoted(machine.release) + ",\n  \"version\": " + Quoted(machine.version) + ",\n  \"machine\": " + Quoted(machine.machine) +
                       ",\n  \"behaviours\": [";
    const char* comma = "\n";
    for (int s = 0; s < unit.total_test_suite_count(); ++s) {
      const testing::TestSuite& suite = *unit.GetTestSuite(s);
      for (int t = 0; t < suite.total_test_count(); ++t) {
        const TestInfo& test = *suite.GetTestInfo(t);
        if (!test.should_run()) continue;
        json += comma + One(test);
        comma = ",\n";
      }
    }
    json += "\n  ]\n}\n";
    fputs(json.c_str(), file_);
    fclose(file_);
  }

  static std::string One(const TestInfo& test) {
    const Behaviour* behaviour = FindBehaviour(test.test_suite_name(), test.name());
    std::string json = "    {\"id\": " + Quoted(behaviour == nullptr ? "" : behaviour->id) + ", \"name\": " + Quoted(Name(test)) + ", \"outcome\": " +
                       Quoted(Outcome(*test.result()));
    const std::string reason = Reason(*test.result());
    if (!reason.empty()) json += ", \"reason\": " + Quoted(reason);
    json += ", \"seen\": {";
    const char* comma = "";
    for (int i = 0; i < test.result()->test_property_count(); ++i) {
      const testing::TestProperty& property = test.result()->GetTestProperty(i);
      json += comma + Quoted(property.key() + strlen("seen ")) + ": " + Quoted(property.value());
      comma = ", ";
    }
    return json + "}}";
  }

  FILE* file_;
};

}  // namespace

void ListBehaviours() {
  for (const Behaviour* behaviour : AllBehaviours()) {
    printf("%s.%s  [%s]\n  %s\n  source: %s\n  since: %s\n\n", behaviour->suite, behaviour->name, behaviour->id, behaviour->statement, behaviour->source, behaviour->since);
  }
  printf("%zu behaviours\n", AllBehaviours().size());
}

testing::TestEventListener* MakeKtapPrinter() { return new KtapPrinter; }

testing::TestEventListener* MakeJsonWriter(const std::string& path) {
  FILE* file = fopen(path.c_str(), "we");
  if (file == nullptr) {
    fprintf(stderr, "kernel_suite: --json: open \"%s\": %s\n", path.c_str(), strerror(errno));
    return nullptr;
  }
  return new JsonWriter(file);
}

}  // namespace foster
