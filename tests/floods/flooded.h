// SPDX-License-Identifier: Apache-2.0
// What the floods share: their workloads, senders from outside, how much memory foster has.
#ifndef FOSTER_TESTS_FLOODS_FLOODED_H_
#define FOSTER_TESTS_FLOODS_FLOODED_H_

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/floods/board.h"
#include "tests/util/foster_process.h"
#include "tests/util/setting.h"
#include "tests/util/temp_folder.h"

namespace foster {

// The command that runs a verb of tests/floods/flood.
std::vector<std::string> Flood(std::vector<std::string> verb_and_arguments);

// A number from the environment: how large a flood shall be. `otherwise` where it is not set.
uint64_t SizeOf(const char* variable, uint64_t otherwise);

// Eventually, with ten minutes for it.
bool InTheEnd(const std::function<bool()>& condition);

// `senders` processes beside foster that send it `count` signals each. Waited for in Join, or killed and waited for at the end.
class Senders {
 public:
  Senders(pid_t target, int senders, uint64_t count, Board* board);
  ~Senders();
  Senders(const Senders&) = delete;
  Senders& operator=(const Senders&) = delete;
  // Whether all sent all of theirs.
  bool Join();

 private:
  std::vector<pid_t> pids_;
};

// In kB: Rss, Private_Dirty and Anonymous of smaps_rollup. What is resident and not anonymous is foster's file, which the kernel reads ahead of
// need and shares among all who run it; as long as a file that was just built is not on the disk, that is dirty as well.
struct Memory {
  long resident = 0, dirty = 0, anonymous = 0;
};
Memory MemoryOf(pid_t pid);
// How long it has been on a processor, in milliseconds.
double ProcessorTimeOf(pid_t pid);
// The fosters of a run: one, or both halves of a wrapper.
std::vector<pid_t> FostersOf(const FosterProcess& foster, Role role);

// Every real-time signal that was sent has come, and each of the others comes when it is sent now. Fails the test where not.
void ExpectNoneWasLost(const FosterProcess& foster, const Board& board);

// How often `part` stands in `text`.
size_t CountOf(const std::string& text, const std::string& part);

// Not the one that tools/sanitize builds, whose memory is not what anybody runs.
bool Ships();

// A suite with a board that goes with the test.
class Flooded : public InSetting {
 protected:
  std::string board_path() const { return folder_.path() + "/board"; }
  Board* board();

 private:
  TempFolder folder_;
  Board* board_ = nullptr;
};

// How many were sent, and how many came.
uint64_t Sent(const Board& board);
uint64_t Got(const Board& board);

}  // namespace foster

#endif  // FOSTER_TESTS_FLOODS_FLOODED_H_
