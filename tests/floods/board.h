// SPDX-License-Identifier: Apache-2.0
// Who sent what and who got what: counters in a file that senders and a workload share.
#ifndef FOSTER_TESTS_FLOODS_BOARD_H_
#define FOSTER_TESTS_FLOODS_BOARD_H_

#include <stdint.h>
#include <sys/types.h>

#include <atomic>

namespace foster {

constexpr int kSignals = 64;

struct Board {
  std::atomic<uint64_t> sent[kSignals + 1];
  std::atomic<uint64_t> got[kSignals + 1];
  std::atomic<uint64_t> made;  // orphans
};

// Maps the file, which is made if it is not there. Null where it cannot be.
Board* OpenBoard(const char* path);

// What can be sent and is passed on: all but KILL, STOP and CHLD.
bool IsPassedOn(int signo);
// The kernel queues each of them (signal(7)).
inline bool IsRealTime(int signo) { return signo >= 32; }

// Real-time signals that are on their way.
uint64_t OnTheirWay(const Board& board);

// Sends `count` signals of all kinds to one process, half of them with a value, in an order that follows from `seed`, and waits with real-time ones while a
// thousand are on their way: the kernel would have no room for them. False, with errno, where one could not be sent within a minute. A target that could be
// more than one process, or the machine's own init, is refused.
bool SendAllKinds(pid_t target, uint64_t count, uint32_t seed, Board* board);

}  // namespace foster

#endif  // FOSTER_TESTS_FLOODS_BOARD_H_
