// SPDX-License-Identifier: Apache-2.0
// Who adopts orphans here.
#ifndef FOSTER_INIT_ADOPTER_H_
#define FOSTER_INIT_ADOPTER_H_

#include <sys/types.h>

namespace foster {

// Who would adopt an orphan of this process: PID 1, or an ancestor that made itself a child subreaper. No file of /proc tells of the latter, so an
// orphan is made: a process of foster's whose parent ends at once, which asks who its parent is now, and ends. Its number in this PID namespace, or 0
// where no processes could be made.
pid_t FindAdopter();

}  // namespace foster

#endif  // FOSTER_INIT_ADOPTER_H_
