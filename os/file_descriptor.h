// SPDX-License-Identifier: Apache-2.0
// Ownership of a file descriptor.
#ifndef FOSTER_OS_FILE_DESCRIPTOR_H_
#define FOSTER_OS_FILE_DESCRIPTOR_H_

#include <utility>

namespace foster {

// Owns one descriptor, or none. Moves only. Closing leaves errno as it was.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int raw) : raw_(raw) {}
  FileDescriptor(FileDescriptor&& from) noexcept : raw_(std::exchange(from.raw_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& from) noexcept {
    Reset(std::exchange(from.raw_, -1));
    return *this;
  }
  ~FileDescriptor() { Reset(-1); }

  int get() const { return raw_; }
  bool valid() const { return raw_ >= 0; }
  int Release() { return std::exchange(raw_, -1); }
  void Reset(int raw);

 private:
  int raw_ = -1;
};

// Moves `fd` above the standard three, so that a foster that was started with some of them closed never mistakes a
// descriptor of its own for the workload's stdin or for the place where messages go. Close-on-exec is set.
// Invalid, with errno set, where there is no room (EMFILE); `fd` is closed then.
FileDescriptor AboveStdio(FileDescriptor fd);

// Closes every descriptor above 2 but those in `keep` (values below 3 are ignored there, the order is free).
// By close_range(2), Linux 5.9; one by one up to RLIMIT_NOFILE where that is refused.
// Never fails and allocates nothing. `count` is at most 16.
void CloseAllBut(const int* keep, int count);

}  // namespace foster

#endif  // FOSTER_OS_FILE_DESCRIPTOR_H_
