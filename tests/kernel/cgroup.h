// SPDX-License-Identifier: Apache-2.0
// A cgroup for an experiment, in a hierarchy that is mounted for it, removed with its sandbox.
#ifndef FOSTER_TESTS_KERNEL_CGROUP_H_
#define FOSTER_TESTS_KERNEL_CGROUP_H_

#include <sys/types.h>

#include <string>

#include "tests/util/facts.h"

namespace foster {

class Cgroup {
 public:
  // In the version 2 hierarchy, without a controller. Skips the test where there is none.
  static Cgroup Version2(Facts seen);
  // With `controller`: in version 2 where that has it, otherwise in version 1's hierarchy of it. Skips where neither does.
  static Cgroup WithController(Facts seen, const std::string& controller);

  int version() const { return version_; }
  const std::string& path() const { return path_; }
  // Writes one of its files. 0 or a negated errno.
  long Write(const std::string& file, const std::string& text) const;
  // NEED fails where a process cannot be moved in.
  void Add(pid_t pid) const;

 private:
  int version_ = 2;
  std::string path_;
};

}  // namespace foster

#endif  // FOSTER_TESTS_KERNEL_CGROUP_H_
