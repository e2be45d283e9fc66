// SPDX-License-Identifier: Apache-2.0
#include "os/datagram.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

namespace foster {
namespace {

constexpr int kKind = SOCK_CLOEXEC | SOCK_NONBLOCK;
constexpr socklen_t kNameAt = offsetof(struct sockaddr_un, sun_path);

int Open(FileDescriptor* made) {
  *made = AboveStdio(FileDescriptor(socket(AF_UNIX, SOCK_DGRAM | kKind, 0)));
  return made->valid() ? 0 : errno;
}

// What the kernel takes for a struct msghdr. A C library's may have its gaps elsewhere, and then copies everything on the stack to close them.
struct Message {
  void* name = nullptr;
  size_t name_size = 0;  // an int, and four bytes that nobody reads
  struct iovec* pieces;
  size_t count = 1;
  void* control;
  size_t control_size;
  size_t flags = 0;  // the same
};
static_assert(sizeof(Message) == sizeof(struct msghdr));

int Send(int socket, absl::string_view text, void* control, size_t control_size) {
  struct iovec piece = {const_cast<char*>(text.data()), text.size()};
  Message message = {.pieces = &piece, .control = control, .control_size = control_size};
  for (;;) {
    if (syscall(SYS_sendmsg, socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return 0;
    if (errno != EINTR) return errno;
  }
}

}  // namespace

int ListenForDatagrams(FileDescriptor* socket, std::string* name) {
  int error = Open(socket);
  if (error != 0) return error;
  const int on = 1;
  struct sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  socklen_t size = sizeof address;
  // An address of nothing but its family: the kernel finds a name (unix(7), "Autobind feature").
  if (syscall(SYS_setsockopt, socket->get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 ||
      bind(socket->get(), reinterpret_cast<struct sockaddr*>(&address), sizeof(sa_family_t)) != 0 ||
      getsockname(socket->get(), reinterpret_cast<struct sockaddr*>(&address), &size) != 0) {
    return errno;
  }
  name->assign(address.sun_path + 1, size - kNameAt - 1);
  return 0;
}

int ConnectForDatagrams(const char* address, FileDescriptor* socket) {
  struct sockaddr_un to = {};
  to.sun_family = AF_UNIX;
  const size_t size = strlen(address);
  if ((address[0] != '/' && address[0] != '@') || size < 2) return EAFNOSUPPORT;
  if (size >= sizeof to.sun_path) return ENAMETOOLONG;
  memcpy(to.sun_path, address, size);
  if (address[0] == '@') to.sun_path[0] = '\0';
  int error = Open(socket);
  if (error != 0) return error;
  // An abstract name is as long as the address says; a path has its null byte.
  const size_t whole = kNameAt + size + (address[0] == '@' ? 0 : 1);
  return connect(socket->get(), reinterpret_cast<struct sockaddr*>(&to), static_cast<socklen_t>(whole)) == 0 ? 0 : errno;
}

int PairForDatagrams(FileDescriptor* one, FileDescriptor* other) {
  int ends[2];
  if (syscall(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | kKind, 0, ends) != 0) return errno;
  *one = AboveStdio(FileDescriptor(ends[0]));
  *other = AboveStdio(FileDescriptor(ends[1]));
  return one->valid() && other->valid() ? 0 : errno;
}

int SendDatagram(int socket, absl::string_view text) { return Send(socket, text, nullptr, 0); }

bool Datagram::Receive(int socket) {
  CloseDescriptors();
  struct iovec piece = {text_, sizeof text_};
  Message message = {.pieces = &piece, .control = control_, .control_size = sizeof control_};
  const long got = syscall(SYS_recvmsg, socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got < 0) return false;
  size_ = static_cast<size_t>(got);
  cut_ = (message.flags & MSG_TRUNC) != 0;
  sender_ = 0;
  struct msghdr parts = {};
  parts.msg_control = control_;
  parts.msg_controllen = static_cast<socklen_t>(message.control_size);
  for (struct cmsghdr* part = CMSG_FIRSTHDR(&parts); part != nullptr; part = CMSG_NXTHDR(&parts, part)) {
    if (part->cmsg_level != SOL_SOCKET) continue;
    if (part->cmsg_type == SCM_CREDENTIALS && part->cmsg_len >= CMSG_LEN(sizeof(struct ucred))) {
      struct ucred who;
      memcpy(&who, CMSG_DATA(part), sizeof who);
      sender_ = who.pid;
    } else if (part->cmsg_type == SCM_RIGHTS && rights_size_ == 0) {
      rights_at_ = static_cast<unsigned>(reinterpret_cast<char*>(part) - control_);
      rights_size_ = static_cast<unsigned>(part->cmsg_len);
    }
  }
  return true;
}

int Datagram::SendWithDescriptors(int socket, absl::string_view text) { return Send(socket, text, control_ + rights_at_, rights_size_); }

void Datagram::CloseDescriptors() {
  if (rights_size_ == 0) return;
  const unsigned char* numbers = CMSG_DATA(reinterpret_cast<struct cmsghdr*>(control_ + rights_at_));
  for (size_t at = 0; CMSG_LEN(0) + at + sizeof(int) <= rights_size_; at += sizeof(int)) {
    int fd;
    memcpy(&fd, numbers + at, sizeof fd);
    close(fd);
  }
  rights_size_ = 0;
}

}  // namespace foster
