// SPDX-License-Identifier: Apache-2.0
// A folder that goes with its test.
#ifndef FOSTER_TESTS_UTIL_TEMP_FOLDER_H_
#define FOSTER_TESTS_UTIL_TEMP_FOLDER_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace foster {

class TempFolder {
 public:
  // In $TEST_TMPDIR, or in /tmp. `for_everybody`: in /tmp, and other users may enter and read it.
  explicit TempFolder(bool for_everybody = false);
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }
  // A new file in it, and its path.
  std::string File(const std::string& name, const std::string& text, mode_t mode) const;
  // A copy of a program that everybody may run, and its path.
  std::string CopyOf(const std::string& program) const;

 private:
  std::string path_;
};

}  // namespace foster

#endif  // FOSTER_TESTS_UTIL_TEMP_FOLDER_H_
