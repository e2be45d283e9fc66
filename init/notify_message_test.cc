// SPDX-License-Identifier: Apache-2.0
#include "init/notify_message.h"

#include <string>

#include "gtest/gtest.h"

namespace foster {
namespace {

NotifyMessage Read(absl::string_view datagram) {
  NotifyMessage message;
  EXPECT_TRUE(ReadNotifyMessage(datagram, &message)) << datagram;
  return message;
}

std::string Rewritten(absl::string_view datagram, int64_t main_pid) {
  char out[kNotifyRoom];
  return std::string(out, RewriteForOutside(datagram, main_pid, out));
}

TEST(NotifyMessage, IsReadWhole) {
  const NotifyMessage message = Read(
      "READY=1\nSTATUS=up and running\nMAINPID=42\nWATCHDOG=1\nWATCHDOG_USEC=2000000\nEXTEND_TIMEOUT_USEC=5000000\nSTOPPING=1\nRELOADING=1\n"
      "ERRNO=2\nEXIT_STATUS=7\nMONOTONIC_USEC=3\nX_OWN=1\nFDSTORE=1\n");
  EXPECT_TRUE(message.ready && message.stopping && message.reloading && message.watchdog);
  EXPECT_FALSE(message.barrier || message.watchdog_trigger);
  EXPECT_EQ(message.status, "up and running");
  EXPECT_EQ(message.main_pid, 42);
  EXPECT_EQ(message.watchdog_usec, 2000000);
  EXPECT_EQ(message.extend_usec, 5000000);
  EXPECT_EQ(message.error, 2);
  EXPECT_EQ(message.exit_status, 7);
}

TEST(NotifyMessage, SaysNothingThatItDoesNotSay) {
  const NotifyMessage message = Read("READY=0\nREADY=11\n READY=1\nready=1\nREADY\nWATCHDOG=2\nSTATUSX=1\nBARRIER=\n=\n\n");
  EXPECT_FALSE(message.ready || message.watchdog || message.barrier || message.has_status);
}

TEST(NotifyMessage, NumbersThatAreNoneArePassedOver) {
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "0x1", "1e3", "99999999999999999999", "9223372036854775807", "4294967297"}) {
    const NotifyMessage message = Read(std::string("MAINPID=") + bad + "\nERRNO=" + bad + "\nEXIT_STATUS=" + bad + "\nWATCHDOG_USEC=" + bad + "x");
    EXPECT_EQ(message.main_pid, 0) << bad;
    EXPECT_EQ(message.error, -1) << bad;
    EXPECT_EQ(message.exit_status, -1) << bad;
    EXPECT_EQ(message.watchdog_usec, -1) << bad;
  }
  EXPECT_EQ(Read("EXTEND_TIMEOUT_USEC=999999999999999999").extend_usec, -1) << "no clock has that much time left";
}

TEST(NotifyMessage, WhatIsNoMessageIsRefused) {
  NotifyMessage message;
  EXPECT_FALSE(ReadNotifyMessage("", &message));
  EXPECT_FALSE(ReadNotifyMessage(absl::string_view("READY=1\0", 8), &message));
  EXPECT_FALSE(ReadNotifyMessage(std::string(kNotifyRoom + 1, 'x'), &message));
  EXPECT_TRUE(ReadNotifyMessage(std::string(kNotifyRoom, '\n'), &message));
}

TEST(NotifyMessage, SurvivesWhateverItIsSent) {
  const absl::string_view seeds = "READY=1\nMAINPID=1234\nSTATUS=\xff\xfe\nWATCHDOG_USEC=1\nEXTEND_TIMEOUT_USEC=9\n";
  unsigned seed = 7;
  for (int round = 0; round < 50000; ++round) {
    std::string datagram(seeds);
    for (int change = 0; change < 4; ++change) {
      seed = seed * 1103515245 + 12345;
      const size_t at = (seed >> 16) % datagram.size();
      seed = seed * 1103515245 + 12345;
      datagram[at] = static_cast<char>(seed >> 16);
    }
    NotifyMessage message;
    ReadNotifyMessage(datagram, &message);
    EXPECT_GE(message.main_pid, 0);
    EXPECT_LE(Rewritten(datagram, 77).size(), datagram.size() + 60);
  }
}

TEST(RewriteForOutside, PutsItsOwnProcessInThePlaceOfTheWorkloads) {
  EXPECT_EQ(Rewritten("READY=1\nMAINPID=5\nSTATUS=x\n", 1234), "READY=1\nMAINPID=1234\nSTATUS=x");
  EXPECT_EQ(Rewritten("READY=1\nMAINPID=5\nMAINPIDFDID=9\nMAINPIDFD=1", 0), "READY=1");
  EXPECT_EQ(Rewritten("MAINPID=5", 0), "");
  EXPECT_EQ(Rewritten("WATCHDOG=1\nWATCHDOG=trigger\nWATCHDOG_USEC=5", 0), "WATCHDOG=1\nWATCHDOG_USEC=5");
  EXPECT_EQ(Rewritten("X_UNKNOWN=kept\nFDNAME=a", 0), "X_UNKNOWN=kept\nFDNAME=a");
}

TEST(RewriteForOutside, NeverWritesMoreThanThereIsRoom) {
  std::string datagram;
  while (datagram.size() + 10 <= kNotifyRoom) datagram += "MAINPID=1\n";
  EXPECT_LE(Rewritten(datagram, INT64_MAX).size(), kNotifyRoom);
}

}  // namespace
}  // namespace foster
