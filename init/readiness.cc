// SPDX-License-Identifier: Apache-2.0
#include "init/readiness.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "os/datagram.h"
#include "os/status_from_errno.h"

namespace foster {
namespace {

using absl::string_view;

// Digits and nothing else, below 10^9 of whatever it is.
bool ReadNumber(string_view text, int* number) {
  if (text.empty() || text.size() > 9) return false;
  *number = 0;
  for (char digit : text) {
    if (digit < '0' || digit > '9') return false;
    *number = *number * 10 + (digit - '0');
  }
  return true;
}

const char* Variable(char* const* environment, string_view name) {
  for (; *environment != nullptr; ++environment) {
    if (absl::StartsWith(*environment, name) && (*environment)[name.size()] == '=') return *environment + name.size() + 1;
  }
  return nullptr;
}

__attribute__((noinline)) void Add(string_view name, string_view value, std::vector<std::string>* variables) {
  variables->push_back(absl::StrCat(name, value));
}

}  // namespace

absl::Status ReadySpec::ParseReady(string_view text) {
  notify = text == "notify";
  fd = -1;
  if (notify || (absl::StartsWith(text, "fd:") && ReadNumber(text.substr(3), &fd) && fd > 2)) return absl::OkStatus();
  return Refused(absl::StrCat("\"", text, "\""), "not notify, and not fd:N with the number of a descriptor above 2");
}

FileDescriptor ConnectOutside(char* const* environment, const Log& log) {
  FileDescriptor outside;
  const char* address = Variable(environment, "NOTIFY_SOCKET");
  if (address == nullptr || *address == '\0') return outside;
  const int error = ConnectForDatagrams(address, &outside);
  if (error == 0) return outside;
  log.Say(Verbosity::kNormal, {"NOTIFY_SOCKET: connect \"", address, "\": ", strerror(error), " (nobody outside will be notified)"});
  return FileDescriptor();
}

absl::Status Readiness::Open() {
  if (spec_.notify || spec_.watchdog != 0) {
    const int error = ListenForDatagrams(&socket_, &name_);
    if (error != 0) return StatusFromErrno(error, spec_.notify ? "--ready: socket" : "--watchdog: socket");
  }
  if (spec_.fd >= 0) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return StatusFromErrno(errno, "--ready: pipe2");
    line_ = AboveStdio(FileDescriptor(ends[0]));
    line_end_ = AboveStdio(FileDescriptor(ends[1]));
    // Whether an end waits is its own affair: foster's does not, the workload's does.
    if (!line_.valid() || !line_end_.valid() || fcntl(line_end_.get(), F_SETFL, 0) != 0) return StatusFromErrno(errno, "--ready: pipe2");
  }
  ear_.socket = socket_.get();
  ear_.line = line_.get();
  return absl::OkStatus();
}

void Readiness::AddVariables(char* const* environment, pid_t started_as, std::vector<std::string>* variables) const {
  // Without a socket of foster's own the workload has none: whoever is outside hears of foster.
  Add(socket_.valid() ? "NOTIFY_SOCKET=@" : "NOTIFY_SOCKET", name_, variables);
  if (spec_.watchdog == 0) return;
  const Decimal self(started_as);
  int64_t usec = spec_.watchdog / 1000;
  // What is said here is passed on to whoever watches foster, and must come as often as he wants it.
  const char* outer = Variable(environment, "WATCHDOG_USEC");
  const char* whose = Variable(environment, "WATCHDOG_PID");
  int outer_usec;
  if (outer != nullptr && (whose == nullptr || string_view(self) == whose) && ReadNumber(outer, &outer_usec) && outer_usec > 0) {
    usec = std::min<int64_t>(usec, outer_usec);
  }
  Add("WATCHDOG_USEC=", Decimal(usec), variables);
  Add("WATCHDOG_PID=", self, variables);
}

}  // namespace foster
