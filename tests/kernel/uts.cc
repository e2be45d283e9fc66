// SPDX-License-Identifier: Apache-2.0
// UTS namespaces: host and domain name.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "os/file_descriptor.h"
#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/kernel/steps.h"
#include "tests/util/proc.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

constexpr char kHostname[] = "/proc/sys/kernel/hostname";

long SetHostname(const char* name) { return Sys(SYS_sethostname, name, strlen(name)); }
std::string Hostname() {
  struct utsname names;
  NEED_SYS(Sys(SYS_uname, &names));
  return names.nodename;
}

BEHAVIOUR(Uts, StartsAsACopy, "UTS-01", "A new UTS namespace starts with its maker's names; /proc/sys/kernel/hostname tells the name of whoever reads it, even by a descriptor that was opened outside.",
          "uts_namespaces(7); kernel/utsname_sysctl.c get_uts(); no man page has the latter", "2.6.19",
          {{"inside at first", "outer"}, {"sethostname inside", "0"}, {"inside", "inner"}, {"outside", "outer"}, {"descriptor from outside, read inside", "inner\n"}}) {
  NEED_SYS(SetHostname("outer"));
  const int file = static_cast<int>(NEED_SYS(Checked(::open(kHostname, O_RDONLY | O_CLOEXEC))));
  Actor init = Actor::Start(CLONE_NEWPID | CLONE_NEWUTS);
  init.Call([=] {
    seen.Put("inside at first", Hostname());
    seen.Put("sethostname inside", Said(SetHostname("inner")));
    seen.Put("inside", Hostname());
    char text[65] = {};
    NEED(::pread(file, text, sizeof text - 1, 0) > 0);
    seen.Put("descriptor from outside, read inside", text);
  });
  seen.Put("outside", Hostname());
}

BEHAVIOUR(Uts, NamesHave64Characters, "UTS-02", "A name may have up to 64 characters, none included; more are refused (EINVAL).", "sethostname(2), ERRORS", "all", {{"64", "0"}, {"65", "EINVAL"}, {"0", "0"}, {"domain name", "0"}}) {
  const std::string name(65, 'x');
  seen.Put("64", Said(Sys(SYS_sethostname, name.c_str(), 64)));
  seen.Put("65", Said(Sys(SYS_sethostname, name.c_str(), 65)));
  seen.Put("0", Said(Sys(SYS_sethostname, name.c_str(), 0)));
  seen.Put("domain name", Said(Sys(SYS_setdomainname, "example", 7)));
}

BEHAVIOUR(Uts, UnshareIsForTheCaller, "UTS-03", "unshare(CLONE_NEWUTS) moves the caller itself, at once: the name that it sets is its own, and its parent's stays.", "uts_namespaces(7); unshare(2)", "2.6.19", {{"unshare", "0"}, {"child", "changed"}, {"parent", "outer"}}) {
  NEED_SYS(SetHostname("outer"));
  Actor child = Actor::Start();
  child.Call([seen] {
    seen.Put("unshare", Said(Sys(SYS_unshare, CLONE_NEWUTS)));
    NEED_SYS(SetHostname("changed"));
    seen.Put("child", Hostname());
  });
  seen.Put("parent", Hostname());
}

BEHAVIOUR(Uts, NeedsThePrivilegeOfItsOwner, "UTS-04", "Another user may neither set the name nor make UTS or PID namespaces (EPERM); in a user namespace of its own it may do all of that.", "sethostname(2), ERRORS; user_namespaces(7)", "3.8",
          {{"sethostname", "EPERM"}, {"unshare UTS", "EPERM"}, {"unshare PID", "EPERM"}, {"with a user namespace", "0"}, {"then sethostname", "0"}}) {
  Actor user = Actor::Start();
  user.Call([] { BecomeUser(1000); });
  user.Call([seen] {
    seen.Put("sethostname", Said(SetHostname("name")));
    seen.Put("unshare UTS", Said(Sys(SYS_unshare, CLONE_NEWUTS)));
    seen.Put("unshare PID", Said(Sys(SYS_unshare, CLONE_NEWPID)));
    const long own = Sys(SYS_unshare, CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWUTS);
    if (own == -EPERM || own == -ENOSPC) seen.Skip("unshare(CLONE_NEWUSER) as an ordinary user: " + Said(own));
    seen.Put("with a user namespace", Said(own));
    seen.Put("then sethostname", Said(SetHostname("name")));
  });
}

// "changed", or "nothing": what poll(2) says of the hostname's file now.
std::string Polled(int file) {
  struct pollfd one = {file, POLLPRI, 0};
  NEED_SYS(Checked(::poll(&one, 1, 0)));
  return one.revents == 0 ? "nothing" : "changed";
}

BEHAVIOUR(Uts, ChangesCanBePolled, "UTS-05", "poll(2) of /proc/sys/kernel/hostname tells of a change.", "kernel/utsname_sysctl.c; fs/proc/proc_sysctl.c proc_sys_poll()", "3.3", {{"before", "nothing"}, {"after", "changed"}}) {
  NEED_SYS(SetHostname("one"));
  const FileDescriptor file(static_cast<int>(NEED_SYS(Checked(::open(kHostname, O_RDONLY | O_CLOEXEC)))));
  Polled(file.get());
  seen.Put("before", Polled(file.get()));
  NEED_SYS(SetHostname("two"));
  seen.Put("after", Polled(file.get()));
}

BEHAVIOUR(Uts, ChangesElsewhereWakeAsWell, "UTS-06", "So does a change in another UTS namespace, which the reader cannot see: what is read afterwards is what it was.", "kernel/utsname_sysctl.c uts_proc_notify()", "3.3", {{"before", "nothing"}, {"after", "changed"}, {"name", "outer\n"}}) {
  NEED_SYS(SetHostname("outer"));
  const FileDescriptor file(static_cast<int>(NEED_SYS(Checked(::open(kHostname, O_RDONLY | O_CLOEXEC)))));
  Actor init = Actor::Start(CLONE_NEWPID | CLONE_NEWUTS);
  Polled(file.get());
  seen.Put("before", Polled(file.get()));
  init.Call([] { return NEED_SYS(SetHostname("inner")); });
  seen.Put("after", Polled(file.get()));
  seen.Put("name", ReadFile(kHostname));
}

BEHAVIOUR(Uts, DomainNameHasItsOwnFile, "UTS-07", "The domain name is the UTS namespace's too, and is written by /proc/sys/kernel/domainname as by setdomainname(2).", "uts_namespaces(7)", "2.6.19", {{"write", "0"}, {"uname inside", "inner.example"}, {"outside as before", true}}) {
  const std::string outside = ReadFile("/proc/sys/kernel/domainname");
  Actor init = Actor::Start(CLONE_NEWPID | CLONE_NEWUTS);
  init.Call([seen] {
    const long written = WriteFile("/proc/sys/kernel/domainname", "inner.example");
    if (written == -EACCES) seen.Skip("/proc/sys/kernel/domainname: EACCES (it is for root of the initial user namespace)");
    seen.Put("write", Said(written));
    // struct utsname has it under a name that depends on the C library's mood: it is the sixth of 65 bytes.
    char names[6][65];
    NEED_SYS(Sys(SYS_uname, names));
    seen.Put("uname inside", names[5]);
  });
  seen.Put("outside as before", ReadFile("/proc/sys/kernel/domainname") == outside);
}

}  // namespace
}  // namespace foster
