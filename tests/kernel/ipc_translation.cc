// SPDX-License-Identifier: Apache-2.0
// Process numbers that locks, queues, timers and other objects tell, to readers in another PID namespace than the one that they name.
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#include "os/file_descriptor.h"
#include "tests/kernel/behaviour.h"
#include "tests/kernel/cast.h"
#include "tests/kernel/steps.h"
#include "tests/util/proc.h"
#include "tests/util/signals.h"
#include "tests/util/wait_status.h"

namespace foster {
namespace {

// Takes a write lock on the whole file, or asks who has one.
long Lock(int file, int command, struct flock* lock) {
  *lock = {};
  lock->l_type = F_WRLCK;
  return Checked(::fcntl(file, command, lock));
}

int OpenLockFile() { return static_cast<int>(NEED_SYS(Checked(::open("locked", O_RDWR | O_CLOEXEC)))); }

BEHAVIOUR(IpcTranslation, HoldersOfLocksFromOutsideAreNobody, "IPC-01", "F_GETLK inside tells of a lock that is held outside, by number 0; outside it tells the init's outside number.", "fcntl_locking(2); fs/locks.c locks_translate_pid()", "4.14",
          {{"inside: conflict", true}, {"inside: l_pid", 0}, {"outside: conflict", true}, {"outside: l_pid is the init", true}}) {
  MakeFile("locked");
  Actor init = Actor::Start(CLONE_NEWPID);
  struct flock lock;
  const int file = OpenLockFile();
  NEED_SYS(Lock(file, F_SETLK, &lock));
  init.Call([seen] {
    struct flock lock;
    NEED_SYS(Lock(OpenLockFile(), F_GETLK, &lock));
    seen.Put("inside: conflict", lock.l_type == F_WRLCK);
    seen.Put("inside: l_pid", lock.l_pid);
  });
  lock.l_type = F_UNLCK;
  NEED_SYS(Checked(::fcntl(file, F_SETLK, &lock)));
  init.Call([] {
    struct flock lock;
    return NEED_SYS(Lock(OpenLockFile(), F_SETLK, &lock));
  });
  NEED_SYS(Lock(file, F_GETLK, &lock));
  seen.Put("outside: conflict", lock.l_type == F_WRLCK);
  seen.Put("outside: l_pid is the init", lock.l_pid == init.pid());
}

// The lines of a procfs's list of locks about process `pid`.
long LocksOf(const std::string& proc, pid_t pid) {
  const std::string text = ReadFile(proc + "/locks"), number = " WRITE " + std::to_string(pid) + " ";
  long lines = 0;
  for (size_t at = text.find(number); at != std::string::npos; at = text.find(number, at + 1)) ++lines;
  return lines;
}

BEHAVIOUR(IpcTranslation, ListOfLocksIsTheNamespaces, "IPC-02", "/proc/locks of a namespace lists its members' locks by their inner numbers, and leaves out what is held outside.", "proc_locks(5); fs/locks.c locks_show()", "4.9",
          {{"the init's own", 1}, {"the driver's, inside", 0}, {"the driver's, outside", 1}, {"the init's, outside", 1}}) {
  MakeFile("locked");
  MakeFile("another");
  const pid_t own = static_cast<pid_t>(Sys(SYS_getpid));
  struct flock lock;
  NEED_SYS(Lock(OpenLockFile(), F_SETLK, &lock));
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Call([=] {
    NEED_SYS(MountProc("inner"));
    struct flock lock;
    NEED_SYS(Lock(static_cast<int>(NEED_SYS(Checked(::open("another", O_RDWR | O_CLOEXEC)))), F_SETLK, &lock));
    seen.Put("the init's own", LocksOf("inner", 1));
    seen.Put("the driver's, inside", LocksOf("inner", own));
  });
  seen.Put("the driver's, outside", LocksOf("/proc", own));
  seen.Put("the init's, outside", LocksOf("/proc", init.pid()));
}

// The driver and the init share the sandbox's IPC namespace.
BEHAVIOUR(IpcTranslation, SharedMemoryNamesItsUsersToTheReader, "IPC-03", "shmctl(2) tells the maker and the last user of shared memory by the reader's numbers: 0 for one outside, the outside number for one inside.", "shmctl(2); ipc/shm.c", "4.17",
          {{"inside: cpid", 0}, {"inside: lpid", 1}, {"outside: cpid is the driver", true}, {"outside: lpid is the init", true}}) {
  const int id = static_cast<int>(Checked(::shmget(IPC_PRIVATE, 4096, 0600)));
  if (id == -ENOSYS) seen.Skip("shmget: ENOSYS (CONFIG_SYSVIPC)");
  NEED_SYS(id);
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Call([=] {
    NEED(::shmat(id, nullptr, 0) != reinterpret_cast<void*>(-1));
    struct shmid_ds info;
    NEED_SYS(Checked(::shmctl(id, IPC_STAT, &info)));
    seen.Put("inside: cpid", info.shm_cpid);
    seen.Put("inside: lpid", info.shm_lpid);
  });
  struct shmid_ds info;
  NEED_SYS(Checked(::shmctl(id, IPC_STAT, &info)));
  seen.Put("outside: cpid is the driver", info.shm_cpid == Sys(SYS_getpid));
  seen.Put("outside: lpid is the init", info.shm_lpid == init.pid());
}

struct Message {
  long type = 1;
  char text = 0;
};

BEHAVIOUR(IpcTranslation, MessageQueuesNameTheirUsersToTheReader, "IPC-03b", "msgctl(2) tells the last sender and receiver of a message queue by the reader's numbers.", "msgctl(2); ipc/msg.c", "4.17",
          {{"inside: lspid", 1}, {"outside: lspid is the init", true}, {"inside: lrpid of the driver", 0}}) {
  const int id = static_cast<int>(Checked(::msgget(IPC_PRIVATE, 0600)));
  if (id == -ENOSYS) seen.Skip("msgget: ENOSYS (CONFIG_SYSVIPC)");
  NEED_SYS(id);
  Actor init = Actor::Start(CLONE_NEWPID);
  const auto status = [id] {
    struct msqid_ds info;
    NEED_SYS(Checked(::msgctl(id, IPC_STAT, &info)));
    return info;
  };
  init.Call([=] {
    const Message message;
    NEED_SYS(Checked(::msgsnd(id, &message, sizeof message.text, 0)));
    seen.Put("inside: lspid", status().msg_lspid);
  });
  seen.Put("outside: lspid is the init", status().msg_lspid == init.pid());
  Message message;
  NEED_SYS(Checked(::msgrcv(id, &message, sizeof message.text, 0, 0)));
  init.Call([=] { seen.Put("inside: lrpid of the driver", status().msg_lrpid); });
}

BEHAVIOUR(IpcTranslation, SemaphoresNameTheirUsersToTheReader, "IPC-03c", "GETPID of a semaphore tells who changed it last, by the reader's numbers.", "semctl(2), GETPID; ipc/sem.c", "4.17",
          {{"inside", 1}, {"outside is the init", true}, {"inside: the driver", 0}}) {
  const int id = static_cast<int>(Checked(::semget(IPC_PRIVATE, 1, 0600)));
  if (id == -ENOSYS) seen.Skip("semget: ENOSYS (CONFIG_SYSVIPC)");
  NEED_SYS(id);
  Actor init = Actor::Start(CLONE_NEWPID);
  const auto raise = [id] {
    struct sembuf up = {0, 1, 0};
    return NEED_SYS(Checked(::semop(id, &up, 1)));
  };
  const auto last = [id] { return NEED_SYS(Checked(::semctl(id, 0, GETPID))); };
  init.Call(raise);
  seen.Put("inside", init.Call(last));
  seen.Put("outside is the init", last() == init.pid());
  raise();
  seen.Put("inside: the driver", init.Call(last));
}

// mq_notify(3) with a signal, by system call: the C library's may make a thread.
mqd_t OpenQueue() {
  struct mq_attr attributes = {};
  attributes.mq_maxmsg = 2;
  attributes.mq_msgsize = 8;
  return static_cast<mqd_t>(Sys(SYS_mq_open, "foster", O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600, &attributes));
}

// Asks to be told of the next message by SIGUSR1, which is recorded.
void WatchQueue(int queue) {
  RecordSignal(SIGUSR1);
  struct sigevent event = {};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGUSR1;
  NEED_SYS(Sys(SYS_mq_notify, queue, &event));
}

long SendToQueue(int queue) { return Sys(SYS_mq_timedsend, queue, "hello", 5, 0, nullptr); }
void EmptyQueue(int queue) {
  char text[8];
  NEED_SYS(Sys(SYS_mq_timedreceive, queue, text, sizeof text, nullptr, nullptr));
}

BEHAVIOUR(IpcTranslation, MqNotifyNamesTheSenderToTheReceiver, "IPC-04", "The signal of mq_notify(3) names the sender of the message by its receiver's numbers: the outside number of an init, 0 for one outside.", "mq_notify(3); ipc/mqueue.c __do_notify()", "3.8",
          {{"outside: signals", 1}, {"outside: si_pid is the init", true}, {"outside: si_code", SI_MESGQ}, {"inside: signals", 1}, {"inside: si_pid", 0}}) {
  const int queue = static_cast<int>(OpenQueue());
  if (queue == -ENOSYS) seen.Skip("mq_open: ENOSYS (CONFIG_POSIX_MQUEUE)");
  NEED_SYS(queue);
  Actor init = Actor::Start(CLONE_NEWPID);
  WatchQueue(queue);
  init.Call([=] { return NEED_SYS(SendToQueue(queue)); });
  seen.Put("outside: signals", Recorded(SIGUSR1).count);
  seen.Put("outside: si_pid is the init", Recorded(SIGUSR1).pid == init.pid());
  seen.Put("outside: si_code", Recorded(SIGUSR1).code);
  EmptyQueue(queue);
  init.Call([=] { WatchQueue(queue); });
  NEED_SYS(SendToQueue(queue));
  init.Call([=] {
    seen.Put("inside: signals", Recorded(SIGUSR1).count);
    seen.Put("inside: si_pid", Recorded(SIGUSR1).pid);
  });
}

// A pipe whose reading end tells its owner of data by a signal.
struct Told {
  int ends[2];
  Told() { NEED_SYS(Checked(::pipe2(ends, O_CLOEXEC | O_NONBLOCK))); }
  long SetOwner(pid_t pid) const { return Checked(::fcntl(ends[0], F_SETOWN, pid)); }
  long Owner() const { return Sys(SYS_fcntl, ends[0], F_GETOWN); }
};

BEHAVIOUR(IpcTranslation, OwnersOfFilesAreTranslated, "IPC-05", "F_GETOWN tells the owner of a file by the reader's numbers, 0 for one outside.", "fcntl(2), F_GETOWN; fs/fcntl.c f_getown()", "2.6.24",
          {{"inside, owner outside", 0}, {"inside, own", 1}, {"outside, the init", true}}) {
  const Told told;
  NEED_SYS(told.SetOwner(static_cast<pid_t>(Sys(SYS_getpid))));
  Actor init = Actor::Start(CLONE_NEWPID);
  init.Call([=] {
    seen.Put("inside, owner outside", told.Owner());
    NEED_SYS(told.SetOwner(1));
    seen.Put("inside, own", told.Owner());
  });
  seen.Put("outside, the init", told.Owner() == init.pid());
}

BEHAVIOUR(IpcTranslation, SigioGoesUp, "IPC-06", "What an init writes into a pipe whose O_ASYNC owner is outside sends that one SIGIO: a signal that crosses upwards.", "fcntl(2), F_SETOWN; otherwise than pid_namespaces(7) has it (members cannot signal ancestors)", "2.6.24",
          {{"write", 1}, {"outside: signals", 1}}) {
  const Told told;
  NEED_SYS(told.SetOwner(static_cast<pid_t>(Sys(SYS_getpid))));
  NEED_SYS(Checked(::fcntl(told.ends[0], F_SETFL, O_NONBLOCK | O_ASYNC)));
  RecordSignal(SIGIO);
  Actor init = Actor::Start(CLONE_NEWPID);
  seen.Put("write", init.Call([=] { return Checked(::write(told.ends[1], "", 1)); }));
  seen.Put("outside: signals", Recorded(SIGIO).count);
}

BEHAVIOUR(IpcTranslation, FanotifyNamesWhoIsVisible, "IPC-07", "Events of a fanotify group that was made inside have the inner numbers of members, and 0 for who is outside.", "fanotify(7); fs/notify/fanotify/fanotify_user.c", "3.9",
          {{"own access", 1}, {"access from outside", 0}}) {
  MakeFile("watched", "text");
  Actor init = Actor::Start(CLONE_NEWPID);
  const auto read = [] {
    const FileDescriptor file(static_cast<int>(NEED_SYS(Checked(::open("watched", O_RDONLY | O_CLOEXEC)))));
    char byte;
    return NEED_SYS(Checked(::read(file.get(), &byte, 1)));
  };
  const auto next = [](int group) -> long {
    alignas(struct fanotify_event_metadata) char buffer[sizeof(struct fanotify_event_metadata)];
    NEED_SYS(Checked(::read(group, buffer, sizeof buffer)));
    const auto* event = reinterpret_cast<struct fanotify_event_metadata*>(buffer);
    if (event->fd >= 0) ::close(event->fd);
    return event->pid;
  };
  const int group = static_cast<int>(init.Call([] { return Sys(SYS_fanotify_init, FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY); }));
  if (group == -ENOSYS || group == -EPERM) seen.Skip("fanotify_init: " + Said(group) + " (CONFIG_FANOTIFY, CAP_SYS_ADMIN in the initial user namespace)");
  NEED_SYS(group);
  init.Call([=] {
    NEED_SYS(Sys(SYS_fanotify_mark, group, FAN_MARK_ADD, FAN_ACCESS, AT_FDCWD, "watched"));
    read();
    seen.Put("own access", next(group));
  });
  read();
  init.Call([=] { seen.Put("access from outside", next(group)); });
}

// Interprocess objects themselves are the IPC namespace's, whatever the PID namespace.
BEHAVIOUR(IpcTranslation, IdsAreTheIpcNamespaces, "IPC-08", "A System V id names nothing in another IPC namespace (EINVAL), and a POSIX queue's name neither (ENOENT); in another PID namespace alone both are the same.", "ipc_namespaces(7)", "2.6.30",
          {{"shm: new PID namespace", "0"}, {"shm: new IPC namespace", "EINVAL"}, {"queue: new PID namespace", "0"}, {"queue: new IPC namespace", "ENOENT"}}) {
  const int id = static_cast<int>(Checked(::shmget(IPC_PRIVATE, 4096, 0600)));
  const long queue = OpenQueue();
  if (id == -ENOSYS || queue == -ENOSYS) seen.Skip("no System V or POSIX interprocess objects in this kernel");
  NEED_SYS(id);
  NEED_SYS(queue);
  Actor same = Actor::Start(CLONE_NEWPID);
  Actor other = Actor::Start(CLONE_NEWPID | CLONE_NEWIPC);
  const auto look = [id] {
    struct shmid_ds info;
    return Checked(::shmctl(id, IPC_STAT, &info));
  };
  const auto open = [] {
    const long opened = Sys(SYS_mq_open, "foster", O_RDWR | O_CLOEXEC, 0, nullptr);
    return opened < 0 ? opened : 0;
  };
  seen.Put("shm: new PID namespace", Said(same.Call(look)));
  seen.Put("shm: new IPC namespace", Said(other.Call(look)));
  seen.Put("queue: new PID namespace", Said(same.Call(open)));
  seen.Put("queue: new IPC namespace", Said(other.Call(open)));
}

BEHAVIOUR(IpcTranslation, LimitsAreTheIpcNamespaces, "IPC-09", "/proc/sys/kernel/shmmni and fs/mqueue/msg_max are an IPC namespace's own: what is written inside is not seen outside.", "ipc_namespaces(7)", "2.6.30",
          {{"write shmmni", "0"}, {"shmmni inside", "77\n"}, {"shmmni outside as before", true}, {"write msg_max", "0"}, {"msg_max inside", "7\n"}, {"msg_max outside as before", true}}) {
  constexpr char kShmmni[] = "/proc/sys/kernel/shmmni";
  constexpr char kMsgMax[] = "/proc/sys/fs/mqueue/msg_max";
  const std::string shmmni = ReadFile(kShmmni), msg_max = ReadFile(kMsgMax);
  if (shmmni.empty() || msg_max.empty()) seen.Skip("no System V or POSIX interprocess objects in this kernel");
  Actor init = Actor::Start(CLONE_NEWPID | CLONE_NEWIPC);
  init.Call([=] {
    seen.Put("write shmmni", Said(WriteFile(kShmmni, "77")));
    seen.Put("shmmni inside", ReadFile(kShmmni));
    seen.Put("write msg_max", Said(WriteFile(kMsgMax, "7")));
    seen.Put("msg_max inside", ReadFile(kMsgMax));
  });
  seen.Put("shmmni outside as before", ReadFile(kShmmni) == shmmni);
  seen.Put("msg_max outside as before", ReadFile(kMsgMax) == msg_max);
}

BEHAVIOUR(IpcTranslation, SharedMemoryOutlivesThePidNamespace, "IPC-10", "Shared memory of a PID namespace that shares its IPC namespace stays when the PID namespace ends, and goes on naming its maker by a number that is nobody's, or another's, by then.", "ipc_namespaces(7); shmget(2)", "2.6.30",
          {{"segment", "0"}, {"its maker is the dead init's number", true}}) {
  Actor init = Actor::Start(CLONE_NEWPID);
  const long id = init.Call([] { return Checked(::shmget(0x666f7374, 4096, IPC_CREAT | 0600)); });
  if (id == -ENOSYS) seen.Skip("shmget: ENOSYS (CONFIG_SYSVIPC)");
  NEED_SYS(id);
  const pid_t number = init.pid();
  {
    Actor gone = std::move(init);  // with its pidfd
    gone.Exit(0);
    gone.Reap();
  }
  struct shmid_ds info;
  seen.Put("segment", Said(Checked(::shmctl(static_cast<int>(id), IPC_STAT, &info))));
  seen.Put("its maker is the dead init's number", info.shm_cpid == number);
}

}  // namespace
}  // namespace foster
