// SPDX-License-Identifier: Apache-2.0
#include "tests/util/kernel.h"

#include <linux/capability.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "tests/util/sys.h"

namespace foster {

std::string KernelRelease() {
  struct utsname name = {};
  ::uname(&name);
  return name.release;
}

bool VersionOf(const std::string& text, int* major, int* minor) { return sscanf(text.c_str(), "%d.%d", major, minor) == 2; }

bool KernelAtLeast(int major, int minor) {
  int running_major = 0, running_minor = 0;
  if (!VersionOf(KernelRelease(), &running_major, &running_minor)) return false;
  return running_major > major || (running_major == major && running_minor >= minor);
}

bool HaveCapability(int capability) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (Sys(SYS_capget, &header, data) != 0) return false;
  return (data[capability / 32].effective >> (capability % 32) & 1) != 0;
}

}  // namespace foster
