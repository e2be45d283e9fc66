// SPDX-License-Identifier: Apache-2.0
// The contract's section "Held by foster".
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "os/file_descriptor.h"
#include "tests/util/foster_process.h"
#include "tests/util/proc.h"
#include "tests/util/setting.h"
#include "tests/util/temp_folder.h"

namespace foster {
namespace {

// What the descriptors of a process refer to.
std::vector<std::string> Descriptors(pid_t pid) {
  std::vector<std::string> targets;
  const std::string path = "/proc/" + std::to_string(pid) + "/fd";
  DIR* folder = opendir(path.c_str());
  EXPECT_NE(folder, nullptr);
  while (const struct dirent* entry = folder == nullptr ? nullptr : readdir(folder)) {
    if (entry->d_name[0] != '.') targets.push_back(ReadLink(path + "/" + entry->d_name));
  }
  if (folder != nullptr) closedir(folder);
  return targets;
}

class Held : public InSetting {
 protected:
  static void Open(const FileDescriptor& fd, int as) { EXPECT_EQ(dup2(fd.get(), as), as); }
};
IN_EVERY_SETTING(Held);

TEST_P(Held, IsNoInheritedDescriptorSoThatAPipesReaderSeesItsEnd) {
  for (int number : {3, 4, 17, 900}) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const FileDescriptor reader(ends[0]);
    FileDescriptor writer(ends[1]);
    FosterProcess foster({.setting = GetParam(),
                          .command = Act({"drop", std::to_string(number)}),
                          .before_exec = [&] {
                            if (writer.get() == number) {
                              fcntl(number, F_SETFD, 0);
                            } else {
                              dup2(writer.get(), number);
                            }
                          }});
    writer.Reset(-1);
    foster.WaitFor("ready");  // the workload has closed its own
    struct pollfd one = {reader.get(), POLLIN, 0};
    EXPECT_EQ(poll(&one, 1, 60000), 1) << "somebody still holds descriptor " << number;
    char byte;
    EXPECT_EQ(read(reader.get(), &byte, 1), 0);
    EXPECT_FALSE(foster.Ended());
    foster.CloseInput();
    EXPECT_EQ(foster.Wait(), 0);
  }
}

TEST_P(Held, AreOnlyDescriptorsOfFostersOwnKind) {
  FosterProcess foster({.setting = GetParam(), .command = Act({"hold"}), .before_exec = [] {
                          for (int number : {3, 4, 5, 200}) dup2(1, number);
                        }});
  foster.WaitFor("ready");
  for (pid_t pid : {foster.pid(), foster.parent_of_workload()}) {
    const auto own = [&] {
      std::vector<std::string> targets = Descriptors(pid);
      return std::count_if(targets.begin(), targets.end(), [](const std::string& target) { return target.find("pipe:") == 0; });
    };
    EXPECT_TRUE(Eventually([&] { return own() == 3; })) << "stdin, stdout and stderr";
    EXPECT_LE(Descriptors(pid).size(), 6u);
  }
  foster.CloseInput();
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(Held, AreNotTheWorkloadsDescriptorsWhichItGetsAll) {
  FosterProcess foster({.setting = GetParam(), .command = Act({"tell-descriptors"}), .before_exec = [] {
                          // Not closed: one of them is how the test sees that foster runs.
                          for (int number = 3; number < 1024; ++number) fcntl(number, F_SETFD, FD_CLOEXEC);
                          for (int number : {5, 9}) dup2(1, number);
                        }});
  EXPECT_EQ(foster.NextLine(), "open=0,1,2,5,9") << "and none of foster's";
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(Held, IsNoWorkingDirectory) {
  const TempFolder folder;
  FosterProcess foster({.setting = GetParam(), .command = Act({"hold"}), .before_exec = [&] {
                          if (chdir(folder.path().c_str()) != 0) _exit(97);
                        }});
  foster.WaitFor("ready");
  EXPECT_EQ(ReadLink("/proc/" + std::to_string(foster.workload()) + "/cwd"), folder.path()) << "the workload starts where foster was started";
  for (pid_t pid : {foster.pid(), foster.parent_of_workload()}) {
    EXPECT_TRUE(Eventually([&] { return ReadLink("/proc/" + std::to_string(pid) + "/cwd") == "/"; }));
  }
  foster.CloseInput();
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(Held, IsKeptForTheNextRunWhereThereMayBeOne) {
  const TempFolder folder;
  FosterProcess foster({.setting = GetParam(), .options = {"--restart=always", "--backoff=1ms"}, .command = Act({"hold"}), .before_exec = [&] {
                          // Not closed: one of them is how the test sees that foster runs.
                          for (int number = 3; number < 1024; ++number) fcntl(number, F_SETFD, FD_CLOEXEC);
                          dup2(1, 9);
                          if (chdir(folder.path().c_str()) != 0) _exit(97);
                        }});
  foster.WaitFor("ready");
  const pid_t first = foster.workload();
  const std::string keeper = "/proc/" + std::to_string(foster.parent_of_workload());
  EXPECT_EQ(ReadLink(keeper + "/fd/9"), ReadLink(keeper + "/fd/1"));
  EXPECT_EQ(ReadLink(keeper + "/cwd"), folder.path());
  // None of foster's own stays open in the workload for that.
  std::vector<std::string> targets = Descriptors(first);
  EXPECT_EQ(targets.size(), 4u);
  foster.CloseInput();  // the first run ends; the next ones find their input at its end
  foster.WaitFor("ready");
  EXPECT_EQ(ReadLink(keeper + "/fd/9"), ReadLink(keeper + "/fd/1"));
  EXPECT_EQ(ReadLink(keeper + "/cwd"), folder.path());
  foster.Signal(SIGTERM);
  const int code = foster.Wait();
  EXPECT_TRUE(code == 0 || code == 128 + SIGTERM) << code;  // between two runs, or in one
}

}  // namespace
}  // namespace foster
