// SPDX-License-Identifier: Apache-2.0
#include "init/setup/network.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "os/file_descriptor.h"
#include "os/status_from_errno.h"

namespace foster {

absl::Status BringLoopbackUp() {
  const FileDescriptor any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!any.valid()) return StatusFromErrno(errno, "--loopback: socket");
  struct ifreq request = {};
  memcpy(request.ifr_name, "lo", sizeof "lo");
  if (ioctl(any.get(), SIOCGIFFLAGS, &request) != 0) return StatusFromErrno(errno, "--loopback: ioctl(SIOCGIFFLAGS)", "lo");
  if ((request.ifr_flags & IFF_UP) != 0) return absl::OkStatus();
  request.ifr_flags |= IFF_UP;
  if (ioctl(any.get(), SIOCSIFFLAGS, &request) == 0) return absl::OkStatus();
  return StatusFromErrno(errno, "--loopback: ioctl(SIOCSIFFLAGS)", "lo", errno == EPERM ? "needs CAP_NET_ADMIN in this network namespace; try --new=net" : "");
}

}  // namespace foster
