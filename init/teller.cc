// SPDX-License-Identifier: Apache-2.0
#include "init/teller.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "init/line.h"
#include "os/file_descriptor.h"
#include "signals/signal_name.h"

namespace foster {
namespace {

// How many of those who are left are named.
constexpr int kNamed = 32;
// How much of the command line is told.
constexpr int kWords = 64;

void AddSignal(JsonLine* line, absl::string_view key, int signo) { line->Text(key, SignalName(signo)).Number("number", signo); }

void AddKnown(JsonLine* line, absl::string_view key, int64_t value) {
  if (value < 0) {
    line->Null(key);
  } else {
    line->Number(key, value);
  }
}

void AddTime(JsonLine* line, absl::string_view key, const struct timeval& time) {
  line->Seconds(key, time.tv_sec * int64_t{1000000} + time.tv_usec);
}

void AddUsage(JsonLine* line, const struct rusage* usage) {
  if (usage == nullptr) {
    line->Null("usage");
    return;
  }
  line->OpenObject("usage");
  AddTime(line, "user", usage->ru_utime);
  AddTime(line, "system", usage->ru_stime);
  line->Number("max_rss_kb", usage->ru_maxrss);
  line->Number("minor_faults", usage->ru_minflt).Number("major_faults", usage->ru_majflt);
  line->Number("blocks_in", usage->ru_inblock).Number("blocks_out", usage->ru_oublock);
  line->Number("waits", usage->ru_nvcsw).Number("preemptions", usage->ru_nivcsw);
  line->Close();
}

// The name in "PID (NAME) STATE …" (proc(5)); false for a zombie, which is nobody any more, and for who has gone.
bool ReadName(pid_t pid, char (&text)[128], absl::string_view* name) {
  Line path;
  path.Add({"/proc/", Decimal(pid), "/stat", absl::string_view("\0", 1)});
  FileDescriptor file(open(path.text().data(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return false;
  const ssize_t got = read(file.get(), text, sizeof text);
  if (got <= 0) return false;
  const absl::string_view all(text, static_cast<size_t>(got));
  const size_t begin = all.find('(');
  const size_t end = all.rfind(')');
  if (begin == absl::string_view::npos || end == absl::string_view::npos || end + 2 >= all.size()) return false;
  *name = all.substr(begin + 1, end - begin - 1);
  return all[end + 2] != 'Z' && all[end + 2] != 'X';
}

struct Naming {
  JsonLine* line = nullptr;  // null: only counted
  int count = 0;
};

void NameOne(void* context, pid_t pid) {
  Naming& naming = *static_cast<Naming*>(context);
  char text[128];
  absl::string_view name;
  if (!ReadName(pid, text, &name)) return;
  if (naming.count++ >= kNamed || naming.line == nullptr) return;
  naming.line->OpenObject("").Number("pid", pid).Text("name", name).Close();
}

}  // namespace

void Teller::Prepare() {
  if (!on()) return;
  oom_.Open();
  oom_at_start_ = oom_before_ = oom_.Read();
}

void Teller::Descriptors(int (&fds)[3]) const {
  fds[0] = on() ? stream_->output(0).fd() : -1;
  fds[1] = on() ? stream_->output(1).fd() : -1;
  fds[2] = oom_.fd();
}

void Teller::SetUpDone(bool init) {
  if (!on()) return;
  JsonLine line = stream_->Begin("setup");
  line.Number("foster", getpid()).Bool("init", init);
  stream_->Send(&line);
}

void Teller::Wrapped(pid_t init) {
  if (!on()) return;
  JsonLine line = stream_->BeginOuter("wrapper");
  line.Number("foster", getpid()).Number("init", init);
  stream_->Send(&line);
}

void Teller::Started(pid_t pid, unsigned run, bool kernel_reaps, char* const* argv) {
  if (!on()) return;
  oom_before_ = oom_.Read();
  JsonLine line = stream_->Begin("started");
  if (pid > 0) {
    line.Number("pid", pid);
  } else {
    line.Null("pid");
  }
  line.Number("run", run).Text("reaper", kernel_reaps ? "kernel" : "wait").OpenList("argv");
  for (int i = 0; argv != nullptr && argv[i] != nullptr && i < kWords; ++i) line.Text("", argv[i]);
  line.Close();
  stream_->Send(&line);
}

void Teller::Ready(absl::string_view by, unsigned run) {
  if (!on()) return;
  JsonLine line = stream_->Begin("ready");
  line.Text("by", by).Number("run", run);
  stream_->Send(&line);
}

void Teller::Said(absl::string_view event, absl::string_view status) {
  if (!on()) return;
  JsonLine line = stream_->Begin(event);
  if (event == "status") line.Text("text", status);
  stream_->Send(&line);
}

void Teller::MainPid(pid_t pid) {
  if (!on()) return;
  JsonLine line = stream_->Begin("main");
  line.Number("pid", pid);
  stream_->Send(&line);
}

void Teller::Stop(absl::string_view why, const struct signalfd_siginfo& info, SignalOrigin origin, bool outer) {
  if (!on()) return;
  JsonLine line = outer ? stream_->BeginOuter("relayed") : stream_->Begin("stop");
  line.Text("why", why);
  if (info.ssi_signo != 0) {
    AddSignal(&line, "signal", static_cast<int>(info.ssi_signo));
    line.OpenObject("sender");
    switch (origin) {
      case SignalOrigin::kInside:
      case SignalOrigin::kSelf:
        line.Text("from", "process").Number("pid", info.ssi_pid).Number("uid", info.ssi_uid);
        break;
      case SignalOrigin::kOutside:
        line.Text("from", "outside").Number("uid", info.ssi_uid);
        break;
      case SignalOrigin::kKernel:
      case SignalOrigin::kRelayed:
        line.Text("from", "kernel");
        break;
    }
    line.Close();
  }
  stream_->Send(&line);
}

void Teller::Watchdog(pid_t pid) {
  if (!on()) return;
  JsonLine line = stream_->Begin("watchdog");
  line.Number("pid", pid);
  stream_->Send(&line);
}

void Teller::Ended(const RunEnd& end) {
  if (!on()) return;
  JsonLine line = stream_->Begin("ended");
  line.Number("pid", end.pid).Number("run", end.run);
  if (end.status.signal != 0) {
    AddSignal(&line, "signal", end.status.signal);
    line.Bool("core_dumped", end.status.core_dumped);
  } else {
    line.Number("code", end.status.code);
  }
  AddUsage(&line, end.usage);
  const int64_t now = oom_.Read();
  AddKnown(&line, "oom_kills", now < 0 || oom_before_ < 0 ? -1 : now - oom_before_);
  if (end.notified_error >= 0) line.Number("errno", end.notified_error);
  if (end.notified_exit >= 0) line.Number("exit_status", end.notified_exit);
  stream_->Send(&line);
}

void Teller::Leftovers(Scope scope, absl::string_view signal) {
  if (!on()) return;
  Naming count = {};
  const bool seen = VisitEveryone(scope, NameOne, &count);
  if (seen ? count.count == 0 : !AnyoneLeft(scope, IsInit(scope))) return;
  JsonLine line = stream_->Begin("leftovers");
  line.Text("signal", signal);
  AddKnown(&line, "count", seen ? count.count : -1);
  line.OpenList("processes");
  Naming naming = {&line};
  if (seen) VisitEveryone(scope, NameOne, &naming);
  line.Close();
  stream_->Send(&line);
}

void Teller::Restart(unsigned run, Nanoseconds pause) {
  if (!on()) return;
  JsonLine line = stream_->Begin("restart");
  line.Number("run", run).Seconds("pause", pause / 1000);
  stream_->Send(&line);
}

void Teller::Failed(absl::string_view message) {
  if (!on()) return;
  JsonLine line = stream_->Begin("failed");
  line.Text("message", message);
  stream_->Send(&line);
}

void Teller::Exit(int code, absl::string_view reason, unsigned runs, int64_t orphans) {
  if (!on()) return;
  JsonLine line = stream_->Begin("exit");
  line.Number("code", code).Text("reason", reason).Number("runs", runs);
  AddKnown(&line, "orphans", orphans);
  const int64_t now = oom_.Read();
  AddKnown(&line, "oom_kills", now < 0 || oom_at_start_ < 0 ? -1 : now - oom_at_start_);
  stream_->Send(&line);
}

void Teller::InitKilled(int signo, int code) {
  if (!on()) return;
  JsonLine line = stream_->BeginOuter("init-killed");
  AddSignal(&line, "signal", signo);
  line.Number("code", code);
  const int64_t now = oom_.Read();
  AddKnown(&line, "oom_kills", now < 0 || oom_at_start_ < 0 ? -1 : now - oom_at_start_);
  stream_->Send(&line);
}

}  // namespace foster
