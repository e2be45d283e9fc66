// SPDX-License-Identifier: Apache-2.0
// What C libraries' headers do not know of namespaces yet.
#ifndef FOSTER_OS_NAMESPACE_CALLS_H_
#define FOSTER_OS_NAMESPACE_CALLS_H_

namespace foster {

// <sched.h> of C libraries has it late. Its bit is one of clone(2)'s exit signal: for unshare(2), setns(2) and clone3(2) only.
inline constexpr unsigned long kNewTime = 0x80;

// Which kind (CLONE_NEW…) the open namespace file `fd` is of (NS_GET_NSTYPE, Linux 4.11), or 0: it is none.
unsigned long NamespaceKind(int fd);

}  // namespace foster

#endif  // FOSTER_OS_NAMESPACE_CALLS_H_
