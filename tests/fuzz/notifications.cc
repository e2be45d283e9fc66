// SPDX-License-Identifier: Apache-2.0
// Datagrams of sd_notify(3), as anybody in the container may send them.
#include "init/notify_message.h"

#include "absl/strings/match.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace foster;
  const Exact datagram({reinterpret_cast<const char*>(data), size});
  NotifyMessage message;
  if (!ReadNotifyMessage(datagram.text(), &message)) return 0;
  MUST(size > 0 && size <= kNotifyRoom);
  MUST(message.main_pid >= 0 && message.main_pid <= INT32_MAX);
  MUST(message.error >= -1 && message.error <= 4095);
  MUST(message.exit_status >= -1 && message.exit_status <= 255);
  for (int64_t time : {message.watchdog_usec, message.extend_usec}) MUST(time >= -1 && time <= INT64_MAX / 1000);
  MUST(PointsInto(message.status, datagram.text()));
  if (message.has_status) MUST(absl::StrContains(datagram.text(), "STATUS="));

  for (int64_t pid : {int64_t{0}, int64_t{1}, int64_t{4194304}}) {
    std::unique_ptr<char[]> out(new char[kNotifyRoom]);
    const size_t written = RewriteForOutside(datagram.text(), pid, out.get());
    MUST(written <= kNotifyRoom);
    if (written == 0) continue;
    const absl::string_view rewritten(out.get(), written);
    NotifyMessage outside;
    MUST(ReadNotifyMessage(rewritten, &outside));
    // What is said is said outside as well, but for who it is that says it. What has no room is left out, and only then: numbers may be longer.
    size_t longer = 0;
    for (size_t at = 0; (at = datagram.text().find("MAINPID=", at)) != absl::string_view::npos; ++at) longer += 7;
    if (size + longer > kNotifyRoom) continue;
    MUST(outside.ready == message.ready && outside.stopping == message.stopping && outside.reloading == message.reloading);
    MUST(outside.watchdog == message.watchdog && outside.watchdog_usec == message.watchdog_usec && outside.extend_usec == message.extend_usec);
    MUST(outside.status == message.status && outside.error == message.error && outside.exit_status == message.exit_status);
    MUST(outside.main_pid == 0 || outside.main_pid == pid);
    MUST(!absl::StrContains(rewritten, "\nMAINPIDFD"));
  }
  return 0;
}
