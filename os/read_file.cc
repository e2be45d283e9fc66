// SPDX-License-Identifier: Apache-2.0
#include "os/read_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "os/file_descriptor.h"

namespace foster {
namespace {

constexpr size_t kLongest = 16 << 20;

}  // namespace

int ReadFile(const char* path, std::string* content) {
  content->clear();
  const FileDescriptor file(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  return file.valid() ? ReadAll(file.get(), content) : errno;
}

int ReadAll(int file, std::string* content) {
  content->clear();
  char chunk[4096];
  for (;;) {
    const ssize_t count = read(file, chunk, sizeof chunk);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    if (count == 0) return 0;
    content->append(chunk, static_cast<size_t>(count));
    if (content->size() > kLongest) return EFBIG;
  }
}

int WriteFile(const char* path, const std::string& text) {
  const FileDescriptor file(open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY));
  if (!file.valid()) return errno;
  return write(file.get(), text.data(), text.size()) < 0 ? errno : 0;
}

}  // namespace foster
