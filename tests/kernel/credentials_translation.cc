// SPDX-License-Identifier: Apache-2.0
// Who is at the other end of a socket: process numbers that Unix sockets carry between PID namespaces.
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/file_descriptor.h"
#include "os/pidfd.h"
#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/kernel/steps.h"
#include "tests/util/kernel.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

// asm-generic/socket.h and linux/socket.h, of 6.5.
constexpr int kSoPasspidfd = 76, kSoPeerpidfd = 77;
constexpr int kScmPidfd = 4;

// glibc and musl agree neither on struct ucred nor on when it is declared.
struct Credentials {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
};

// A pair of datagram sockets, made before the fork: [0] stays outside, [1] is used inside. Both want to be told of senders.
struct Pair {
  int ends[2];
  Pair() {
    NEED_SYS(Checked(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends)));
    const int on = 1;
    for (const int end : ends) NEED_SYS(Checked(::setsockopt(end, SOL_SOCKET, SO_PASSCRED, &on, sizeof on)));
  }
};

// Sends a byte, with `claimed` as the sender where that is not 0. 0, or a negated errno.
long Send(int socket, pid_t claimed = 0) {
  char byte = 0;
  struct iovec part = {&byte, 1};
  struct msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(Credentials))] = {};
  if (claimed != 0) {
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    struct cmsghdr* attached = CMSG_FIRSTHDR(&header);
    attached->cmsg_level = SOL_SOCKET;
    attached->cmsg_type = 2;  // SCM_CREDENTIALS
    attached->cmsg_len = CMSG_LEN(sizeof(Credentials));
    Credentials credentials;
    credentials.pid = claimed;
    credentials.uid = static_cast<uid_t>(Sys(SYS_getuid));
    credentials.gid = static_cast<gid_t>(Sys(SYS_getgid));
    memcpy(CMSG_DATA(attached), &credentials, sizeof credentials);
  }
  const long sent = Checked(::sendmsg(socket, &header, MSG_NOSIGNAL));
  return sent == 1 ? 0 : sent;
}

// Takes the byte, and the part of `type` of what came with it; false where there was none.
template <typename Part>
bool Take(int socket, int type, Part* found) {
  char byte = 0;
  struct iovec part = {&byte, 1};
  struct msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) char control[256];
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  NEED_SYS(Checked(::recvmsg(socket, &header, MSG_CMSG_CLOEXEC)));
  for (struct cmsghdr* one = CMSG_FIRSTHDR(&header); one != nullptr; one = CMSG_NXTHDR(&header, one)) {
    if (one->cmsg_type != type) continue;
    memcpy(found, CMSG_DATA(one), sizeof *found);
    return true;
  }
  return false;
}

pid_t TakeSender(int socket) {
  Credentials credentials;
  credentials.pid = -1;
  Take(socket, 2 /* SCM_CREDENTIALS */, &credentials);
  return credentials.pid;
}

BEHAVIOUR(CredentialsTranslation, UpwardsTheReceiverSeesItsOwnNumbers, "CRED-01", "A receiver outside sees the sender inside by its outside number, whether the sender told it (SCM_CREDENTIALS) or the kernel did; a number that nobody has inside cannot be told (ESRCH).", "unix(7), SCM_CREDENTIALS", "2.6.36",
          {{"told by the kernel", true}, {"told by the sender", true}, {"a number that nobody has", "ESRCH"}}) {
  const Pair pair;
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Call([socket = pair.ends[1]] { return NEED_SYS(Send(socket)); });
  seen.Put("told by the kernel", TakeSender(pair.ends[0]) == init.pid());
  init.Call([socket = pair.ends[1]] { return NEED_SYS(Send(socket, 1)); });
  seen.Put("told by the sender", TakeSender(pair.ends[0]) == init.pid());
  seen.Put("a number that nobody has", Said(init.Call([socket = pair.ends[1]] { return Send(socket, 555); })));
}

BEHAVIOUR(CredentialsTranslation, DownwardsTheSenderIsNobody, "CRED-02", "A receiver inside sees a sender outside as number 0.", "unix(7), SCM_CREDENTIALS; pid_namespaces(7)", "2.6.36", {{"told by the kernel", 0}, {"told by the sender", 0}}) {
  const Pair pair;
  Actor init = Actor::Start(CLONE_NEWPID);
  const auto take = [socket = pair.ends[1]] { return TakeSender(socket); };
  NEED_SYS(Send(pair.ends[0]));
  seen.Put("told by the kernel", init.Call(take));
  NEED_SYS(Send(pair.ends[0], static_cast<pid_t>(Sys(SYS_getpid))));
  seen.Put("told by the sender", init.Call(take));
}

BEHAVIOUR(CredentialsTranslation, RootMaySpeakForAnother, "CRED-03", "A privileged process may say that it is another member of its namespace, and the receiver outside is told that one's outside number; an unprivileged one may not (EPERM).", "unix(7), SCM_CREDENTIALS", "2.6.36",
          {{"send", "0"}, {"receiver sees the other", true}, {"as user 1000", "EPERM"}}) {
  const Pair pair;
  Namespace ns;
  seen.Put("send", Said(ns.init.Call([socket = pair.ends[1]] { return Send(socket, 2); })));
  seen.Put("receiver sees the other", TakeSender(pair.ends[0]) == ns.member.pid());
  Actor user = ns.init.Fork();
  user.Call([] { BecomeUser(1000); });
  seen.Put("as user 1000", Said(user.Call([socket = pair.ends[1]] { return Send(socket, 2); })));
}

// An abstract address: no file, and found from every PID namespace, since it is the network namespace's.
socklen_t Address(struct sockaddr_un* address) {
  *address = {};
  address->sun_family = AF_UNIX;
  memcpy(address->sun_path, "\0foster", 7);
  return static_cast<socklen_t>(sizeof(sa_family_t) + 7);
}

int Listen() {
  struct sockaddr_un address;
  const socklen_t length = Address(&address);
  const int socket = static_cast<int>(NEED_SYS(Checked(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))));
  NEED_SYS(Checked(::bind(socket, reinterpret_cast<struct sockaddr*>(&address), length)));
  NEED_SYS(Checked(::listen(socket, 1)));
  return socket;
}

int Connect() {
  struct sockaddr_un address;
  const socklen_t length = Address(&address);
  const int socket = static_cast<int>(NEED_SYS(Checked(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))));
  NEED_SYS(Checked(::connect(socket, reinterpret_cast<struct sockaddr*>(&address), length)));
  return socket;
}

pid_t Peer(int socket) {
  Credentials credentials;
  socklen_t length = sizeof credentials;
  NEED_SYS(Checked(::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length)));
  return credentials.pid;
}

// A pidfd of the peer, or a negated errno.
long PeerPidfd(int socket) {
  int pidfd = -1;
  socklen_t length = sizeof pidfd;
  const long result = Checked(::getsockopt(socket, SOL_SOCKET, kSoPeerpidfd, &pidfd, &length));
  return result < 0 ? result : pidfd;
}
std::string Opened(long result) { return result < 0 ? Said(result) : "0"; }

// The driver listens in a network namespace of the sandbox's own, the init of a namespace below connects.
struct Connection {
  explicit Connection(Facts seen) {
    const long alone = Sys(SYS_unshare, CLONE_NEWNET);
    if (alone < 0) seen.Skip("unshare(CLONE_NEWNET): " + Said(alone));
    const int listener = Listen();
    init.emplace_back(Actor::Start(CLONE_NEWPID));
    inside = static_cast<int>(Init().Call([] { return Connect(); }));
    outside = static_cast<int>(NEED_SYS(Checked(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC))));
  }
  Actor& Init() { return init.front(); }
  std::vector<Actor> init;
  int inside = -1;   // the init's descriptor
  int outside = -1;  // the driver's
};

BEHAVIOUR(CredentialsTranslation, PeercredIsForTheReader, "CRED-04", "SO_PEERCRED tells an outsider the peer's outside number, and the init inside that its peer has number 0.", "unix(7), SO_PEERCRED", "2.6.36", {{"outside: the init", true}, {"inside", 0}}) {
  Connection connection(seen);
  seen.Put("outside: the init", Peer(connection.outside) == connection.Init().pid());
  seen.Put("inside", connection.Init().Call([socket = connection.inside] { return Peer(socket); }));
}

Want InfoOfAStranger() {
  if (KernelAtLeast(6, 18)) return "EREMOTE";
  return KernelAtLeast(6, 13) ? AnyOf({"EREMOTE", "ESRCH"}) : Since(6, 11, "EINVAL", "ENOTTY");
}

BEHAVIOUR(CredentialsTranslation, PeerpidfdReachesOutside, "CRED-05", "SO_PEERPIDFD gives the init inside a pidfd of a process outside, which it could not have opened; it can neither signal by it (EINVAL) nor be told of it.", "unix(7), SO_PEERPIDFD; kernel/signal.c access_pidfd_pidns()", "6.5",
          {{"outside: pidfd", "0"}, {"outside: signal 0", "0"}, {"inside: pidfd", "0"}, {"inside: signal 0", "EINVAL"}, {"inside: PIDFD_GET_INFO", InfoOfAStranger()}}) {
  Connection connection(seen);
  const long pidfd = PeerPidfd(connection.outside);
  seen.Put("outside: pidfd", Opened(pidfd));
  seen.Put("outside: signal 0", Said(Sys(kPidfdSendSignal, pidfd, 0, nullptr, 0)));
  connection.Init().Call([seen, socket = connection.inside] {
    const long pidfd = PeerPidfd(socket);
    seen.Put("inside: pidfd", Opened(pidfd));
    seen.Put("inside: signal 0", Said(Sys(kPidfdSendSignal, pidfd, 0, nullptr, 0)));
    PidfdInfo info = {};
    seen.Put("inside: PIDFD_GET_INFO", Said(Checked(::ioctl(static_cast<int>(pidfd), kPidfdGetInfo, &info))));
  });
}

Want OfAReaped() {
  if (KernelAtLeast(6, 16)) return "0";
  return AnyOf({"EINVAL", "ESRCH", "ENODATA"});
}

BEHAVIOUR(CredentialsTranslation, PeerpidfdOfTheDead, "CRED-06", "From Linux 6.16 on SO_PEERPIDFD works for a peer that has ended and been reaped, and tells how it ended; its number in SO_PEERCRED stays.", "net/core/sock.c; fs/pidfs.c pidfs_register_pid()", "6.5",
          {{"SO_PEERPIDFD", OfAReaped()}, {"its exit", Since(6, 16, "exited(3)", "not told")}, {"SO_PEERCRED still names it", true}}) {
  Connection connection(seen);
  const pid_t pid = connection.Init().pid();
  connection.Init().Exit(3);
  connection.Init().Reap();
  connection.init.clear();  // with the actor goes its own pidfd
  const long pidfd = PeerPidfd(connection.outside);
  seen.Put("SO_PEERPIDFD", Opened(pidfd));
  int status = 0;
  seen.Put("its exit", pidfd >= 0 && PidfdExitInfo(static_cast<int>(pidfd), &status) ? DescribeStatus(status) : "not told");
  seen.Put("SO_PEERCRED still names it", Peer(connection.outside) == pid);
}

BEHAVIOUR(CredentialsTranslation, ScmPidfdCrossesBothWays, "U-24", "With SO_PASSPIDFD a message brings a pidfd of its sender, in both directions: an outsider can signal by it, a receiver inside cannot (EINVAL).", "unix(7), SO_PASSPIDFD; net/core/scm.c", "6.5",
          {{"outside: pidfd of the init", true}, {"outside: signal 0", "0"}, {"inside: came", true}, {"inside: signal 0", "EINVAL"}}) {
  const Pair pair;
  const int on = 1, off = 0;
  for (const int end : pair.ends) {
    NEED_SYS(Checked(::setsockopt(end, SOL_SOCKET, SO_PASSCRED, &off, sizeof off)));
    NEED_SYS(Checked(::setsockopt(end, SOL_SOCKET, kSoPasspidfd, &on, sizeof on)));
  }
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Call([socket = pair.ends[1]] { return NEED_SYS(Send(socket)); });
  int pidfd = -1;
  NEED(Take(pair.ends[0], kScmPidfd, &pidfd));
  seen.Put("outside: signal 0", Said(Sys(kPidfdSendSignal, pidfd, 0, nullptr, 0)));
  NEED_SYS(Send(pair.ends[0]));
  init.Call([seen, socket = pair.ends[1]] {
    int pidfd = -1;
    seen.Put("inside: came", Take(socket, kScmPidfd, &pidfd));
    seen.Put("inside: signal 0", Said(Sys(kPidfdSendSignal, pidfd, 0, nullptr, 0)));
  });
  init.Exit(0);
  seen.Put("outside: pidfd of the init", Sys(SYS_waitid, 3 /* P_PIDFD */, pidfd, nullptr, WEXITED, nullptr) == 0);
}

}  // namespace
}  // namespace foster
