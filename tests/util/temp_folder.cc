// SPDX-License-Identifier: Apache-2.0
#include "tests/util/temp_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gtest/gtest.h"
#include "os/file_descriptor.h"
#include "tests/util/proc.h"

namespace foster {

TempFolder::TempFolder(bool for_everybody) {
  const char* base = for_everybody ? nullptr : getenv("TEST_TMPDIR");
  path_ = std::string(base == nullptr ? "/tmp" : base) + "/foster.XXXXXX";
  EXPECT_NE(mkdtemp(path_.data()), nullptr) << path_ << ": " << strerror(errno);
  if (for_everybody) chmod(path_.c_str(), 0755);
}

TempFolder::~TempFolder() {
  const auto remove_one = [](const char* path, const struct stat*, int, struct FTW*) { return ::remove(path); };
  nftw(path_.c_str(), remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

std::string TempFolder::File(const std::string& name, const std::string& text, mode_t mode) const {
  std::string path = path_ + "/" + name;
  const FileDescriptor fd(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700));
  EXPECT_EQ(write(fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size())) << path << ": " << strerror(errno);
  EXPECT_EQ(fchmod(fd.get(), mode), 0);
  return path;
}

std::string TempFolder::CopyOf(const std::string& program) const {
  return File(program.substr(program.rfind('/') + 1), ReadFile(program), 0755);
}

}  // namespace foster
