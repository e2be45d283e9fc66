// SPDX-License-Identifier: Apache-2.0
#include "tests/util/gate.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "tests/util/facts.h"
#include "tests/util/sys.h"

namespace foster {

Gate::Gate() { NEED_SYS(Checked(::pipe2(ends_, O_CLOEXEC | O_NONBLOCK))); }

void Gate::Open() const { NEED_SYS(Checked(::write(ends_[1], "", 1))); }

void Gate::Wait() const {
  for (;;) {
    if (TryWait()) return;
    struct pollfd opened = {ends_[0], POLLIN, 0};
    const int ready = ::poll(&opened, 1, 60000);
    if (ready == 0) {
      Facts::Current().Fail("waited in vain at a gate");
      ::_exit(kWaitedInVain);
    }
  }
}

bool Gate::TryWait() const {
  char byte = 0;
  return ::read(ends_[0], &byte, 1) == 1;
}

}  // namespace foster
