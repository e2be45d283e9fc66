// SPDX-License-Identifier: Apache-2.0
// The contract's section "Exit status".
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/util/foster_process.h"
#include "tests/util/setting.h"
#include "tests/util/temp_folder.h"

namespace foster {
namespace {

size_t Lines(const std::string& text) { return static_cast<size_t>(std::count(text.begin(), text.end(), '\n')); }

// Runs foster to its end: how it ended, and its one line on stderr, which must be one where it failed.
struct Outcome {
  int status;
  std::string said;
};
Outcome RunToEnd(const Start& start) {
  FosterProcess foster(start);
  Outcome outcome;
  outcome.said = foster.Errors();
  outcome.status = foster.Wait();
  return outcome;
}

class ExitStatus : public InSetting {
 protected:
  Outcome Run(const std::vector<std::string>& command, const std::vector<std::string>& environment = {}) {
    return RunToEnd({.setting = GetParam(), .command = command, .environment = environment});
  }
};
IN_EVERY_SETTING(ExitStatus);

TEST_P(ExitStatus, IsTheWorkloads) {
  for (int code : {0, 1, 2, 7, 64, 124, 125, 126, 127, 128, 143, 200, 255}) {
    const Outcome outcome = Run(Act({"exit", std::to_string(code)}));
    EXPECT_EQ(outcome.status, code);
    EXPECT_EQ(outcome.said, "") << "nothing is worth a word in an ordinary end";
  }
}

TEST_P(ExitStatus, Is128AndTheSignalThatTheWorkloadDiedOf) {
  for (int signo = 1; signo <= 64; ++signo) {
    switch (signo) {
      case SIGCHLD: case SIGURG: case SIGWINCH: case SIGCONT:            // kill nobody
      case SIGSTOP: case SIGTSTP: case SIGTTIN: case SIGTTOU:  // nor these
        continue;
    }
    EXPECT_EQ(Run(Act({"die", std::to_string(signo)})).status, 128 + signo);
  }
}

TEST_P(ExitStatus, Is127WhereTheCommandIsNotFound) {
  const TempFolder folder;
  for (const std::string& name : {std::string("no-such-command-anywhere"), folder.path() + "/missing", std::string("/nonexistent/missing")}) {
    const Outcome outcome = Run({name});
    EXPECT_EQ(outcome.status, 127) << name;
    EXPECT_EQ(outcome.said, "foster: exec \"" + name + "\": not found\n");
  }
  EXPECT_EQ(Run({""}).status, 127) << "an empty name is nobody's";
  EXPECT_EQ(Run({ActBinary() + "/below-a-file"}).status, 127);
}

TEST_P(ExitStatus, Is126WhereTheCommandIsFoundAndIsNotExecutable) {
  TempFolder folder;
  const std::string plain = folder.File("plain", "text\n", 0600);
  const Outcome denied = Run({plain});
  EXPECT_EQ(denied.status, 126);
  EXPECT_EQ(denied.said, "foster: exec \"" + plain + "\": Permission denied\n");
  EXPECT_EQ(Run({folder.path()}).status, 126) << "a folder";
  EXPECT_EQ(Run({"plain"}, {"PATH=/nonexistent:" + folder.path()}).status, 126) << "found by PATH";
  EXPECT_EQ(Run({std::string(300, 'x')}).status, 126) << "a name that no file can have";

  const std::string loop = folder.path() + "/loop";
  ASSERT_EQ(symlink(loop.c_str(), loop.c_str()), 0);
  const Outcome looped = Run({loop});
  EXPECT_EQ(looped.status, 126);
  EXPECT_NE(looped.said.find("ymbolic link"), std::string::npos) << looped.said;
  unlink(loop.c_str());

  const std::string broken = folder.File("broken", "\177ELF and no more", 0700);
  EXPECT_EQ(Run({broken}).status, 126) << "no program for this machine";
}

TEST_P(ExitStatus, Is126WhereTheInterpreterIsMissingAndSaysSo) {
  TempFolder folder;
  const std::string script = folder.File("script", "#!/nonexistent/interpreter\n", 0700);
  for (const std::vector<std::string>& environment : {std::vector<std::string>{}, {"PATH=" + folder.path()}}) {
    const std::string name = environment.empty() ? script : "script";
    const Outcome outcome = Run({name}, environment);
    EXPECT_EQ(outcome.status, 126);
    EXPECT_NE(outcome.said.find("\"" + name + "\""), std::string::npos) << outcome.said;
    EXPECT_NE(outcome.said.find("interpreter"), std::string::npos) << outcome.said;
    EXPECT_EQ(Lines(outcome.said), 1u);
  }
}

TEST_P(ExitStatus, OfAScriptWithoutAFirstLineIsTheScripts) {
  if (access("/bin/sh", X_OK) != 0) GTEST_SKIP() << "there is no /bin/sh here";
  TempFolder folder;
  const std::string script = folder.File("script", "[ \"$1 $2\" = 'a b c' ] && exit 9\n", 0700);
  EXPECT_EQ(Run({script, "a b", "c"}).status, 9);
  EXPECT_EQ(Run({"script", "a b", "c"}, {"PATH=" + folder.path()}).status, 9);
}

TEST_P(ExitStatus, ComesFromTheFirstCommandInPathThatCanBeRun) {
  TempFolder first, second;
  first.File("tool", "no right to execute", 0600);
  second.File("tool", "#!" + ActBinary() + " exit\n", 0700);  // act exit PATH-of-tool: a number is missing, 99
  EXPECT_EQ(Run({"tool"}, {"PATH=" + first.path() + "::" + second.path()}).status, 99);
}

class OwnFailure : public InSetting {};
IN_EVERY_SETTING(OwnFailure);

TEST_P(OwnFailure, IsExitStatus125WithOneLineThatNamesOptionObjectAndReason) {
  const struct {
    std::vector<std::string> options;
    const char* named;
    const char* reason;
  } kWrong[] = {
      {{"--grace=soon"}, "foster: --grace: \"soon\"", "not a duration"},
      {{"--rewrite=TERM"}, "foster: --rewrite: \"TERM\"", "FROM:TO"},
      {{"--rewrite=KILL:TERM"}, "foster: --rewrite: \"KILL\"", "cannot be rewritten"},
      {{"--rewrite=TERM:NOSUCH"}, "foster: --rewrite: \"NOSUCH\"", "no such signal"},
      {{"--rewrite=65:TERM"}, "foster: --rewrite: \"65\"", "no such signal"},
      {{"--to=everybody"}, "foster: --to: \"everybody\"", "process, group, namespace"},
      {{"--reap=never"}, "foster: --reap: \"never\"", "auto, kernel, wait"},
      {{"--new=pid,moon"}, "foster: --new: \"moon\"", "no such kind of namespace"},
      {{"--hostname=" + std::string(65, 'x')}, "foster: --hostname: \"", "64"},
      {{"--no-such-option"}, "foster: --no-such-option", "no such option"},
      {{"--rewrit=TERM:HUP"}, "foster: --rewrit", "did you mean --rewrite?"},
      {{"-Z"}, "foster: -Z", "no such option"},
      {{"--verbose=3"}, "foster: --verbose", "takes no value"},
  };
  for (const auto& wrong : kWrong) {
    const Outcome outcome = RunToEnd({.setting = GetParam(), .options = wrong.options, .command = Act({"exit", "0"})});
    EXPECT_EQ(outcome.status, 125) << wrong.options[0];
    EXPECT_EQ(Lines(outcome.said), 1u) << outcome.said;
    EXPECT_EQ(outcome.said.compare(0, strlen(wrong.named), wrong.named), 0) << outcome.said;
    EXPECT_NE(outcome.said.find(wrong.reason), std::string::npos) << outcome.said;
  }
}

TEST_P(OwnFailure, IsOneLineWhateverAValueHolds) {
  const std::string hostile = "1\nfoster is well\r\x1b[2J\x7f";
  for (const std::string& option : {"--grace=" + hostile, "--new=" + hostile, "--rewrite=" + hostile, "--" + hostile}) {
    const Outcome outcome = RunToEnd({.setting = GetParam(), .options = {option}, .command = Act({"exit", "0"})});
    EXPECT_EQ(outcome.status, 125);
    EXPECT_EQ(Lines(outcome.said), 1u) << outcome.said;
    EXPECT_NE(outcome.said.find("1?foster is well??[2J?"), std::string::npos) << outcome.said;
  }
}

TEST_P(OwnFailure, IsAMissingCommand) {
  const Outcome outcome = RunToEnd({.setting = GetParam()});
  EXPECT_EQ(outcome.status, 125);
  EXPECT_EQ(Lines(outcome.said), 1u);
  EXPECT_NE(outcome.said.find("no command"), std::string::npos) << outcome.said;
}

TEST_P(OwnFailure, IsAnOptionWithoutTheValueThatItNeeds) {
  const Outcome outcome = RunToEnd({.setting = GetParam(), .options = {"--grace"}});
  EXPECT_EQ(outcome.status, 125);
  EXPECT_NE(outcome.said.find("foster: --grace: needs a value: DURATION"), std::string::npos) << outcome.said;
}

TEST_P(OwnFailure, IsAWrongTwinInTheEnvironment) {
  const Outcome outcome =
      RunToEnd({.setting = GetParam(), .command = Act({"exit", "0"}), .environment = {"FOSTER_GRACE=soon"}});
  EXPECT_EQ(outcome.status, 125);
  EXPECT_EQ(Lines(outcome.said), 1u);
  EXPECT_NE(outcome.said.find("FOSTER_GRACE: \"soon\""), std::string::npos) << outcome.said;
}

TEST_P(OwnFailure, IsALimitOnProcesses) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to become another user with a limit of its own";
  if (role() == Role::kWrapper) GTEST_SKIP() << "another user may not make a PID namespace";
  const TempFolder folder(true);
  const Outcome outcome = RunToEnd({.setting = GetParam(),
                                    .command = {folder.CopyOf(ActBinary()), "exit", "0"},
                                    .before_exec =
                                        [] {
                                          const struct rlimit one = {1, 1};
                                          setrlimit(RLIMIT_NPROC, &one);
                                          if (setresgid(61234, 61234, 61234) != 0 || setresuid(61234, 61234, 61234) != 0) _exit(97);
                                        },
                                    .binary = folder.CopyOf(FosterBinary())});
  EXPECT_EQ(outcome.status, 125);
  EXPECT_EQ(Lines(outcome.said), 1u) << outcome.said;
}

TEST(Quiet, SaysNothingAndKeepsTheExitStatus) {
  const Outcome outcome = RunToEnd({.options = {"--quiet"}, .command = {"/nonexistent/command"}});
  EXPECT_EQ(outcome.status, 127);
  EXPECT_EQ(outcome.said, "");
}

TEST(Verbose, SaysHowTheWorkloadEndedOnStderrOnly) {
  FosterProcess foster({.options = {"-v"}, .command = Act({"die", "9"})});
  EXPECT_EQ(foster.Rest(), "");
  EXPECT_NE(foster.Errors().find("foster: the workload was killed by KILL\n"), std::string::npos);
  EXPECT_EQ(foster.Wait(), 137);
}

TEST(Errands, PrintToStdoutAndExitWith0) {
  const struct {
    const char* option;
    const char* part;
  } kErrands[] = {{"--help", "Usage: foster"}, {"-h", "Usage: foster"}, {"--version", "foster "}, {"--license", "Apache"}};
  for (const auto& errand : kErrands) {
    FosterProcess foster({.options = {errand.option}});
    EXPECT_NE(foster.Rest().find(errand.part), std::string::npos) << errand.option;
    EXPECT_EQ(foster.Errors(), "");
    EXPECT_EQ(foster.Wait(), 0);
  }
}

TEST(Errands, SayThatStdoutTakesNothing) {
  for (const char* option : {"--help", "--version", "--license"}) {
    FosterProcess foster({.options = {"/bin/sh", "-c", "exec \"$0\" \"$1\" >/dev/full", FosterBinary(), option}});
    EXPECT_EQ(foster.Wait(), 125) << option;
    EXPECT_EQ(foster.Errors(), "foster: write \"stdout\": No space left on device\n");
  }
}

TEST(Options, EndAtTheFirstWordThatIsNone) {
  // The workload's -h and --help are its own, with or without `--` before it.
  FosterProcess foster({.options = {ActBinary(), "exit", "3", "--help", "-h"}});
  EXPECT_EQ(foster.Wait(), 3);
}

TEST(Options, HaveTwinsInTheEnvironmentWhichTheWorkloadDoesNotSee) {
  FosterProcess foster({.options = {},
                        .command = Act({"tell-environment"}),
                        .environment = {"FOSTER_GRACE=7s", "FOSTER_REWRITE=TERM:HUP", "FOSTER_REWRITE_2=HUP:USR1", "FOSTER_VERBOSE=1",
                                        "FOSTER_UNKNOWN=kept", "FOSTERED=kept"}});
  const std::string seen = foster.Rest();
  EXPECT_EQ(seen.find("FOSTER_GRACE"), std::string::npos);
  EXPECT_EQ(seen.find("FOSTER_REWRITE"), std::string::npos);
  EXPECT_EQ(seen.find("FOSTER_VERBOSE"), std::string::npos);
  EXPECT_NE(seen.find("FOSTER_UNKNOWN=kept\n"), std::string::npos) << "unknown names are left alone";
  EXPECT_NE(seen.find("FOSTERED=kept\n"), std::string::npos);
  EXPECT_NE(foster.Errors().find("foster: started the workload"), std::string::npos) << "the twin was heard";
  EXPECT_EQ(foster.Wait(), 0);
}

TEST(Options, OnTheCommandLineWinOverTheirTwins) {
  FosterProcess foster({.options = {"--rewrite=TERM:USR2"},
                        .command = Act({"listen", "1"}),
                        .environment = {"FOSTER_REWRITE=TERM:USR1"}});
  foster.WaitFor("ready");
  foster.Signal(SIGTERM);
  foster.WaitFor("got 12 ");
  EXPECT_EQ(foster.Wait(), 0);
}

}  // namespace
}  // namespace foster
