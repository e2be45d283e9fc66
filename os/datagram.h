// SPDX-License-Identifier: Apache-2.0
// Datagrams between processes of this machine (unix(7)), with who sent them and the descriptors that travel in them.
#ifndef FOSTER_OS_DATAGRAM_H_
#define FOSTER_OS_DATAGRAM_H_

#include <sys/types.h>

#include <string>

#include "absl/strings/string_view.h"
#include "os/file_descriptor.h"

namespace foster {

// A socket that the kernel gave a free abstract name: no file, so that it needs no folder that could be written to, and whoever is in the same network
// namespace reaches it, whatever his root folder and user. It tells of senders. *name is the name behind its null byte. 0, or an errno.
int ListenForDatagrams(FileDescriptor* socket, std::string* name);

// A socket that sends to `address`: a path, or an abstract name behind "@". 0, or an errno: EAFNOSUPPORT where it is neither.
int ConnectForDatagrams(const char* address, FileDescriptor* socket);

// Two ends between two processes; each sees the other's end.
int PairForDatagrams(FileDescriptor* one, FileDescriptor* other);

// Sends `text`, at most 4096 bytes, if that can be done at once. 0, or an errno (EAGAIN: the receiver is slow).
int SendDatagram(int socket, absl::string_view text);

// One that was received, in its own memory (5 kB): nothing is allocated. The descriptors that came in it are closed with it.
class Datagram {
 public:
  static constexpr size_t kRoom = 4096;

  Datagram() = default;
  ~Datagram() { CloseDescriptors(); }
  Datagram(const Datagram&) = delete;
  Datagram& operator=(const Datagram&) = delete;

  // Receives what is there, once, without waiting. False where nothing is. Of a pair whose other end is gone an empty one comes for ever.
  bool Receive(int socket);

  absl::string_view text() const { return {text_, size_}; }
  // It was longer than that: what is here is cut short.
  bool cut() const { return cut_; }
  // As the receiver counts; 0 for one that it has no number for. The kernel vouches for it: only with CAP_SYS_ADMIN can a sender name somebody else.
  pid_t sender() const { return sender_; }
  bool has_descriptors() const { return rights_size_ != 0; }

  // Sends `text` with the descriptors that came in this one, if that can be done at once. They stay open here. 0, or an errno.
  int SendWithDescriptors(int socket, absl::string_view text);
  void CloseDescriptors();

 private:
  // For 253 descriptors (SCM_MAX_FD, the most that the kernel takes) and the sender.
  static constexpr size_t kControlRoom = 1088;

  size_t size_ = 0;
  pid_t sender_ = 0;
  bool cut_ = false;
  unsigned rights_at_ = 0;    // where in control_ the descriptors' message stands
  unsigned rights_size_ = 0;  // and its size; 0: none
  alignas(8) char control_[kControlRoom];
  char text_[kRoom];
};

}  // namespace foster

#endif  // FOSTER_OS_DATAGRAM_H_
