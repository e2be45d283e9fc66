// SPDX-License-Identifier: Apache-2.0
// Network namespaces as a container's init finds them: empty but for a loopback that is down.
#include <arpa/inet.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "os/file_descriptor.h"
#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/kernel/steps.h"
#include "tests/util/kernel.h"
#include "tests/util/proc.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

Actor StartAlone(Facts seen, unsigned long flags = 0) {
  Actor init = Actor::TryStart(CLONE_NEWPID | CLONE_NEWNET | flags);
  if (!init.valid()) seen.Skip("clone(CLONE_NEWNET): " + ErrnoName(init.error()) + " (CONFIG_NET_NS)");
  return init;
}

// Flags of an interface, or a negated errno.
long FlagsOf(const char* name) {
  const FileDescriptor socket(static_cast<int>(NEED_SYS(Checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)))));
  struct ifreq request = {};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  const long result = Checked(::ioctl(socket.get(), SIOCGIFFLAGS, &request));
  return result < 0 ? result : request.ifr_flags & 0xffff;
}

long BringUp(const char* name) {
  const FileDescriptor socket(static_cast<int>(NEED_SYS(Checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)))));
  struct ifreq request = {};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  request.ifr_flags = static_cast<short>(FlagsOf(name) | IFF_UP);
  return Checked(::ioctl(socket.get(), SIOCSIFFLAGS, &request));
}

// Names of interfaces by their index, as long as there are any: a new namespace's begin at 1.
std::string Interfaces() {
  std::string names;
  const FileDescriptor socket(static_cast<int>(NEED_SYS(Checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)))));
  for (int index = 1; index < 32; ++index) {
    struct ifreq request = {};
    request.ifr_ifindex = index;
    if (::ioctl(socket.get(), SIOCGIFNAME, &request) == 0) names += (names.empty() ? "" : " ") + std::string(request.ifr_name);
  }
  return names;
}

// A datagram to oneself on 127.0.0.1: 0, or why it did not arrive.
long Loop() {
  const FileDescriptor socket(static_cast<int>(NEED_SYS(Checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)))));
  struct sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  long result = Checked(::bind(socket.get(), reinterpret_cast<struct sockaddr*>(&address), length));
  if (result == 0) result = Checked(::getsockname(socket.get(), reinterpret_cast<struct sockaddr*>(&address), &length));
  if (result == 0) result = Checked(::sendto(socket.get(), "x", 1, MSG_DONTWAIT, reinterpret_cast<struct sockaddr*>(&address), length));
  char byte;
  if (result == 1) result = Checked(::recv(socket.get(), &byte, 1, 0));
  return result == 1 ? 0 : result;
}

// Modules of tunnels add interfaces of their own to every namespace (net.core.fb_tunnels_only_for_init_net): down, like the loopback.
bool AllDown() {
  for (int index = 1; index < 32; ++index) {
    char name[IFNAMSIZ];
    if (::if_indextoname(static_cast<unsigned>(index), name) == nullptr) continue;
    if ((FlagsOf(name) & IFF_UP) != 0) return false;
  }
  return true;
}

BEHAVIOUR(Network, StartsWithALoopbackThatIsDown, "NET-01", "A new network namespace has a loopback, first and down, and nothing that is up: not even 127.0.0.1 can be reached (ENETUNREACH, or EADDRNOTAVAIL for binding to it).", "network_namespaces(7); net/core/net_namespace.c", "2.6.29",
          {{"first interface", "lo"}, {"everything is down", true}, {"127.0.0.1", AnyOf({"ENETUNREACH", "EADDRNOTAVAIL"})}}) {
  Actor init = StartAlone(seen);
  init.Call([seen] {
    const std::string names = Interfaces();
    seen.Put("interfaces", names);
    seen.Put("first interface", names.substr(0, names.find(' ')));
    seen.Put("everything is down", AllDown());
    const long result = Loop();
    seen.Put("127.0.0.1", result == -ENETUNREACH ? "ENETUNREACH" : Said(result));
  });
}

BEHAVIOUR(Network, LoopbackNeedsToBeBroughtUpOnly, "NET-02", "Once the loopback is up 127.0.0.1 works: the kernel gives it its address.", "netdevice(7); net/ipv4/devinet.c inetdev_event()", "2.6.29", {{"bring up", "0"}, {"127.0.0.1", "0"}, {"up", true}}) {
  Actor init = StartAlone(seen);
  init.Call([seen] {
    seen.Put("bring up", Said(BringUp("lo")));
    seen.Put("127.0.0.1", Said(Loop()));
    seen.Put("up", (FlagsOf("lo") & IFF_UP) != 0);
  });
}

BEHAVIOUR(Network, NeedsThePrivilegeOfItsOwner, "NET-03", "Without CAP_NET_ADMIN the loopback cannot be brought up (EPERM); the root of a user namespace that was made with the network namespace has it.", "netdevice(7); user_namespaces(7)", "3.8",
          {{"as user 1000", "EPERM"}, {"in its own user namespace", "0"}}) {
  Actor init = StartAlone(seen);
  seen.Put("as user 1000", Said(init.Call([] { return AsUser(1000, [] { return BringUp("lo"); }); })));
  Actor own = Actor::TryStart(CLONE_NEWUSER | CLONE_NEWNET);
  if (!own.valid()) seen.Skip("clone(CLONE_NEWUSER | CLONE_NEWNET): " + ErrnoName(own.error()));
  seen.Put("in its own user namespace", Said(own.Call([] { return BringUp("lo"); })));
}

long BindAbstract(const char* name) {
  struct sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path + 1, name, strlen(name));
  const int socket = static_cast<int>(NEED_SYS(Checked(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0))));
  return Checked(::bind(socket, reinterpret_cast<struct sockaddr*>(&address), static_cast<socklen_t>(sizeof(sa_family_t) + 1 + strlen(name))));
}

BEHAVIOUR(Network, AbstractNamesAreTheNetworkNamespaces, "NET-04", "Abstract Unix addresses belong to the network namespace: in a new one a name is free again, in a new PID namespace alone it is not (EADDRINUSE).", "network_namespaces(7); unix(7), Abstract", "2.6.29",
          {{"first", "0"}, {"again, new PID namespace", "EADDRINUSE"}, {"again, new network namespace", "0"}}) {
  NEED_SYS(Sys(SYS_unshare, CLONE_NEWNET));
  const auto bind = [] { return BindAbstract("foster-test"); };
  seen.Put("first", Said(bind()));
  Actor same = Actor::Start(CLONE_NEWPID);
  Actor alone = StartAlone(seen);
  seen.Put("again, new PID namespace", Said(same.Call(bind)));
  seen.Put("again, new network namespace", Said(alone.Call(bind)));
}

BEHAVIOUR(Network, ASocketStaysWhereItWasMade, "NET-05", "A socket belongs to the network namespace in which it was made, whoever uses it: one from outside still sees the interfaces there.", "network_namespaces(7); net/socket.c", "2.6.29",
          {{"by a socket of its own", "ENODEV"}, {"by one from outside", "0"}}) {
  NEED_SYS(Sys(SYS_unshare, CLONE_NEWNET));
  // A name that only this namespace has.
  const int outside = static_cast<int>(NEED_SYS(Checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0))));
  struct ifreq rename = {};
  strcpy(rename.ifr_name, "lo");
  strcpy(rename.ifr_newname, "renamed");
  NEED_SYS(Checked(::ioctl(outside, SIOCSIFNAME, &rename)));
  Actor init = StartAlone(seen);
  const auto look = [](int socket) {
    struct ifreq request = {};
    strcpy(request.ifr_name, "renamed");
    return Said(Checked(::ioctl(socket, SIOCGIFFLAGS, &request)));
  };
  init.Call([=] {
    const FileDescriptor own(static_cast<int>(NEED_SYS(Checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)))));
    seen.Put("by a socket of its own", look(own.get()));
    seen.Put("by one from outside", look(outside));
  });
}

BEHAVIOUR(Network, SettingsAreItsOwn, "NET-06", "Settings under /proc/sys/net are the network namespace's of whoever opens them, whatever procfs it is: what is set inside stays inside.", "network_namespaces(7); fs/proc/proc_net.c", "4.10",
          {{"write", "0"}, {"inside", "1\n"}, {"outside as before", true}}) {
  constexpr char kForward[] = "/proc/sys/net/ipv4/ip_forward";
  NEED_SYS(Sys(SYS_unshare, CLONE_NEWNET));
  const std::string before = ReadFile(kForward);
  Actor init = StartAlone(seen);
  init.Call([=] {
    seen.Put("write", Said(WriteFile(kForward, "1")));
    seen.Put("inside", ReadFile(kForward));
  });
  seen.Put("outside as before", ReadFile(kForward) == before);
}

BEHAVIOUR(Network, LowPortsAreAskedOfItsOwner, "NET-07", "A port below ip_unprivileged_port_start (1024) needs CAP_NET_BIND_SERVICE; the setting is the network namespace's own, and with 0 every user may bind to port 80.", "ip(7); net/ipv4/af_inet.c", "4.11",
          {{"as user 1000", "EACCES"}, {"write 0", "0"}, {"as user 1000 then", "0"}}) {
  Actor init = StartAlone(seen);
  const auto bind = []() -> long {
    const FileDescriptor socket(static_cast<int>(NEED_SYS(Checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)))));
    struct sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(80);
    return Checked(::bind(socket.get(), reinterpret_cast<struct sockaddr*>(&address), sizeof address));
  };
  init.Call([=] {
    seen.Put("as user 1000", Said(AsUser(1000, bind)));
    seen.Put("write 0", Said(WriteFile("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0")));
    seen.Put("as user 1000 then", Said(AsUser(1000, bind)));
  });
}

}  // namespace
}  // namespace foster
