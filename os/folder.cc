// SPDX-License-Identifier: Apache-2.0
#include "os/folder.h"

#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace foster {
namespace {

// struct linux_dirent64 (getdents(2)); no header has it.
struct Entry {
  uint64_t inode;
  int64_t offset;
  uint16_t size;
  uint8_t type;
  char name[1];
};

}  // namespace

ssize_t ListFolder(int fd, char* entries, size_t room) { return syscall(SYS_getdents64, fd, entries, room); }

pid_t NumberedEntry(const char* entries, ssize_t* at) {
  const Entry* entry = reinterpret_cast<const Entry*>(entries + *at);
  *at += entry->size;
  pid_t number = 0;
  for (const char* digit = entry->name; *digit != '\0'; ++digit) {
    if (*digit < '0' || *digit > '9' || number > 100000000) return 0;
    number = number * 10 + (*digit - '0');
  }
  return number;
}

}  // namespace foster
