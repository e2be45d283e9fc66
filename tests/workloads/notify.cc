// SPDX-License-Identifier: Apache-2.0
// The verbs that say of themselves how they are.
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/workloads/speak.h"
#include "tests/workloads/verbs.h"

namespace foster {
namespace {

// Sends `text` to NOTIFY_SOCKET, with a descriptor unless that is -1. An errno.
int Notify(int socket, const char* text, int fd) {
  const char* name = getenv("NOTIFY_SOCKET");
  if (name == nullptr) return ENOENT;
  struct sockaddr_un to = {};
  to.sun_family = AF_UNIX;
  const size_t size = strlen(name);
  if (size >= sizeof to.sun_path) return ENAMETOOLONG;
  memcpy(to.sun_path, name, size);
  if (name[0] == '@') to.sun_path[0] = '\0';
  struct iovec piece = {const_cast<char*>(text), strlen(text)};
  alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
  struct msghdr message = {};
  message.msg_name = &to;
  message.msg_namelen = static_cast<socklen_t>(offsetof(struct sockaddr_un, sun_path) + size);
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    struct cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(rights), &fd, sizeof fd);
  }
  return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? errno : 0;
}

}  // namespace

int Say(char** words) {
  const int speaker = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int ends[2];
  if (speaker < 0 || pipe(ends) != 0) return 97;
  int error = 0;
  for (; *words != nullptr && error == 0; ++words) error = Notify(speaker, *words, -1);
  if (error == 0) error = Notify(speaker, "BARRIER=1", ends[1]);
  close(ends[1]);
  char byte;
  if (error != 0) {
    SayLine("cannot say it: %s", strerror(error));
  } else {
    SayLine(read(ends[0], &byte, 1) == 0 ? "said" : "barrier broken");
  }
  return Hold(nullptr);
}

int SayLater(char** words) {
  const char* name = getenv("NOTIFY_SOCKET");
  SayLine("at=%s", name == nullptr ? "" : name);
  char byte;
  if (read(STDIN_FILENO, &byte, 1) != 1) return 97;
  return Say(words);
}

int Newline(char** words) {
  const int fd = NumberOf(words[0]);
  SayLine(write(fd, "\n", 1) == 1 && close(fd) == 0 ? "said" : "cannot say it");
  return Hold(nullptr);
}

}  // namespace foster
