// SPDX-License-Identifier: Apache-2.0
// The contract's section "Readiness".
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "os/file_descriptor.h"
#include "tests/util/foster_process.h"
#include "tests/util/setting.h"

namespace foster {
namespace {

struct sockaddr_un AddressOf(const std::string& name, socklen_t* size) {
  struct sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path, name.data(), name.size());
  if (name[0] == '@') address.sun_path[0] = '\0';
  *size = static_cast<socklen_t>(offsetof(struct sockaddr_un, sun_path) + name.size());
  return address;
}

// Whoever supervises foster, with a NOTIFY_SOCKET of his own.
class Manager {
 public:
  Manager() : socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    const struct timeval patience = {60, 0};
    setsockopt(socket_.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
    setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    struct sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<struct sockaddr*>(&address), sizeof(sa_family_t)), 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(getsockname(socket_.get(), reinterpret_cast<struct sockaddr*>(&address), &size), 0);
    name_ = "@" + std::string(address.sun_path + 1, size - offsetof(struct sockaddr_un, sun_path) - 1);
  }

  std::string variable() const { return "NOTIFY_SOCKET=" + name_; }

  // The next message and its sender. Descriptors in it are closed.
  std::pair<std::string, pid_t> Hear() {
    char text[4096];
    struct iovec piece = {text, sizeof text};
    alignas(struct cmsghdr) char control[512];
    struct msghdr message = {};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t size = recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
    if (size < 0) return {"(nothing)", -1};
    pid_t sender = -1;
    for (struct cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
      if (part->cmsg_type == SCM_CREDENTIALS) {
        struct ucred who;
        memcpy(&who, CMSG_DATA(part), sizeof who);
        sender = who.pid;
      } else if (part->cmsg_type == SCM_RIGHTS) {
        for (size_t at = 0; CMSG_LEN(at + sizeof(int)) <= part->cmsg_len; at += sizeof(int)) {
          int fd;
          memcpy(&fd, CMSG_DATA(part) + at, sizeof fd);
          close(fd);
        }
      }
    }
    return {std::string(text, static_cast<size_t>(size)), sender};
  }

 private:
  FileDescriptor socket_;
  std::string name_;
};

class Readiness : public InSetting {};
IN_EVERY_SETTING(Readiness);

TEST_P(Readiness, IsToldWhereTheWorkloadSaysIt) {
  FosterProcess foster({.setting = GetParam(), .options = {"--ready=notify", "--status-fd=1"}, .command = Act({"say", "STATUS=soon", "READY=1"})});
  EXPECT_NE(foster.WaitFor("{\"event\":\"status\"").find("\"text\":\"soon\""), std::string::npos);
  EXPECT_NE(foster.WaitFor("{\"event\":\"ready\"").find("\"by\":\"notify\",\"run\":1"), std::string::npos);
  foster.WaitFor("said");
  foster.CloseInput();
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(Readiness, CanBeANewlineOnADescriptor) {
  FosterProcess foster({.setting = GetParam(), .options = {"--ready=fd:5", "--status-fd=1"}, .command = Act({"newline", "5"})});
  EXPECT_NE(foster.WaitFor("{\"event\":\"ready\"").find("\"by\":\"fd\",\"run\":1"), std::string::npos);
  foster.CloseInput();
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(Readiness, IsNotTakenFromStrangers) {
  FosterProcess foster({.setting = GetParam(), .options = {"--ready=notify", "--status-fd=1"}, .command = Act({"say-later", "STATUS=true"})});
  const std::string name = foster.WaitFor("at=").substr(3);
  ASSERT_EQ(name[0], '@');
  socklen_t size;
  const struct sockaddr_un address = AddressOf(name, &size);
  const FileDescriptor stranger(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const std::string lie = "READY=1\nSTATUS=forged";
  ASSERT_EQ(sendto(stranger.get(), lie.data(), lie.size(), 0, reinterpret_cast<const struct sockaddr*>(&address), size), static_cast<ssize_t>(lie.size()));
  foster.Write("\n");
  EXPECT_NE(foster.WaitFor("{\"event\":\"status\"").find("\"text\":\"true\""), std::string::npos);
  foster.CloseInput();
  EXPECT_EQ(foster.Rest().find("\"event\":\"ready\""), std::string::npos);
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(Readiness, IsPassedOnOutsideInFostersName) {
  Manager manager;
  FosterProcess foster({.setting = GetParam(), .options = {"--ready=notify"}, .command = Act({"say", "READY=1\nMAINPID=2\nSTATUS=up"}), .environment = {manager.variable()}});
  const auto [text, sender] = manager.Hear();
  // An init that somebody else put into its namespace does not know the number that it has outside.
  const std::string main = role() == Role::kInit ? "" : "MAINPID=" + std::to_string(foster.pid()) + "\n";
  EXPECT_EQ(text, "READY=1\n" + main + "STATUS=up");
  EXPECT_EQ(sender, foster.pid());
  EXPECT_EQ(manager.Hear().first, "BARRIER=1");
  foster.WaitFor("said");
  foster.CloseInput();
  EXPECT_EQ(foster.Wait(), 0);
}

class Watchdog : public InSetting {};
IN_EVERY_SETTING(Watchdog);

TEST_P(Watchdog, EndsAWorkloadThatHangs) {
  FosterProcess foster({.setting = GetParam(), .options = {"--ready=notify", "--watchdog=100ms", "--status-fd=1"}, .command = Act({"say", "READY=1"})});
  foster.WaitFor("{\"event\":\"ready\"");
  foster.WaitFor("{\"event\":\"watchdog\"");
  EXPECT_NE(foster.WaitFor("{\"event\":\"exit\"").find("\"code\":134,\"reason\":\"watchdog\""), std::string::npos);
  EXPECT_EQ(foster.Wait(), 134);
}

TEST_P(Watchdog, HasNoSayBeforeTheWorkloadIsReady) {
  FosterProcess foster({.setting = GetParam(), .options = {"--ready=notify", "--watchdog=1ms", "--status-fd=1"}, .command = Act({"say", "WATCHDOG=1"})});
  foster.WaitFor("said");
  foster.CloseInput();
  EXPECT_EQ(foster.Rest().find("\"event\":\"watchdog\""), std::string::npos);
  EXPECT_EQ(foster.Wait(), 0);
}

}  // namespace
}  // namespace foster
