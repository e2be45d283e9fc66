// SPDX-License-Identifier: Apache-2.0
#include "tests/faults/modes.h"

#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <algorithm>

#include "tests/util/foster_process.h"

namespace foster {
namespace {

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  size_t begin = 0;
  while (begin < text.size()) {
    size_t end = text.find('\n', begin);
    if (end == std::string::npos) end = text.size();
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

Mode Make(std::string name, bool as_init, std::vector<std::string> options, std::vector<std::string> verb, int status,
          std::vector<std::string> said, bool ask_to_stop = false) {
  Mode mode;
  mode.name = std::move(name);
  mode.run.as_init = as_init;
  mode.run.ask_to_stop = ask_to_stop;
  if (ask_to_stop) mode.run.blocked = {SIGTERM, SIGUSR1};
  mode.run.argv = {FosterBinary()};
  mode.run.argv.insert(mode.run.argv.end(), options.begin(), options.end());
  mode.run.argv.push_back("--");
  for (std::string& word : Act(std::move(verb))) mode.run.argv.push_back(std::move(word));
  mode.status = status;
  mode.said = std::move(said);
  return mode;
}

// The address of a NOTIFY_SOCKET that is there as long as this process is, and is full: nobody reads it.
std::string DeafManager() {
  static const std::string address = [] {
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un name = {};
    name.sun_family = AF_UNIX;
    socklen_t size = sizeof name;
    if (fd < 0 || bind(fd, reinterpret_cast<struct sockaddr*>(&name), sizeof(sa_family_t)) != 0) return std::string();
    if (getsockname(fd, reinterpret_cast<struct sockaddr*>(&name), &size) != 0) return std::string();
    const int filler = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    while (sendto(filler, "X=1", 3, MSG_DONTWAIT, reinterpret_cast<struct sockaddr*>(&name), size) > 0) {
    }
    return "@" + std::string(name.sun_path + 1, size - offsetof(struct sockaddr_un, sun_path) - 1);
  }();
  return address;
}

// The workload in the run's own folder: another user may not enter those of a build.
void RunAs(const char* path, Mode* mode) {
  mode->run.play = true;
  for (std::string& word : mode->run.argv) {
    if (word == Act({}).front()) word = path;
  }
}

}  // namespace

std::vector<Mode> AllModes() {
  std::vector<Mode> modes;
  for (const char* reap : {"--reap=wait", "--reap=auto"}) {
    const std::string with = reap == std::string("--reap=wait") ? "wait" : "auto";
    modes.push_back(Make("init-" + with + "-exit", true, {reap}, {"exit", "7"}, 7, {}));
    modes.push_back(Make("init-" + with + "-stop", true, {reap}, {"handle", "15", "9"}, 9, {}, true));
    modes.push_back(Make("init-" + with + "-forced", true, {reap, "--grace=20ms"}, {"listen", "0"}, 128 + SIGKILL, {}, true));
    for (bool as_init : {true, false}) {
      Mode again = Make((as_init ? "init-" : "plain-") + with + "-restart", as_init, {reap, "--grace=1s", "--restart=on-failure:1", "--backoff=1ms"}, {"leave", "obey", "3"}, 3, {"asked"});
      again.remarks = 1;
      modes.push_back(again);
    }
    modes.push_back(Make("init-" + with + "-drain", true, {reap, "--grace=1s"}, {"leave", "obey", "3"}, 3, {"asked"}));
    modes.push_back(Make("plain-" + with + "-drain", false, {reap, "--grace=1s"}, {"leave", "obey", "3"}, 3, {"asked"}));
  }
  modes.push_back(Make("init-refuse", true, {"--grace=20ms"}, {"leave", "refuse", "4"}, 4, {"refusing"}));
  modes.push_back(Make("plain-refuse", false, {"--grace=20ms"}, {"leave", "refuse", "4"}, 4, {"refusing"}));
  const std::vector<std::string> wrapper = {"--new=pid,mount,uts,ipc", "--proc", "--hostname=faulty"};
  modes.push_back(Make("wrapper-exit", false, wrapper, {"exit", "7"}, 7, {}));
  modes.push_back(Make("wrapper-stop", false, wrapper, {"handle", "15", "9"}, 9, {}, true));
  modes.push_back(Make("init-delay", true, {"--stop-delay=1ms"}, {"handle", "15", "9"}, 9, {}, true));
  for (bool as_init : {true, false}) {
    Mode tells = Make(as_init ? "init-status" : "plain-status", as_init, {"--status-file=PLAY/status", "--log=json", "--grace=1s"}, {"leave", "obey", "3"}, 3, {"asked"});
    tells.run.play = true;
    modes.push_back(tells);
  }
  // Readiness and a watchdog, with somebody outside who is told, and never listens.
  const std::vector<std::string> notify = {"--ready=notify", "--watchdog=1h"};
  for (const char* how : {"init", "plain", "wrapper"}) {
    std::vector<std::string> options = notify;
    if (how == std::string("wrapper")) options.push_back("--new=pid");
    Mode mode = Make(std::string("notify-") + how, how == std::string("init"), options, {"say", "STATUS=up", "READY=1\nMAINPID=2", "WATCHDOG=1"}, 0, {"said", "ready"});
    mode.run.environment = {"NOTIFY_SOCKET=" + DeafManager()};
    modes.push_back(mode);
  }
  Mode newline = Make("notify-newline", false, {"--ready=fd:7"}, {"newline", "7"}, 0, {"said", "ready"});
  newline.run.environment = {"NOTIFY_SOCKET=" + DeafManager()};
  modes.push_back(newline);
  // Every option of the set-up that makes a system call, with a new root for which mount points are made in a folder that outlives the run.
  Mode whole = Make("setup-root", false,
                    {"--new=pid,mount,uts,ipc,net,cgroup,time", "--time-offset=boottime:1h", "--hostname=faulty", "--domainname=faulty", "--loopback", "--root=PLAY/root",
                     "--mount=tmpfs:/made/tmp", "--mount=bind:PLAY/file:/made/file:ro", "--mount=rbind:/usr", "--mount=rbind:/lib", "--mount=rbind:/lib64", "--mount=bind:PLAY/act:/made/act", "--proc", "--dev",
                     "--read-only=/made/tmp", "--mask=/usr/games", "--mask=/made/file", "--chdir=/made", "--user=65534", "--groups=65534", "--umask=027", "--env=HOME=/", "--rlimit=core=0",
                     "--oom-score-adj=500", "--nice=1", "--no-new-privs", "--drop-caps=net_raw", "--ambient-caps=kill"},
                    {"exit", "7"}, 7, {});
  RunAs("/made/act", &whole);
  modes.push_back(whole);
  // A user namespace whose maps somebody outside writes, and one whose maps its own process writes, with no PID namespace around it.
  Mode ranges = Make("setup-ranges", false, {"--new=user,pid,mount", "--uid-map=0:100000:10", "--gid-map=0:100000:10", "--proc", "--user=5:5"}, {"exit", "7"}, 7, {});
  RunAs("PLAY/act", &ranges);
  modes.push_back(ranges);
  modes.push_back(Make("setup-user", false, {"--new=user,uts", "--map-root", "--hostname=faulty", "--die-with-parent"}, {"exit", "7"}, 7, {}));
  Mode join = Make("setup-join", false, {"--join=PLAY/uts", "--new=ipc", "--hostname=faulty"}, {"exit", "7"}, 7, {});
  RunAs("PLAY/act", &join);
  modes.push_back(join);
  return modes;
}

std::vector<Mode> StopModes() {
  const std::vector<std::string> both = {"got 10", "got 15"};
  std::vector<Mode> modes;
  for (const char* reap : {"--reap=wait", "--reap=auto"}) {
    modes.push_back(Make(std::string("init ") + reap, true, {reap}, {"listen", "2"}, 0, both, true));
    modes.push_back(Make(std::string("plain ") + reap, false, {reap}, {"listen", "2"}, 0, both, true));
  }
  modes.push_back(Make("wrapper", false, {"--new=pid,mount,uts,ipc", "--proc"}, {"listen", "2"}, 0, both, true));
  return modes;
}

const char* VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kKept:
      return "kept";
    case Verdict::kRefused:
      return "refused";
    case Verdict::kFiles:
      return "files";
    case Verdict::kNotAgain:
      return "not-again";
    case Verdict::kStatus:
      return "status";
    case Verdict::kBroken:
      break;
  }
  return "BROKEN";
}

Verdict Judge(const Mode& mode, const Outcome& outcome) {
  if (outcome.hung || outcome.left_behind != 0 || !WIFEXITED(outcome.wait_status)) return Verdict::kBroken;
  if (outcome.mounts_left) return Verdict::kBroken;
  const std::vector<std::string> errors = LinesOf(outcome.err);
  for (const std::string& line : errors) {
    if (line.rfind("foster: ", 0) != 0 && line.rfind("{\"", 0) != 0) return Verdict::kBroken;
  }
  if (outcome.Shell() == mode.status) {
    const std::vector<std::string> lines = LinesOf(outcome.out);
    for (const std::string& wanted : mode.said) {
      const bool found = std::any_of(lines.begin(), lines.end(), [&wanted](const std::string& line) { return line.rfind(wanted, 0) == 0; });
      if (!found) return Verdict::kStatus;
    }
    return Verdict::kKept;
  }
  const bool own_status = outcome.Shell() >= 125 && outcome.Shell() <= 127;
  // Only a mode that starts its workload again has anything to remark.
  if (own_status && mode.remarks > 0 && !outcome.out.empty() && !errors.empty()) return Verdict::kNotAgain;
  if (!own_status || errors.size() != 1 || !outcome.out.empty()) return Verdict::kBroken;
  return outcome.files_left.empty() ? Verdict::kRefused : Verdict::kFiles;
}

}  // namespace foster
