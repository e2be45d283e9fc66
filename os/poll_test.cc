// SPDX-License-Identifier: Apache-2.0
#include "os/poll.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gtest/gtest.h"
#include "os/file_descriptor.h"

namespace foster {
namespace {

class PollDespiteLimitTest : public testing::Test {
 protected:
  void SetUp() override {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    reader_.Reset(ends[0]);
    writer_.Reset(ends[1]);
  }
  FileDescriptor reader_, writer_;
  const struct timespec kNow = {};
};

TEST_F(PollDespiteLimitTest, TellsWhichAreReady) {
  struct pollfd both[] = {{STDIN_FILENO, POLLIN, 0}, {reader_.get(), POLLIN, POLLERR}};
  both[0].fd = dup(reader_.get());
  EXPECT_EQ(PollDespiteLimit(both, 2, &kNow), 0);
  EXPECT_EQ(both[1].revents, 0);
  ASSERT_EQ(write(writer_.get(), "x", 1), 1);
  EXPECT_EQ(PollDespiteLimit(both, 2, nullptr), 2);
  EXPECT_EQ(both[0].revents, POLLIN);
  EXPECT_EQ(both[1].revents, POLLIN);
  close(both[0].fd);
}

TEST_F(PollDespiteLimitTest, TellsOfAnEnd) {
  struct pollfd one = {reader_.get(), 0, 0};
  writer_.Reset(-1);
  EXPECT_EQ(PollDespiteLimit(&one, 1, nullptr), 1);
  EXPECT_EQ(one.revents, POLLIN);
}

TEST_F(PollDespiteLimitTest, TellsOfRoom) {
  struct pollfd one = {writer_.get(), POLLOUT, 0};
  EXPECT_EQ(PollDespiteLimit(&one, 1, &kNow, true), 1);
  EXPECT_EQ(one.revents, POLLOUT);
  ASSERT_EQ(fcntl(writer_.get(), F_SETFL, O_NONBLOCK), 0);
  const char many[4096] = {};
  while (write(writer_.get(), many, sizeof many) > 0) {
  }
  EXPECT_EQ(PollDespiteLimit(&one, 1, &kNow, true), 0);
  EXPECT_EQ(one.revents, 0);
}

TEST_F(PollDespiteLimitTest, WaitsWherePpollDoesNot) {
  // In a child: the limit does not come back.
  const pid_t child = fork();
  if (child == 0) {
    const struct rlimit none = {0, 0};
    struct pollfd one = {reader_.get(), POLLIN, 0};
    if (setrlimit(RLIMIT_NOFILE, &none) != 0) _exit(2);
    if (ppoll(&one, 1, &kNow, nullptr) != -1 || errno != EINVAL) _exit(3);
    if (write(writer_.get(), "x", 1) != 1) _exit(4);
    _exit(PollDespiteLimit(&one, 1, nullptr) == 1 && one.revents == POLLIN ? 0 : 5);
  }
  int word = 0;
  ASSERT_EQ(waitpid(child, &word, 0), child);
  EXPECT_EQ(word, 0) << WEXITSTATUS(word);
}

TEST_F(PollDespiteLimitTest, KnowsDescriptorsThatAreNoFdSets) {
  const int high = fcntl(reader_.get(), F_DUPFD_CLOEXEC, 2000);
  if (high < 0) GTEST_SKIP() << "RLIMIT_NOFILE is below 2000";
  struct pollfd one = {high, POLLIN, 0};
  ASSERT_EQ(write(writer_.get(), "x", 1), 1);
  EXPECT_EQ(PollDespiteLimit(&one, 1, nullptr), 1);
  EXPECT_EQ(one.revents, POLLIN);
  close(high);
}

}  // namespace
}  // namespace foster
