// SPDX-License-Identifier: Apache-2.0
#include "tests/util/foster_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "gtest/gtest.h"
#include "os/clone.h"
#include "os/pidfd.h"
#include "tests/util/proc.h"

namespace foster {
namespace {

constexpr int kMinute = 60 * 1000;

std::string FirstThatIsThere(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    if (!path.empty() && access(path.c_str(), X_OK) == 0) {
      char whole[4096];
      return realpath(path.c_str(), whole) != nullptr ? whole : path;
    }
  }
  return "";
}

std::string Variable(const char* name) {
  const char* value = getenv(name);
  return value == nullptr ? "" : value;
}

std::string Beside(const std::string& name) {
  char self[4096];
  const ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
  if (size <= 0) return "";
  std::string path(self, static_cast<size_t>(size));
  return path.substr(0, path.rfind('/') + 1) + name;
}

std::string Runfile(const std::string& path) { return Variable("TEST_SRCDIR") + "/" + Variable("TEST_WORKSPACE") + "/" + path; }

std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> CommandLine(const Start& start) {
  std::vector<std::string> words = {!start.program.empty() ? start.program : !start.binary.empty() ? start.binary : FosterBinary()};
  if (start.program.empty()) {
    if (start.choose_reaper) words.push_back(start.setting.reaper == Reaper::kKernel ? "--reap=kernel" : "--reap=wait");
    if (start.setting.role == Role::kWrapper) words.push_back("--new=pid");
  }
  words.insert(words.end(), start.options.begin(), start.options.end());
  if (!start.command.empty() && words.size() > 1) words.push_back("--");
  words.insert(words.end(), start.command.begin(), start.command.end());
  return words;
}

std::vector<std::string> Environment(const Start& start) {
  std::vector<std::string> variables = start.environment;
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string name(*at, strcspn(*at, "=") + 1);
    const bool replaced = std::any_of(start.environment.begin(), start.environment.end(),
                                      [&](const std::string& variable) { return variable.compare(0, name.size(), name) == 0; });
    // FOSTER_CACHE and their like are the tests' own; foster would look for their option.
    const bool of_the_tests = name.compare(0, 7, "FOSTER_") == 0;
    if (!replaced && !of_the_tests) variables.push_back(*at);
  }
  return variables;
}

struct Pipe {
  FileDescriptor reader;
  FileDescriptor writer;
};

Pipe MakePipe() {
  int ends[2] = {-1, -1};
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0) << strerror(errno);
  // Above the standard three, which the child's dup2 would else run over.
  return {AboveStdio(FileDescriptor(ends[0])), AboveStdio(FileDescriptor(ends[1]))};
}

}  // namespace

std::string FosterBinary() {
  static const std::string path = FirstThatIsThere({Variable("FOSTER"), Runfile("init/foster"), "init/foster", Beside("foster")});
  EXPECT_FALSE(path.empty()) << "no foster to test: set FOSTER to its path";
  return path;
}

std::string ActBinary() {
  static const std::string path = FirstThatIsThere({Variable("FOSTER_WORKLOADS") + "/act", Beside("act"),
                                                    Runfile("tests/workloads/act"), "tests/workloads/act"});
  EXPECT_FALSE(path.empty()) << "no workload to run: set FOSTER_WORKLOADS to the folder of `act`";
  return path;
}

std::vector<std::string> Act(std::vector<std::string> verb_and_arguments) {
  verb_and_arguments.insert(verb_and_arguments.begin(), ActBinary());
  return verb_and_arguments;
}

std::vector<pid_t> ChildrenOf(pid_t pid) {
  const std::string number = std::to_string(pid);
  std::istringstream text(ReadFile("/proc/" + number + "/task/" + number + "/children"));
  std::vector<pid_t> children;
  for (pid_t child; text >> child;) children.push_back(child);
  return children;
}

FosterProcess::FosterProcess(const Start& start) : role_(start.setting.role) {
  // Whoever foster leaves behind comes to us, and is seen.
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  for (pid_t child : ChildrenOf(getpid())) others_.insert(child);

  const std::vector<std::string> words = CommandLine(start);
  std::vector<std::string> variables = Environment(start);
  if (start.names_listen_pid) variables.insert(variables.begin(), "LISTEN_PID=0000000000");
  const std::vector<char*> argv = Pointers(words);
  const std::vector<char*> environment = Pointers(variables);
  Pipe input, output, errors;
  if (start.with_stdio) {
    input = MakePipe();
    output = MakePipe();
    errors = MakePipe();
  }
  Pipe started = MakePipe();
  CloneResult child = Fork(role_ == Role::kInit ? CLONE_NEWPID : 0);
  if (child.pid < 0) {
    ADD_FAILURE() << "clone: " << strerror(child.error);
    return;
  }
  if (child.pid == 0) {
    if (start.with_stdio) {
      dup2(input.reader.get(), 0);
      dup2(output.writer.get(), 1);
      dup2(errors.writer.get(), 2);
    } else {
      for (int fd : {0, 1, 2}) close(fd);
    }
    if (start.own_session) setsid();
    if (start.names_listen_pid) snprintf(environment[0], variables[0].size() + 1, "LISTEN_PID=%d", getpid());
    if (start.before_exec) start.before_exec();
    if (start.traced) ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    execve(argv[0], argv.data(), environment.data());
    _exit(124);
  }
  pid_ = child.pid;
  pidfd_ = std::move(child.pidfd);
  input_ = std::move(input.writer);
  output_.fd = std::move(output.reader);
  errors_.fd = std::move(errors.reader);
  // Closed by exec.
  started.writer.Reset(-1);
  char byte;
  while (read(started.reader.get(), &byte, 1) < 0 && errno == EINTR) {
  }
}

FosterProcess::~FosterProcess() {
  if (pid_ < 0) return;
  if (ended_ && status_ >= 0) {
    for (pid_t child : ChildrenOf(getpid())) {
      if (others_.count(child) == 0) {
        ADD_FAILURE() << "foster left process " << child << " behind (" << StateOf(child) << ", " << ReadFile("/proc/" + std::to_string(child) + "/comm") << ")";
      }
    }
  }
  KillAll();
}

void FosterProcess::KillAll() {
  if (!ended_) kill(pid_, SIGKILL);
  // Each death may hand over more of them.
  for (;;) {
    bool any = false;
    for (pid_t child : ChildrenOf(getpid())) {
      if (others_.count(child) != 0) continue;
      any = true;
      kill(child, SIGKILL);
      waitpid(child, nullptr, __WALL);
    }
    if (!any) return;
  }
}

pid_t FosterProcess::parent_of_workload() const {
  if (role_ != Role::kWrapper) return pid_;
  pid_t inner = -1;
  EXPECT_TRUE(Eventually([&] {
    const std::vector<pid_t> children = ChildrenOf(pid_);
    if (children.empty()) return false;
    inner = children.front();
    return true;
  }));
  return inner;
}

pid_t FosterProcess::workload() const {
  const pid_t parent = parent_of_workload();
  pid_t found = -1;
  EXPECT_TRUE(Eventually([&] {
    const std::vector<pid_t> children = ChildrenOf(parent);
    if (children.empty()) return false;
    found = children.front();
    return true;
  })) << "there is no workload";
  return found;
}

bool IsFostersWait(long call) {
  return call == SYS_ppoll || call == SYS_rt_sigtimedwait || call == SYS_pselect6;
}

bool SendSignal(pid_t pid, int signo) {
  // -1 and 0 mean everybody, and a whole group.
  if (pid <= 0) {
    ADD_FAILURE() << "there is no process to signal";
    return false;
  }
  return kill(pid, signo) == 0;
}

void FosterProcess::Signal(int signo) const { EXPECT_TRUE(SendSignal(pid_, signo)) << strerror(errno); }

void FosterProcess::Queue(int signo, int value) const {
  siginfo_t info = {};
  info.si_signo = signo;
  info.si_code = SI_QUEUE;
  info.si_pid = getpid();
  info.si_uid = getuid();
  info.si_value.sival_int = value;
  // By number: the C library keeps a few signals for itself.
  EXPECT_EQ(syscall(SYS_rt_sigqueueinfo, pid_, signo, &info), 0) << strerror(errno);
}

bool FosterProcess::ReadMore(Stream* stream) {
  struct pollfd one = {stream->fd.get(), POLLIN, 0};
  if (poll(&one, 1, kMinute) != 1) {
    ADD_FAILURE() << "nothing was said for a minute; read so far and not used: \"" << stream->text << "\"";
    stream->fd.Reset(-1);
    return false;
  }
  char chunk[4096];
  const ssize_t got = read(stream->fd.get(), chunk, sizeof chunk);
  if (got <= 0) return false;
  stream->text.append(chunk, static_cast<size_t>(got));
  return true;
}

std::string FosterProcess::LineOf(Stream* stream) {
  size_t end;
  while ((end = stream->text.find('\n')) == std::string::npos) {
    if (!ReadMore(stream)) return "(end)";
  }
  std::string line = stream->text.substr(0, end);
  stream->text.erase(0, end + 1);
  return line;
}

std::string FosterProcess::NextLine() { return LineOf(&output_); }

std::string FosterProcess::WaitFor(const std::string& beginning) {
  for (;;) {
    std::string line = NextLine();
    if (line.compare(0, beginning.size(), beginning) == 0) return line;
    if (line == "(end)") {
      ADD_FAILURE() << "no line begins with \"" << beginning << "\"; stderr: " << errors_.text;
      return line;
    }
  }
}

std::string FosterProcess::WaitForError(const std::string& part) {
  for (;;) {
    std::string line = LineOf(&errors_);
    if (line.find(part) != std::string::npos) return line;
    if (line == "(end)") {
      ADD_FAILURE() << "no line on stderr has \"" << part << "\"";
      return line;
    }
  }
}

std::string FosterProcess::Rest() {
  while (ReadMore(&output_)) {
  }
  return std::move(output_.text);
}

std::string FosterProcess::Errors() {
  while (ReadMore(&errors_)) {
  }
  return std::move(errors_.text);
}

void FosterProcess::Write(const std::string& text) const {
  EXPECT_EQ(write(input_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

bool FosterProcess::Ended() const { return ended_ || PidfdEnded(pidfd_.get()); }

int FosterProcess::Wait() {
  if (ended_ || pid_ < 0) return status_;
  struct pollfd one = {pidfd_.get(), POLLIN, 0};
  if (poll(&one, 1, kMinute) != 1) {
    ADD_FAILURE() << "foster has not ended within a minute";
    return -1000;
  }
  int word = 0;
  EXPECT_EQ(waitpid(pid_, &word, 0), pid_);
  ended_ = true;
  status_ = WIFEXITED(word) ? WEXITSTATUS(word) : -WTERMSIG(word);
  return status_;
}

}  // namespace foster
