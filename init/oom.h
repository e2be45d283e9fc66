// SPDX-License-Identifier: Apache-2.0
// How many processes the kernel killed for memory in foster's own cgroup.
#ifndef FOSTER_INIT_OOM_H_
#define FOSTER_INIT_OOM_H_

#include <stdint.h>

#include <string>

#include "absl/strings/string_view.h"
#include "os/file_descriptor.h"

namespace foster {

// The file that counts them, from the texts of /proc/self/cgroup and /proc/self/mountinfo: memory.oom_control where the memory controller is on a
// version 1 hierarchy, else memory.events of version 2 (which counts the groups below as well). "" where neither can be seen from here. Pure.
std::string OomCounterPath(absl::string_view cgroup, absl::string_view mountinfo);

// The number behind "oom_kill" in either file, or -1. Pure.
int64_t OomKillsIn(absl::string_view text);

class OomCounter {
 public:
  // Before the file systems change. Without a counter Read() says -1.
  void Open();
  int fd() const { return file_.get(); }

  // What the counter says now, or -1. Allocates nothing.
  int64_t Read() const;

 private:
  FileDescriptor file_;
};

}  // namespace foster

#endif  // FOSTER_INIT_OOM_H_
