// SPDX-License-Identifier: Apache-2.0
// A cgroup for a test, of the hierarchies that the machine has mounted. It goes with the object, whoever was in it.
#ifndef FOSTER_TESTS_FLOODS_CGROUP_FOLDER_H_
#define FOSTER_TESTS_FLOODS_CGROUP_FOLDER_H_

#include <sys/types.h>

#include <string>

namespace foster {

class CgroupFolder {
 public:
  // With `controller`, in version 1 or 2 of the hierarchies. "freezer" is a part of every group of version 2.
  explicit CgroupFolder(const std::string& controller);
  ~CgroupFolder();
  CgroupFolder(const CgroupFolder&) = delete;
  CgroupFolder& operator=(const CgroupFolder&) = delete;

  // Why there is none, or "".
  const std::string& why_not() const { return why_not_; }
  bool is_version_2() const { return version_2_; }
  // Writes one of its files; whether that was taken.
  bool Set(const std::string& file, const std::string& value) const;
  std::string Get(const std::string& file) const;
  // Moves a process in. System calls only, so that a child may move itself (0) before exec.
  bool Add(pid_t pid) const;

 private:
  std::string path_, procs_, why_not_;
  bool version_2_ = false;
};

}  // namespace foster

#endif  // FOSTER_TESTS_FLOODS_CGROUP_FOLDER_H_
