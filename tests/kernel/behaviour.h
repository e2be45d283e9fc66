// SPDX-License-Identifier: Apache-2.0
// How a behaviour of the kernel is written down: a claim, where it comes from, what is expected, and how to see it.
//
//   // pid_namespaces(7), "The namespace init process"; kernel/signal.c sig_task_ignored().
//   BEHAVIOUR(InitSignals, TermFromInsideIsDropped, "SIG-01",
//             "SIGTERM from a member does nothing to an init that has no handler for it; kill(2) says success all the same.",
//             "pid_namespaces(7); kernel/signal.c sig_task_ignored()", "2.6.28",
//             {{"kill", 0}, {"init", "alive"}}) {
//     Actor init = Actor::Start(CLONE_NEWPID);
//     Actor member = init.Fork();
//     seen.Put("kill", Said(member.Call([] { return Sys(SYS_kill, 1, SIGTERM); })));
//     seen.Put("init", init.Condition());
//   }
//
// The body is the observation. It runs as the driver of a sandbox of its own (tests/util/sandbox.h), in a forked process: it uses no
// assertions, it says what it saw (seen.Put), what it needed and did not get (NEED, NEED_SYS), or why nothing can be seen here
// (seen.Skip). Expectation and observation are apart, so that the same observation can be judged by a wrong expectation (--mutate), and so that what
// was seen on one kernel can be compared with what was seen on another.
//
// Every expected fact must have been seen; facts that are only told, for the record, are expected by nobody.
//
// `since` begins with the first version that has what is tested ("5.6", "2.6.28 (…)"): older kernels skip it, with that reason. "all"
// where there is no such version. An answer that changed is expected by version: {"errno", Since(6, 15, "ENOENT", "EINVAL")}.
#ifndef FOSTER_TESTS_KERNEL_BEHAVIOUR_H_
#define FOSTER_TESTS_KERNEL_BEHAVIOUR_H_

#include <initializer_list>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/util/facts.h"
#include "tests/util/kernel.h"

namespace foster {

// What a fact should be.
class Want {
 public:
  Want(const char* value) : values_{value} {}
  Want(std::string value) : values_{std::move(value)} {}
  Want(int value) : values_{std::to_string(value)} {}
  Want(long value) : values_{std::to_string(value)} {}
  Want(unsigned long value) : values_{std::to_string(value)} {}
  Want(bool value) : values_{value ? "yes" : "no"} {}

  bool Is(const std::string& value) const;
  // "alive", "S or I", "at least 3", "anything but alive".
  std::string Describe() const;
  // Deliberately wrong expectations: anything but this one, and where it is one answer also another that a kernel might give.
  std::vector<Want> Wrong() const;

  friend Want AnyOf(std::initializer_list<Want> wants);
  friend Want AtLeast(long least);
  friend Want AtMost(long most);

 private:
  enum class Kind { kOneOf, kAtLeast, kAtMost };
  Want() = default;
  Kind kind_ = Kind::kOneOf;
  bool negated_ = false;
  std::vector<std::string> values_;
  long bound_ = 0;
};

Want AnyOf(std::initializer_list<Want> wants);
// Of numbers.
Want AtLeast(long least);
Want AtMost(long most);

// The answer from kernel `major`.`minor` on, and the one before.
inline Want Since(int major, int minor, Want now, Want before) { return KernelAtLeast(major, minor) ? now : before; }

struct Expectation {
  std::string fact;
  Want want;
};
using Expectations = std::vector<Expectation>;

struct Behaviour {
  const char* suite;
  const char* name;
  const char* id;         // stable, for matching results of different runs
  const char* statement;  // the claim in a sentence
  const char* source;     // man page section, kernel function or commit
  const char* since;
  const char* file;
  Expectations (*expected)();
  void (*observe)(Facts seen);
};

// All that are linked in, in order of their files.
const std::vector<const Behaviour*>& AllBehaviours();
// The one with that GoogleTest name, or null.
const Behaviour* FindBehaviour(const std::string& suite, const std::string& name);

// The judgement that a behaviour's test ends with: a non-fatal failure where it is not as expected.
void Judge(const Behaviour& behaviour, const Facts& seen, const Expectations& expected);

// Whether everything that is expected was seen, and if not, what is different: what the GoogleTest of a behaviour asserts.
testing::AssertionResult Matches(const Facts& seen, const Expectations& expected);

// The GoogleTest of a behaviour: skips, observes in a sandbox, judges.
void RunBehaviour(const Behaviour& behaviour);

// In RunBehaviour's place with --mutate: the observation is made once; then each expectation in turn is made wrong in each way that Want::Wrong()
// has, and the behaviour's own judgement must be a GoogleTest failure that names the fact. How often is recorded as "mutations".
void MutateBehaviour(const Behaviour& behaviour);
void ChooseMutation(bool on);

// Registration, by the macro only.
class Registration {
 public:
  explicit Registration(const Behaviour* behaviour);
};

}  // namespace foster

#define BEHAVIOUR(suite, name, id, statement, source, since, ...)                                                            \
  static void suite##_##name##_Observe(::foster::Facts seen);                                                                \
  static ::foster::Expectations suite##_##name##_Expected() { return __VA_ARGS__; }                                          \
  static const ::foster::Behaviour suite##_##name##_behaviour = {#suite, #name,    id, statement, source, since, __FILE__, \
                                                                 suite##_##name##_Expected, suite##_##name##_Observe};         \
  static const ::foster::Registration suite##_##name##_registration(&suite##_##name##_behaviour);                             \
  TEST(suite, name) { ::foster::RunBehaviour(suite##_##name##_behaviour); }                                                   \
  static void suite##_##name##_Observe([[maybe_unused]] ::foster::Facts seen)

#endif  // FOSTER_TESTS_KERNEL_BEHAVIOUR_H_
