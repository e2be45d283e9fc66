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

// Another answer of the same kind that a kernel could well give.
std::string AnotherAnswer(const std::string& value) {
  static const struct {
    const char* answer;
    const char* other;
  } kOthers[] = {
      {"alive", "dead"},   {"dead", "alive"},  {"yes", "no"},    {"no", "yes"},     {"S", "T"},     {"T", "S"},
      {"Z", "gone"},       {"gone", "Z"},      {"0", "EPERM"},   {"EPERM", "0"},    {"EINVAL", "0"}, {"nothing yet", "exited(0)"},
      {"ECHILD", "exited(0)"}, {"killed(SIGKILL)", "exited(0)"}, {"killed(SIGSEGV)", "killed(SIGABRT)"}, {"stopped(SIGSTOP)", "nothing yet"},
  };
  for (const auto& known : kOthers) {
    if (value == known.answer) return known.other;
  }
  if (value.rfind("killed(", 0) == 0 || value.rfind("stopped(", 0) == 0) return "exited(0)";
  if (value.rfind("exited(", 0) == 0) return "killed(SIGKILL)";
  if (value.find_first_not_of("0123456789") == std::string::npos && value.size() < 9) return std::to_string(atoi(value.c_str()) + 1);
  return "0";
}

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

std::vector<Want> Want::Wrong() const {
  Want opposite = *this;
  opposite.negated_ = !negated_;
  std::vector<Want> wrong = {opposite};
  if (kind_ == Kind::kOneOf && values_.size() == 1 && !negated_) wrong.push_back(Want(AnotherAnswer(values_[0])));
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

void Judge(const Behaviour& behaviour, const Facts& seen, const Expectations& expected) {
  EXPECT_TRUE(Matches(seen, expected)) << behaviour.id << ": " << behaviour.statement << "\n" << behaviour.source;
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
  Judge(behaviour, observation.seen(), behaviour.expected());
}

void MutateBehaviour(const Behaviour& behaviour) {
  const std::string too_old = TooOld(behaviour);
  if (!too_old.empty()) GTEST_SKIP() << too_old;
  const Observation observation(behaviour);
  if (!observation.Skipped().empty()) GTEST_SKIP() << observation.Skipped();
  ASSERT_EQ(observation.Broken(), "");
  // The macro below runs its statement where it sees nothing but statics.
  static const Behaviour* judged;
  static const Facts* seen;
  static Expectations wrong;
  judged = &behaviour;
  seen = &observation.seen();
  const Expectations right = behaviour.expected();
  int mutations = 0;
  for (size_t i = 0; i < right.size(); ++i) {
    for (const Want& want : right[i].want.Wrong()) {
      wrong = right;
      wrong[i].want = want;
      ++mutations;
      SCOPED_TRACE("a wrong expectation of \"" + wrong[i].fact + "\": " + want.Describe());
      EXPECT_NONFATAL_FAILURE(Judge(*judged, *seen, wrong), wrong[i].fact + ": ");
    }
  }
  EXPECT_GT(mutations, 0);
  testing::Test::RecordProperty("seen mutations", mutations);
}

}  // namespace foster
