// SPDX-License-Identifier: Apache-2.0
// What was seen: named values in memory that a test and all of its children share.
//
// GoogleTest's assertions must not be used in a forked child: a failure there is lost, or is told twice. So children say what they
// saw, and the test judges:
//
//   Facts seen = Facts::Make();
//   ... in any child:   seen.Put("getppid()", getppid());
//   ... in the test:    EXPECT_EQ(seen.Get("getppid()"), "0");
//
// A set-up step that must not fail is wrapped in NEED(), which tells the expression, its errno and its line, and ends the process that
// calls it (with kNeedFailed); the test sees the failure in failure().
#ifndef FOSTER_TESTS_UTIL_FACTS_H_
#define FOSTER_TESTS_UTIL_FACTS_H_

#include <string>
#include <utility>
#include <vector>

namespace foster {

// The exit status of a process in which a NEED was not met, and of one that waited in vain.
inline constexpr int kNeedFailed = 98;
inline constexpr int kWaitedInVain = 99;

struct FactsBlock;

// A handle: copies share what they refer to, also across fork. Trivially copyable, so that closures can be sent to other processes.
class Facts {
 public:
  // New shared memory with no facts in it. It is given back by Release().
  static Facts Make();
  void Release();

  // Adds a fact; a later one of the same name replaces it. Names are cut at 79 characters, values at 239. Any process, any thread.
  void Put(const char* name, const std::string& value) const;
  void Put(const char* name, const char* value) const { Put(name, std::string(value)); }
  void Put(const char* name, long value) const { Put(name, std::to_string(value)); }
  void Put(const char* name, unsigned long value) const { Put(name, std::to_string(value)); }
  void Put(const char* name, unsigned value) const { Put(name, std::to_string(value)); }
  void Put(const char* name, int value) const { Put(name, std::to_string(value)); }
  void Put(const char* name, bool value) const { Put(name, std::string(value ? "yes" : "no")); }

  // The value, or "(not seen)".
  std::string Get(const char* name) const;
  bool Has(const char* name) const;
  // In the order in which they were first put.
  std::vector<std::pair<std::string, std::string>> All() const;

  // Says why nothing can be observed here (a privilege, a kernel feature), and ends the calling process with status 0.
  [[noreturn]] void Skip(const std::string& reason) const;
  std::string skip_reason() const;

  // Has the sandbox undo something when its driver has ended, however it ended, and nobody else is left: the last one first. For what
  // would outlive it: a cgroup's folder to remove, a setting's former value to write back.
  void RemoveFolderAtEnd(const std::string& path) const;
  void WriteAtEnd(const std::string& path, const std::string& value) const;
  // The sandbox's part of that.
  void Undo() const;

  // Records a failed need; the first one is kept.
  void Fail(const std::string& what) const;
  std::string failure() const;

  // The handle that NEED uses in this process. Set by whoever forks the processes of a test, inherited by fork.
  static Facts Current();
  static void SetCurrent(Facts facts);

 private:
  explicit Facts(FactsBlock* block) : block_(block) {}
  FactsBlock* block_;
};

// Ends the process with kNeedFailed after it said what was not met.
[[noreturn]] void NeedFailed(const char* expression, const char* file, int line, int error, const std::string& more = "");

}  // namespace foster

// A step without which nothing can be observed. The expression is a condition.
#define NEED(condition)                                                   \
  do {                                                                    \
    if (!(condition)) ::foster::NeedFailed(#condition, __FILE__, __LINE__, errno); \
  } while (false)

// The same for a call in the kernel's convention (a negated errno), whose value it has.
#define NEED_SYS(call) ::foster::NeedSys((call), #call, __FILE__, __LINE__)

namespace foster {
inline long NeedSys(long result, const char* expression, const char* file, int line) {
  if (result < 0) NeedFailed(expression, file, line, static_cast<int>(-result));
  return result;
}
}  // namespace foster

#endif  // FOSTER_TESTS_UTIL_FACTS_H_
