// SPDX-License-Identifier: Apache-2.0
// What happened, exactly, in JSON lines: docs/status.md has the schema.
#ifndef FOSTER_INIT_STATUS_STREAM_H_
#define FOSTER_INIT_STATUS_STREAM_H_

#include <stdint.h>

#include <memory>

#include "absl/status/status.h"
#include "init/json_line.h"
#include "os/file_descriptor.h"

namespace foster {

struct StatusSpec {
  int fd = -1;                 // --status-fd
  const char* file = nullptr;  // --status-file

  bool wanted() const { return fd >= 0 || file != nullptr; }
};

// One place where lines go. It is never waited for: a line that cannot be taken at once is lost, and the next one that can be tells how many were.
class StatusOutput {
 public:
  // Takes over `fd`.
  void Use(FileDescriptor fd);

  bool on() const { return fd_.valid(); }
  int fd() const { return fd_.get(); }
  void Send(JsonLine* line);

 private:
  bool WriteRest();

  FileDescriptor fd_;
  bool is_file_ = false;
  unsigned lost_ = 0;
  unsigned rest_size_ = 0;
  std::unique_ptr<char[]> rest_;  // room for what a socket did not take of a line; null where nothing is ever taken in part
};

class StatusStream {
 public:
  // Opens what is wanted, before the file systems change. The workload does not inherit it.
  absl::Status Open(const StatusSpec& spec);

  bool on() const { return outputs_[0].on() || outputs_[1].on(); }
  const StatusOutput& output(int i) const { return outputs_[i]; }

  // Numbers and times a new line that is to be filled in and sent.
  JsonLine Begin(absl::string_view event);
  // A wrapper's outer half tells little, and its lines have no numbers.
  JsonLine BeginOuter(absl::string_view event);
  void Send(JsonLine* line);

 private:
  StatusOutput outputs_[2];
  int64_t sequence_ = 0;
};

}  // namespace foster

#endif  // FOSTER_INIT_STATUS_STREAM_H_
