// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/behaviour.h"

#include <stdlib.h>

#include "gtest/gtest-spi.h"
#include "tests/util/sandbox.h"

namespace foster {
namespace {

std::vector<const Behaviour*>& Registered() {
  static auto* all = new std::vector<const Behaviour*>();
  return *all;
}

bool mutating = false;

// Facts in brackets are the harness's own.
bool IsPrivate(const std::string& name) { return !name.empty() && name[0] == '('; }

std::string Listed(const Facts& seen) {
  std::string text;
  for (const auto& [name, value] : seen.All()) {
    if (!IsPrivate(name)) text += "  " + name + ": " + value + "\n";
  }
  return text;
}

// Facts that go with the test case into GoogleTest's own records.
void Record(const Facts& seen) {
  for (const auto& [name, value] : seen.All()) {
    if (IsPrivate(name)) continue;
    std::string key = "seen ";
    for (const char c : name) key += c == '"' || c == '&' || c == '<' ? '_' : c;
    testing::Test::RecordProperty(key, value);
  }
}

class Observation {
 public:
  explicit Observation(const Behaviour& behaviour) : seen_(Facts::Make()), result_(RunInSandbox(behaviour.observe, seen_)) {}
  ~Observation() { seen_.Release(); }
  Observation(const Observation&) = delete;
  Observation& operator=(const Observation&) = delete;
  const Facts& seen() const { return seen_; }
  // Why nothing could be seen here; empty where it was.
  std::string Skipped() const { return !result_.refused.empty() ? result_.refused : seen_.skip_reason(); }
  // What went wrong on the way; empty where nothing did.
  std::string Broken() const {
    if (!seen_.failure().empty()) return seen_.failure();
    return result_.driver == "exited(0)" ? "" : "the observer " + result_.driver;
  }

 private:
  Facts seen_;
  SandboxResult result_;
};

// Why `behaviour` cannot be on this kernel; empty where it can.
std::string TooOld(const Behaviour& behaviour) {
  int major = 0, minor = 0;
  if (!VersionOf(behaviour.since, &major, &minor) || KernelAtLeast(major, minor)) return "";
  return "needs Linux " + std::to_string(major) + "." + std::to_string(minor) + ", this is " + KernelRelease();
}

void JudgeForMutation(const Facts* seen, const Expectations* expected) { EXPECT_TRUE(Matches(*seen, *expected)); }

}  // namespace

bool Want::Is(const std::string& value) const {
  bool is = false;
  if (kind_ == Kind::kOneOf) {
    for (const std::string& one : values_) is = is || one == value;
  } else {
    char* end = nullptr;
    const long number = strtol(value.c_str(), &end, 10);
    if (end == value.c_str() || *end != '\0') return false;
    is = kind_ == Kind::kAtLeast ? number >= bound_ : number <= bound_;
  }
  return is != negated_;
}

std::string Want::Describe() const {
  std::string text = negated_ ? "anything but " : "";
  if (kind_ == Kind::kAtLeast) return text + "at least " + std::to_string(bound_);
  if (kind_ == Kind::kAtMost) return text + "at most " + std::to_string(bound_);
  for (size_t i = 0; i < values_.size(); ++i) text += (i == 0 ? "" : " or ") + values_[i];
  return text;
}

Want Want::Wrong() const {
  Want wrong = *this;
  wrong.negated_ = !negated_;
  return wrong;
}

Want AnyOf(std::initializer_list<Want> wants) {
  Want any;
  for (const Want& want : wants) any.values_.insert(any.values_.end(), want.values_.begin(), want.values_.end());
  return any;
}

Want AtLeast(long least) {
  Want want;
  want.kind_ = Want::Kind::kAtLeast;
  want.bound_ = least;
  return want;
}

Want AtMost(long most) {
  Want want;
  want.kind_ = Want::Kind::kAtMost;
  want.bound_ = most;
  return want;
}

Registration::Registration(const Behaviour* behaviour) { Registered().push_back(behaviour); }

const std::vector<const Behaviour*>& AllBehaviours() { return Registered(); }

const Behaviour* FindBehaviour(const std::string& suite, const std::string& name) {
  for (const Behaviour* behaviour : Registered()) {
    if (suite == behaviour->suite && name == behaviour->name) return behaviour;
  }
  return nullptr;
}

testing::AssertionResult Matches(const Facts& seen, const Expectations& expected) {
  std::string differences;
  for (const Expectation& one : expected) {
    const std::string value = seen.Get(one.fact.c_str());
    if (seen.Has(one.fact.c_str()) && one.want.Is(value)) continue;
    differences += "  " + one.fact + ": " + value + " (expected: " + one.want.Describe() + ")\n";
  }
  if (expected.empty()) differences += "  nothing is expected, so nothing is claimed\n";
  if (differences.empty()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "\n" << differences << "All that was seen:\n" << Listed(seen);
}

void ChooseMutation(bool on) { mutating = on; }

void RunBehaviour(const Behaviour& behaviour) {
  if (mutating) return MutateBehaviour(behaviour);
  const std::string too_old = TooOld(behaviour);
  if (!too_old.empty()) GTEST_SKIP() << too_old;
  const Observation observation(behaviour);
  Record(observation.seen());
  if (!observation.Skipped().empty()) GTEST_SKIP() << observation.Skipped();
  ASSERT_EQ(observation.Broken(), "") << "Seen so far:\n" << Listed(observation.seen());
  EXPECT_TRUE(Matches(observation.seen(), behaviour.expected())) << behaviour.id << ": " << behaviour.statement << "\n" << behaviour.source;
}

void MutateBehaviour(const Behaviour& behaviour) {
  const std::string too_old = TooOld(behaviour);
  if (!too_old.empty()) GTEST_SKIP() << too_old;
  const Observation observation(behaviour);
  if (!observation.Skipped().empty()) GTEST_SKIP() << observation.Skipped();
  ASSERT_EQ(observation.Broken(), "");
  static const Facts* seen;
  static Expectations wrong;
  seen = &observation.seen();
  const Expectations right = behaviour.expected();
  for (size_t i = 0; i < right.size(); ++i) {
    wrong = right;
    wrong[i].want = right[i].want.Wrong();
    SCOPED_TRACE("wrong expectation of \"" + wrong[i].fact + "\"");
    EXPECT_NONFATAL_FAILURE(JudgeForMutation(seen, &wrong), wrong[i].fact + ": ");
  }
}

}  // namespace foster
