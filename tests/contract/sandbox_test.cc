// SPDX-License-Identifier: Apache-2.0
// The contract's sections "What foster gives up" and "Secrets".
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "gtest/gtest.h"
#include "os/call_filter.h"
#include "os/credentials.h"
#include "tests/util/foster_process.h"
#include "tests/util/kernel.h"
#include "tests/util/proc.h"
#include "tests/util/registers.h"
#include "tests/util/setting.h"
#include "tests/util/temp_folder.h"

namespace foster {
namespace {

constexpr uid_t kNobody = 65534;

CapabilitySet Field(pid_t pid, const std::string& name) { return strtoull(StatusField(pid, name).c_str(), nullptr, 16); }

// Whether `pid` has gone into its sandbox, which it does right after the workload's start.
bool Entered(pid_t pid) {
  return Eventually([pid] { return StatusField(pid, "Seccomp") == "2"; });
}

// Every foster of a setting: the one that the test started, and a wrapper's inner half.
std::vector<pid_t> Fosters(const FosterProcess& foster) {
  std::vector<pid_t> all = {foster.pid()};
  if (foster.parent_of_workload() != foster.pid()) all.push_back(foster.parent_of_workload());
  return all;
}

class Sandbox : public InSetting {};
IN_EVERY_SETTING(Sandbox);

TEST_P(Sandbox, HasNoCapabilityButKillAndNoWayToMore) {
  if (!HaveCapability(CAP_KILL)) GTEST_SKIP() << "this test has no capabilities that could be given up";
  FosterProcess foster({.setting = GetParam(), .command = Act({"hold"})});
  foster.WaitFor("ready");
  for (pid_t pid : Fosters(foster)) {
    ASSERT_TRUE(Entered(pid));
    for (const char* set : {"CapEff", "CapPrm"}) EXPECT_EQ(Field(pid, set), CapabilityBit(CAP_KILL)) << set;
    for (const char* set : {"CapInh", "CapAmb"}) EXPECT_EQ(Field(pid, set), 0u) << set;
    EXPECT_EQ(StatusField(pid, "NoNewPrivs"), "1");
  }
  EXPECT_EQ(Field(foster.workload(), "CapEff"), Field(getpid(), "CapEff")) << "the workload's are its own";
  foster.CloseInput();
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(Sandbox, StillSignalsAWorkloadThatBecameAnotherUser) {
  if (!HaveCapability(CAP_SETUID) || !HaveCapability(CAP_KILL)) GTEST_SKIP() << "becoming another user needs CAP_SETUID";
  FosterProcess foster({.setting = GetParam(), .command = Act({"become", "65534"})});
  foster.WaitFor("ready");
  for (pid_t pid : Fosters(foster)) ASSERT_TRUE(Entered(pid));
  foster.Signal(SIGUSR1);
  foster.WaitFor("got 10");
  foster.Signal(SIGKILL);
  foster.Wait();
}

// What is the same with foster as without it, and what it would be.
std::vector<std::string> Seen(FosterProcess* process) {
  std::vector<std::string> lines;
  for (std::string line = process->NextLine(); line != "(end)"; line = process->NextLine()) lines.push_back(line);
  return lines;
}

TEST_P(Sandbox, LeavesTheWorkloadWithWhatItWouldHaveWithoutFoster) {
  FosterProcess with({.setting = GetParam(), .command = Act({"tell-process"})});
  const std::vector<std::string> under_foster = Seen(&with);
  EXPECT_EQ(with.Wait(), 0);
  FosterProcess without({.setting = GetParam(), .options = {"tell-process"}, .program = ActBinary()});
  const std::vector<std::string> alone = Seen(&without);
  EXPECT_EQ(without.Wait(), 0);
  EXPECT_GT(alone.size(), 60u);
  EXPECT_EQ(under_foster, alone);
}

TEST_P(Sandbox, LeavesALaterRunWithWhatTheFirstHad) {
  FosterProcess foster({.setting = GetParam(), .options = {"--restart=on-failure:1", "--backoff=0"}, .command = Act({"tell-process", "3"})});
  const std::vector<std::string> all = Seen(&foster);
  EXPECT_EQ(foster.Wait(), 3);
  ASSERT_EQ(all.size() % 2, 0u);
  const auto half = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
  EXPECT_EQ(std::vector<std::string>(all.begin(), half), std::vector<std::string>(half, all.end()));
}

// What an ordinary user's process inherits is all that its children can have.
TEST_P(Sandbox, LeavesALaterRunWithTheAmbientCapabilitiesOfTheFirst) {
  if (!HaveCapability(CAP_SETUID) || !HaveCapability(CAP_NET_BIND_SERVICE)) GTEST_SKIP() << "needs CAP_SETUID and a capability to keep";
  if (role() == Role::kWrapper) GTEST_SKIP() << "an ordinary user cannot make a PID namespace alone";
  const TempFolder folder(true);
  const std::string foster_copy = folder.CopyOf(FosterBinary());
  const std::string act_copy = folder.CopyOf(ActBinary());
  FosterProcess foster({.setting = GetParam(),
                        .options = {"--restart=on-failure:1", "--backoff=0", "--oom-score-adj=5"},
                        .command = {act_copy, "tell-process", "3"},
                        .before_exec = [] {
                          Capabilities one;
                          one.effective = one.permitted = one.inheritable = CapabilityBit(CAP_NET_BIND_SERVICE);
                          const gid_t none[] = {kNobody};
                          if (SetGroups(none, 1) != 0 || KeepCapabilities() != 0 || SetAllGids(kNobody) != 0 || SetAllUids(kNobody) != 0 || SetCapabilities(one) != 0 ||
                              RaiseAmbient(CAP_NET_BIND_SERVICE) != 0) {
                            _exit(97);
                          }
                        },
                        .binary = foster_copy});
  const std::vector<std::string> all = Seen(&foster);
  EXPECT_EQ(foster.Wait(), 3) << foster.Errors();
  int with_capability = 0;
  for (const std::string& line : all) with_capability += line == "status CapAmb:\t0000000000000400" ? 1 : 0;
  EXPECT_EQ(with_capability, 2);
  const auto half = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
  EXPECT_EQ(std::vector<std::string>(all.begin(), half), std::vector<std::string>(half, all.end()));
}

TEST_P(Sandbox, ThatMayStartTheWorkloadAgainKeepsPrivilegesInReserveOnly) {
  if (!HaveCapability(CAP_KILL)) GTEST_SKIP() << "this test has no capabilities that could be given up";
  FosterProcess foster({.setting = GetParam(), .options = {"--restart=always"}, .command = Act({"hold"})});
  foster.WaitFor("ready");
  const pid_t pid = foster.parent_of_workload();
  EXPECT_TRUE(Eventually([pid] { return Field(pid, "CapEff") == CapabilityBit(CAP_KILL); }));
  EXPECT_EQ(Field(pid, "CapPrm"), Field(getpid(), "CapPrm"));
  EXPECT_EQ(StatusField(pid, "NoNewPrivs"), "0") << "the next run would inherit it";
  EXPECT_EQ(StatusField(pid, "Seccomp"), StatusField(getpid(), "Seccomp")) << "and this as well";
  foster.Signal(SIGKILL);
  foster.Wait();
}

TEST_P(Sandbox, OfAPowerOffKeepsWhatRebootNeeds) {
  if (role() == Role::kPlain) GTEST_SKIP() << "only PID 1 can power off";
  if (!HaveCapability(CAP_SYS_BOOT)) GTEST_SKIP() << "this test may not reboot";
  FosterProcess foster({.setting = GetParam(), .options = {"--poweroff"}, .command = Act({"hold"})});
  foster.WaitFor("ready");
  const pid_t pid = foster.parent_of_workload();
  ASSERT_TRUE(Entered(pid));
  EXPECT_EQ(Field(pid, "CapEff"), CapabilityBit(CAP_KILL) | CapabilityBit(CAP_SYS_BOOT));
  foster.Signal(SIGPWR);  // power off: its parent sees SIGINT
  const int end = foster.Wait();
  EXPECT_EQ(end, role() == Role::kWrapper ? 130 : -SIGINT);
}

TEST_P(Sandbox, IsLeftOutWhereAskedFor) {
  FosterProcess foster({.setting = GetParam(), .options = {"--no-sandbox"}, .command = Act({"hold"})});
  foster.WaitFor("ready");
  for (pid_t pid : Fosters(foster)) {
    // Asleep at last, so that there is nothing to come.
    EXPECT_TRUE(Eventually([pid] { return StateOf(pid) == "S" && ReadLink("/proc/" + std::to_string(pid) + "/cwd") == "/"; }));
    for (const char* field : {"CapEff", "CapPrm", "NoNewPrivs", "Seccomp"}) EXPECT_EQ(StatusField(pid, field), StatusField(getpid(), field)) << field;
  }
  foster.CloseInput();
  EXPECT_EQ(foster.Wait(), 0);
}

TEST_P(Sandbox, IsLeftOutInPartWhereAskedFor) {
  FosterProcess foster({.setting = GetParam(), .options = {"--no-sandbox=privileges,undumpable"}, .command = Act({"hold"})});
  foster.WaitFor("ready");
  for (pid_t pid : Fosters(foster)) {
    EXPECT_TRUE(Entered(pid));
    EXPECT_EQ(Field(pid, "CapEff"), Field(getpid(), "CapEff"));
  }
  foster.CloseInput();
  EXPECT_EQ(foster.Wait(), 0);
}

// An old kernel, or a container's own filter.
TEST_P(Sandbox, ThatIsRefusedIsDoneWithoutAndToldOf) {
  FosterProcess foster({.setting = GetParam(), .options = {"-v"}, .command = Act({"listen", "1"}), .before_exec = [] {
                          struct sock_filter code[] = {
                              BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                              BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 2, 0),
                              BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_capset, 1, 0),
                              BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
                              BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
                          };
                          prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
                          if (InstallCallFilter(code, sizeof code / sizeof code[0]) != 0) _exit(97);
                        }});
  foster.WaitFor("ready");
  foster.Signal(SIGHUP);
  foster.WaitFor("got 1");
  EXPECT_EQ(foster.Wait(), 0);
  const std::string errors = foster.Errors();
  EXPECT_NE(errors.find("foster: sandbox: without a filter of its system calls: "), std::string::npos) << errors;
}

// Has `pid`, which waits in a system call, make another one. False where it cannot be traced.
bool MakeCall(pid_t pid, unsigned long number) {
  if (ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) != 0 || ptrace(PTRACE_INTERRUPT, pid, nullptr, nullptr) != 0) return false;
  int status = 0;
  if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status)) return false;
  return MakeItCall(pid, number) && ptrace(PTRACE_DETACH, pid, nullptr, nullptr) == 0;
}

TEST_P(Sandbox, EndsAtACallThatTheLoopDoesNotMakeLoudly) {
  if (!HaveCapability(CAP_SYS_PTRACE)) GTEST_SKIP() << "making foster call something needs CAP_SYS_PTRACE";
  for (long number : {static_cast<long>(SYS_getuid), static_cast<long>(SYS_execve), static_cast<long>(SYS_ptrace), static_cast<long>(SYS_socket)}) {
    FosterProcess foster({.setting = GetParam(), .command = Act({"hold"})});
    foster.WaitFor("ready");
    const pid_t pid = foster.parent_of_workload();
    ASSERT_TRUE(Entered(pid));
    ASSERT_TRUE(Eventually([pid] { return StateOf(pid) == "S"; }));
    if (!MakeCall(pid, static_cast<unsigned long>(number))) GTEST_SKIP() << "ptrace is not allowed here";
    foster.CloseInput();  // as a plain process foster leaves the workload behind
    EXPECT_EQ(foster.Wait(), role() == Role::kWrapper ? 128 + SIGSYS : -SIGSYS) << number;
  }
}

// The user that foster and its workload are: an ordinary one, or root without what Docker and its like do not give.
class SandboxAgainst : public testing::TestWithParam<std::tuple<Setting, bool>> {
 protected:
  void SetUp() override {
    const std::string why_not = WhyNot(setting());
    if (!why_not.empty()) GTEST_SKIP() << why_not;
    if (!HaveCapability(CAP_SETUID) || !HaveCapability(CAP_SETPCAP)) GTEST_SKIP() << "needs root";
    if (ordinary() && setting().role == Role::kWrapper) GTEST_SKIP() << "an ordinary user cannot make a PID namespace alone";
  }
  const Setting& setting() const { return std::get<0>(GetParam()); }
  bool ordinary() const { return std::get<1>(GetParam()); }

  // What came of each attempt of the workload on foster.
  std::map<std::string, std::string> Attempts(std::vector<std::string> options) {
    // CAP_PERFMON, or CAP_SYS_ADMIN, is enough for maps and environ on some kernels (6.18 for one).
    if (!ordinary()) options.push_back("--drop-caps=sys_ptrace,sys_admin,perfmon");
    const TempFolder folder(true);
    const std::string foster_copy = folder.CopyOf(FosterBinary());
    const std::string act_copy = folder.CopyOf(ActBinary());
    const bool ordinary = this->ordinary();
    FosterProcess foster({.setting = setting(), .options = options, .command = {act_copy, "attack"}, .before_exec = [ordinary] {
                            if (ordinary) {
                              const gid_t none[] = {kNobody};
                              if (SetGroups(none, 1) != 0 || SetAllGids(kNobody) != 0 || SetAllUids(kNobody) != 0) _exit(97);
                            }
                          }, .binary = foster_copy});
    foster.WaitFor("ready");
    // Until then foster may have capabilities that the workload has not, which is another reason to keep it out.
    EXPECT_TRUE(Entered(foster.parent_of_workload()));
    foster.Write("!");
    std::map<std::string, std::string> outcomes;
    for (std::string line = foster.NextLine(); line != "(end of attack)" && line != "(end)"; line = foster.NextLine()) {
      outcomes[line.substr(0, line.find('='))] = line.substr(line.find('=') + 1);
    }
    // Stopped or not, foster is still there.
    SendSignal(foster.parent_of_workload(), SIGCONT);
    foster.CloseInput();
    EXPECT_EQ(foster.Wait(), 0);
    return outcomes;
  }
};

INSTANTIATE_TEST_SUITE_P(, SandboxAgainst, testing::Combine(testing::ValuesIn(AllSettings()), testing::Bool()),
                         [](const testing::TestParamInfo<std::tuple<Setting, bool>>& info) {
                           return NameOf(std::get<0>(info.param)) + (std::get<1>(info.param) ? "AsAnOrdinaryUser" : "AsRoot");
                         });

TEST_P(SandboxAgainst, AWorkloadOfTheSameUserIsNeitherTracedNorRead) {
  const std::map<std::string, std::string> outcomes = Attempts({});
  for (const char* what : {"seize", "mem", "environ", "maps", "auxv", "stack", "syscall", "cwd", "root", "exe", "fd/0", "ns/pid", "process_vm_readv", "pidfd_getfd"}) {
    const auto found = outcomes.find(what);
    ASSERT_NE(found, outcomes.end()) << what;
    // Late 5.10 lets anybody follow this one, to an empty link; nothing is read or entered that way.
    if (std::string(what) == "ns/pid" && !KernelAtLeast(5, 11)) continue;
    EXPECT_TRUE(found->second == "EPERM" || found->second == "EACCES" || found->second == "ENOSYS") << what << "=" << found->second;
  }
}

// Or the sentence above would say nothing.
TEST_P(SandboxAgainst, AWorkloadOfTheSameUserIsWhatUndumpableIsFor) {
  const std::map<std::string, std::string> outcomes = Attempts({"--no-sandbox=undumpable"});
  for (const char* what : {"seize", "environ", "maps", "fd/0"}) {
    const auto found = outcomes.find(what);
    ASSERT_NE(found, outcomes.end()) << what;
    if (setting().role == Role::kPlain && std::string(what) == "seize" && found->second == "EPERM") continue;  // Yama
    EXPECT_EQ(found->second, "ok") << what;
  }
}

TEST_P(SandboxAgainst, AWorkloadPid1IsNotStopped) {
  if (setting().role == Role::kPlain) GTEST_SKIP() << "the kernel protects the init of a PID namespace only";
  const std::map<std::string, std::string> outcomes = Attempts({});
  const auto stop = outcomes.find("stop");
  ASSERT_NE(stop, outcomes.end());
  EXPECT_EQ(stop->second, "ok") << "the kernel drops it silently";
}

std::string CommandLineOf(pid_t pid) { return ReadFile("/proc/" + std::to_string(pid) + "/cmdline"); }
std::string EnvironmentOf(pid_t pid) { return ReadFile("/proc/" + std::to_string(pid) + "/environ"); }

class Secrets : public InSetting {};
IN_EVERY_SETTING(Secrets);

TEST_P(Secrets, ThatTheWorkloadIsGivenAreNotLeftInFostersCommandLine) {
  for (const char* restart : {"--restart=never", "--restart=always"}) {
    FosterProcess foster({.setting = GetParam(),
                          .options = {"--env=PASSWORD=open-sesame", "--env", "TOKEN=shibboleth", restart},
                          .command = Act({"tell-environment"})});
    foster.WaitFor("PASSWORD=open-sesame");
    foster.WaitFor("TOKEN=shibboleth");
    if (std::string(restart) == "--restart=always") {
      foster.WaitFor("PASSWORD=open-sesame");
      foster.WaitFor("TOKEN=shibboleth");
      for (pid_t pid : Fosters(foster)) {
        EXPECT_TRUE(Eventually([pid] { return CommandLineOf(pid).find("sesame") == std::string::npos; }));
        EXPECT_EQ(CommandLineOf(pid).find("shibboleth"), std::string::npos);
        EXPECT_NE(CommandLineOf(pid).find("--env=PASSWORD=***********"), std::string::npos) << "the rest can be read as before";
      }
      foster.Signal(SIGTERM);
    }
    foster.Wait();
  }
}

TEST_P(Secrets, InFostersOwnVariablesAreNotLeftInItsEnvironment) {
  FosterProcess foster({.setting = GetParam(), .command = Act({"hold"}), .environment = {"FOSTER_ENV=PASSWORD=open-sesame", "FOSTER_GRACE=3s", "OTHER=stays"}});
  foster.WaitFor("ready");
  for (pid_t pid : Fosters(foster)) {
    EXPECT_TRUE(Eventually([pid] { return EnvironmentOf(pid).find("sesame") == std::string::npos; }));
    EXPECT_NE(EnvironmentOf(pid).find("FOSTER_GRACE=**"), std::string::npos);
    EXPECT_NE(EnvironmentOf(pid).find("OTHER=stays"), std::string::npos) << "what foster only passed on is not its to touch";
  }
  foster.CloseInput();
  EXPECT_EQ(foster.Wait(), 0);
}

}  // namespace
}  // namespace foster
