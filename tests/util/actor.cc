// SPDX-License-Identifier: Apache-2.0
#include "tests/util/actor.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <utility>

#include "os/pidfd.h"
#include "tests/util/facts.h"
#include "tests/util/spawn.h"
#include "tests/util/wait_status.h"

namespace foster {

struct ActorMessage {
  Actor::Invoker invoker;  // the same address in every process that was forked from one program
  unsigned char bytes[Actor::kRoom];
};

namespace {

constexpr int kPatience = 60000;  // milliseconds: a last resort

// glibc and musl agree neither on struct ucred nor on when it is declared.
struct Credentials {
  pid_t pid;
  uid_t uid;
  gid_t gid;
};

// The descriptor that came with the act that runs now.
int received_descriptor = -1;

void MakePair(FileDescriptor* caller, FileDescriptor* actor) {
  int ends[2];
  NEED_SYS(Checked(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)));
  caller->Reset(ends[0]);
  actor->Reset(ends[1]);
  // The kernel tells the caller who its actor is, by the caller's numbers.
  const int on = 1;
  NEED_SYS(Checked(::setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on)));
}

}  // namespace

// Runs acts until the caller is gone.
void Actor::Play(int socket) {
  const long hello = Sys(SYS_getpid);
  ::send(socket, &hello, sizeof hello, MSG_NOSIGNAL);
  for (;;) {
    ActorMessage message;
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    struct iovec part = {&message, sizeof message};
    struct msghdr header = {};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    const ssize_t count = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
    if (count < 0 && errno == EINTR) continue;
    if (count != static_cast<ssize_t>(sizeof message)) ::_exit(0);
    const struct cmsghdr* attached = CMSG_FIRSTHDR(&header);
    received_descriptor = -1;
    if (attached != nullptr && attached->cmsg_type == SCM_RIGHTS) memcpy(&received_descriptor, CMSG_DATA(attached), sizeof(int));
    alignas(16) unsigned char act[kRoom];
    memcpy(act, message.bytes, sizeof act);
    const long result = message.invoker(act);
    if (received_descriptor >= 0) ::close(received_descriptor);
    if (::send(socket, &result, sizeof result, MSG_NOSIGNAL) < 0) ::_exit(0);
  }
}

long Actor::ForkHere(int socket, unsigned long flags, int exit_signal) {
  const long pid = CloneProcess(flags, exit_signal);
  if (pid == 0) Play(socket);
  return pid;
}

Actor Actor::TryStart(unsigned long flags, int exit_signal) {
  Actor actor;
  FileDescriptor actor_end;
  MakePair(&actor.socket_, &actor_end);
  const long pid = CloneProcess(flags, exit_signal);
  if (pid == 0) {
    ::close(actor.socket_.get());
    Play(actor_end.get());
  }
  actor_end.Reset(-1);
  if (pid < 0) {
    actor.error_ = static_cast<int>(-pid);
  } else if (!actor.Greeting()) {
    actor.error_ = ECHILD;
  }
  return actor;
}

Actor Actor::Start(unsigned long flags, int exit_signal) {
  Actor actor = TryStart(flags, exit_signal);
  if (!actor.valid()) NeedFailed("Actor::Start", __FILE__, __LINE__, actor.error());
  return actor;
}

Actor Actor::TryFork(unsigned long flags, int exit_signal) {
  Actor actor;
  FileDescriptor actor_end;
  MakePair(&actor.socket_, &actor_end);
  const auto act = [flags, exit_signal]() -> long {
    return ForkHere(received_descriptor, flags, exit_signal);
  };
  unsigned char bytes[kRoom] = {};
  memcpy(bytes, static_cast<const void*>(&act), sizeof act);
  SendAct(&Invoke<decltype(act)>, bytes, actor_end.get());
  actor_end.Reset(-1);
  const long pid = End();
  if (pid < 0) {
    actor.error_ = pid == kGone ? ESRCH : static_cast<int>(-pid);
  } else if (!actor.Greeting()) {
    actor.error_ = ECHILD;
  }
  return actor;
}

Actor Actor::Fork(unsigned long flags, int exit_signal) {
  Actor actor = TryFork(flags, exit_signal);
  if (!actor.valid()) NeedFailed("Actor::Fork", __FILE__, __LINE__, actor.error());
  return actor;
}

bool Actor::Greeting() {
  long hello = 0;
  pid_t sender = 0;
  if (!Receive(&hello, &sender)) return false;
  own_pid_ = static_cast<pid_t>(hello);
  pid_ = sender;
  pidfd_ = PidfdOpen(pid_);
  return true;
}

void Actor::SendAct(Invoker invoker, const unsigned char* bytes, int descriptor) {
  ActorMessage message;
  message.invoker = invoker;
  memcpy(message.bytes, bytes, sizeof message.bytes);
  struct iovec part = {&message, sizeof message};
  struct msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  if (descriptor >= 0) {
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    struct cmsghdr* attached = CMSG_FIRSTHDR(&header);
    attached->cmsg_level = SOL_SOCKET;
    attached->cmsg_type = SCM_RIGHTS;
    attached->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(attached), &descriptor, sizeof(int));
  }
  ::sendmsg(socket_.get(), &header, MSG_NOSIGNAL);  // to a dead actor: told by the answer that does not come
}

bool Actor::Answered() const {
  struct pollfd answer = {socket_.get(), POLLIN, 0};
  return ::poll(&answer, 1, 0) == 1;
}

bool Actor::Receive(long* value, pid_t* sender) {
  for (;;) {
    // A dead actor's socket may be held open by processes that it has forked: its pidfd tells as well.
    struct pollfd sources[2] = {{socket_.get(), POLLIN, 0}, {pidfd_.get(), POLLIN, 0}};
    const int ready = ::poll(sources, pidfd_.valid() ? 2 : 1, kPatience);
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) {
      Facts::Current().Fail("a process did not answer within a minute (pid " + std::to_string(pid_) + ")");
      ::_exit(kWaitedInVain);
    }
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(Credentials))];
    struct iovec part = {value, sizeof *value};
    struct msghdr header = {};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    const ssize_t count = ::recvmsg(socket_.get(), &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (count < 0 && (errno == EINTR || (errno == EAGAIN && sources[1].revents == 0))) continue;
    if (count != static_cast<ssize_t>(sizeof *value)) return false;
    Credentials credentials = {};
    const struct cmsghdr* attached = CMSG_FIRSTHDR(&header);
    if (attached != nullptr) memcpy(&credentials, CMSG_DATA(attached), sizeof credentials);
    *sender = credentials.pid;
    return true;
  }
}

long Actor::End() {
  long result = kGone;
  pid_t sender = 0;
  return Receive(&result, &sender) ? result : kGone;
}

bool Actor::Alive() {
  return Call([]() -> long { return 1; }) == 1;
}

long Actor::Kill(int signo) const { return Sys(SYS_kill, pid_, signo); }

std::string Actor::Reap() { return Wait(pid_, __WALL); }

void Actor::Exit(int code) {
  Begin([code] { ::_exit(code); });
}

}  // namespace foster
