// SPDX-License-Identifier: Apache-2.0
#include "init/status_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <utility>

#include "init/log.h"
#include "os/status_from_errno.h"
#include "os/write.h"

namespace foster {
namespace {

int64_t MicrosecondsNow() {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * int64_t{1000000} + now.tv_nsec / 1000;
}

}  // namespace

void StatusOutput::Use(FileDescriptor fd) {
  struct stat about;
  // A regular file has no reader who could be slow, and some file systems refuse every write that must not wait.
  const bool known = fstat(fd.get(), &about) == 0;
  is_file_ = known && S_ISREG(about.st_mode);
  if (known && S_ISSOCK(about.st_mode)) rest_.reset(new char[JsonLine::kRoom]);
  fd_ = std::move(fd);
}

bool StatusOutput::WriteRest() {
  if (rest_size_ == 0) return true;
  const ssize_t done = WriteSomeAtOnce(fd_.get(), {rest_.get(), rest_size_});
  if (done <= 0) return false;
  rest_size_ -= static_cast<unsigned>(done);
  memmove(rest_.get(), rest_.get() + done, rest_size_);
  return rest_size_ == 0;
}

void StatusOutput::Send(JsonLine* line) {
  if (!on()) return;
  if (!WriteRest()) {
    ++lost_;
    return;
  }
  const absl::string_view text = line->Whole(lost_);
  const ssize_t done = is_file_ ? write(fd_.get(), text.data(), text.size()) : WriteSomeAtOnce(fd_.get(), text);
  if (done <= 0) {
    ++lost_;
    return;
  }
  lost_ = 0;
  const size_t taken = static_cast<size_t>(done);
  if (taken == text.size()) return;
  if (is_file_) {
    // The disk is full. Half a line is no line: it is taken back.
    const off_t end = lseek(fd_.get(), 0, SEEK_CUR);
    if (end >= done && ftruncate(fd_.get(), end - done) == 0) lseek(fd_.get(), end - done, SEEK_SET);
    ++lost_;
    return;
  }
  if (rest_ == nullptr) return;  // no pipe and no terminal takes a part of PIPE_BUF bytes
  rest_size_ = static_cast<unsigned>(text.size() - taken);
  memcpy(rest_.get(), text.data() + taken, rest_size_);
}

absl::Status StatusStream::Open(const StatusSpec& spec) {
  if (spec.fd >= 0) {
    // The workload gets the standard three as they are; any other descriptor is foster's alone from now on.
    const int fd = spec.fd <= 2 ? fcntl(spec.fd, F_DUPFD_CLOEXEC, 3) : fcntl(spec.fd, F_SETFD, FD_CLOEXEC) == 0 ? spec.fd : -1;
    if (fd < 0) return StatusFromErrno(errno, "--status-fd", absl::string_view(Decimal(spec.fd)));
    outputs_[0].Use(FileDescriptor(fd));
  }
  if (spec.file != nullptr) {
    // O_NONBLOCK: a FIFO that nobody reads says so (ENXIO) instead of waiting for somebody who does.
    FileDescriptor fd(open(spec.file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0644));
    if (!fd.valid()) return StatusFromErrno(errno, "--status-file", spec.file);
    outputs_[1].Use(AboveStdio(std::move(fd)));
  }
  return absl::OkStatus();
}

JsonLine StatusStream::Begin(absl::string_view event) {
  JsonLine line;
  line.Text("event", event).Number("seq", ++sequence_).Seconds("time", MicrosecondsNow());
  return line;
}

JsonLine StatusStream::BeginOuter(absl::string_view event) {
  JsonLine line;
  line.Text("event", event).Text("half", "outer").Seconds("time", MicrosecondsNow());
  return line;
}

void StatusStream::Send(JsonLine* line) {
  for (StatusOutput& output : outputs_) output.Send(line);
}

}  // namespace foster
