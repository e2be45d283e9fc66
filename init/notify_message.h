// SPDX-License-Identifier: Apache-2.0
// The protocol of sd_notify(3): what one datagram says, and how it reads to whoever supervises foster. Pure.
#ifndef FOSTER_INIT_NOTIFY_MESSAGE_H_
#define FOSTER_INIT_NOTIFY_MESSAGE_H_

#include <stddef.h>
#include <stdint.h>

#include "absl/strings/string_view.h"

namespace foster {

// The longest datagram that is read. systemd's own limit.
inline constexpr size_t kNotifyRoom = 4096;

struct NotifyMessage {
  bool ready = false;
  bool stopping = false;
  bool reloading = false;
  bool barrier = false;           // the sender waits until its descriptor is closed
  bool watchdog = false;          // it lives
  bool watchdog_trigger = false;  // it wants to be treated as hung
  bool has_status = false;
  absl::string_view status;
  int64_t main_pid = 0;         // 0: not told. As the sender counts
  int64_t watchdog_usec = -1;   // -1: not told
  int64_t extend_usec = -1;
  int64_t error = -1;           // ERRNO=
  int64_t exit_status = -1;
};

// Reads assignments, one a line; what it does not know and what makes no sense is passed over. False for what is no such message: empty, or with a null byte within.
bool ReadNotifyMessage(absl::string_view datagram, NotifyMessage* message);

// Copies the datagram for whoever supervises foster, into `out` of kNotifyRoom bytes: MAINPID is `main_pid`, or left out where that is 0, and so are the
// other ways to name a process, for foster is the one who stands for it; so is WATCHDOG=trigger, to which foster sees itself. Its size; 0 where nothing is left to be said.
size_t RewriteForOutside(absl::string_view datagram, int64_t main_pid, char* out);

}  // namespace foster

#endif  // FOSTER_INIT_NOTIFY_MESSAGE_H_
