// SPDX-License-Identifier: Apache-2.0
#include "init/personality.h"

#include <errno.h>
#include <signal.h>

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "init/option_table.h"

namespace foster {
namespace {

// Command lines and environments as the kernel hands them over.
class Words {
 public:
  explicit Words(std::vector<std::string> words) : words_(std::move(words)) {
    for (std::string& word : words_) pointers_.push_back(word.data());
    pointers_.push_back(nullptr);
  }
  char** get() { return pointers_.data(); }

 private:
  std::vector<std::string> words_;
  std::vector<char*> pointers_;
};

struct Read {
  Words argv;
  Words environment;
  Options options;
  absl::Status status;

  explicit Read(std::vector<std::string> words, std::vector<std::string> variables = {})
      : argv(std::move(words)), environment(std::move(variables)), status(ParseOptions(argv.get(), environment.get(), &options)) {}
  std::string Command() const {
    std::string all;
    for (char* const* at = options.command; *at != nullptr; ++at) all += std::string(all.empty() ? "" : " ") + *at;
    return all;
  }
};

TEST(Personality, IsChosenByTheNameThatFosterIsStartedUnder) {
  EXPECT_EQ(FindPersonality("tini"), &kTini);
  EXPECT_EQ(FindPersonality("tini-static"), &kTini);
  EXPECT_EQ(FindPersonality("docker-init"), &kTini);
  EXPECT_EQ(FindPersonality("dumb-init"), &kDumbInit);
  EXPECT_EQ(FindPersonality("catatonit"), &kCatatonit);
  EXPECT_EQ(FindPersonality("podman-init"), &kCatatonit);
  EXPECT_EQ(FindPersonality("pause"), &kPause);
  for (const char* other : {"foster", "tin", "tini-", "init", "docker", "", " ", "tini tini-static"}) EXPECT_EQ(FindPersonality(other), nullptr) << other;
  EXPECT_EQ(Read({"/sbin/docker-init", "--", "true"}).options.spoken, &kTini);
}

TEST(Personality, IsChosenByAsWhereThatIsTheFirstWord) {
  const Read read({"foster", "--as=dumb-init", "-c", "true"});
  ASSERT_TRUE(read.status.ok()) << read.status;
  EXPECT_EQ(read.options.spoken, &kDumbInit);
  EXPECT_EQ(read.options.supervisor.target, SignalTarget::kProcess);
  EXPECT_EQ(read.Command(), "true");
}

TEST(Personality, CanBeTakenBackByTheEnvironment) {
  const Read read({"tini", "--grace=3s", "true"}, {"FOSTER_AS=foster"});
  ASSERT_TRUE(read.status.ok()) << read.status;
  EXPECT_EQ(read.options.spoken, nullptr);
}

TEST(Personality, OnTheCommandLineWinsOverTheEnvironment) {
  const Read read({"foster", "--as=foster", "--grace=3s", "true"}, {"FOSTER_AS=tini"});
  ASSERT_TRUE(read.status.ok()) << read.status;
  EXPECT_EQ(read.options.spoken, nullptr);
}

TEST(Personality, ThatNobodyKnowsIsRefused) {
  const Read read({"foster", "--as=systemd", "true"});
  EXPECT_FALSE(read.status.ok());
  EXPECT_NE(std::string(read.status.message()).find("--as: \"systemd\""), std::string::npos) << read.status;
  EXPECT_EQ(Read({"foster", "true"}, {"FOSTER_AS=x"}).status.message().substr(0, 14), "FOSTER_AS: \"x\"");
}

TEST(Personality, ThatComesTooLateIsRefused) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"foster", "-v", "--as=tini", "true"}, {"foster", "--as", "tini", "true"}}) {
    EXPECT_EQ(Read(words).status.message(), "--as: must be the first word, as --as=NAME");
  }
}

TEST(Personality, TakesFostersTwinsAsWell) {
  Read read({"tini", "true"}, {"FOSTER_TO=group", "A=b"});
  EXPECT_EQ(read.options.supervisor.target, SignalTarget::kGroup);
  EXPECT_STREQ(read.environment.get()[0], "A=b");
}

TEST(Personality, EveryOptionStandsForOneOfFosters) {
  for (const Personality* spoken : {&kTini, &kDumbInit, &kCatatonit, &kPause}) {
    for (const ForeignOption& row : spoken->options) {
      const OptionRow* option = FindOption(absl::string_view(row.option));
      ASSERT_NE(option, nullptr) << spoken->names << row.option;
      EXPECT_TRUE(row.fixed != nullptr || row.value != nullptr) << row.option;
      EXPECT_TRUE(row.value == nullptr || option->takes_value != TakesValue::kNo) << row.option;
    }
  }
}

TEST(Tini, LettersMayStandTogetherAndValuesBehindThem) {
  const Read read({"tini", "-vg", "--", "sh", "-c", "x"});
  ASSERT_TRUE(read.status.ok()) << read.status;
  EXPECT_EQ(read.options.supervisor.target, SignalTarget::kGroup);
  EXPECT_EQ(read.options.verbosity, Verbosity::kVerbose);
  EXPECT_EQ(read.Command(), "sh -c x");
}

TEST(Tini, TheFirstWordThatIsNoOptionEndsTheOptions) {
  const Read read({"tini", "-g", "sh", "-c", "x"});
  ASSERT_TRUE(read.status.ok()) << read.status;
  EXPECT_EQ(read.Command(), "sh -c x");
}

TEST(Tini, LeavesTheRestToTheKernel) { EXPECT_EQ(Read({"tini", "true"}).options.supervisor.stop.leftovers, Leftovers::kLeave); }

TEST(Tini, ItsVerbosityIsANumber) {
  EXPECT_EQ(Read({"tini", "true"}, {"TINI_VERBOSITY=0"}).options.verbosity, Verbosity::kNormal);
  EXPECT_EQ(Read({"tini", "true"}, {"TINI_VERBOSITY=2"}).options.verbosity, Verbosity::kVerbose);
  EXPECT_EQ(Read({"tini", "true"}, {"TINI_VERBOSITY=4"}).options.verbosity, Verbosity::kDebug);
  EXPECT_EQ(Read({"tini", "true"}, {"TINI_VERBOSITY=abc"}).options.verbosity, Verbosity::kNormal);
}

TEST(DumbInit, HasASessionAndAGroupUnlessSingle) {
  for (const std::vector<std::string>& single : {std::vector<std::string>{"dumb-init", "-c", "true"}, {"dumb-init", "--single-child", "true"},
                                                 {"dumb-init", "--sing", "true"}}) {
    const Read read(single);
    ASSERT_TRUE(read.status.ok()) << read.status;
    EXPECT_FALSE(read.options.new_session);
    EXPECT_EQ(read.options.supervisor.target, SignalTarget::kProcess);
    EXPECT_EQ(read.options.supervisor.rewrite.Apply(SIGTSTP), SIGTSTP);
  }
  const Read group({"dumb-init", "true"}, {"DUMB_INIT_SETSID=1"});
  EXPECT_TRUE(group.options.new_session);
  EXPECT_EQ(group.options.supervisor.target, SignalTarget::kGroup);
  EXPECT_FALSE(Read({"dumb-init", "true"}, {"DUMB_INIT_SETSID=0"}).options.new_session);
}

TEST(DumbInit, RewritesWhatAnOrphanedGroupWouldNotStopFor) {
  const Read read({"dumb-init", "-r", "20:20", "--rewrite", "15:3", "--rewrite=10:0", "true"});
  ASSERT_TRUE(read.status.ok()) << read.status;
  const SignalMap& map = read.options.supervisor.rewrite;
  EXPECT_EQ(map.Apply(SIGTSTP), SIGTSTP);  // opted out
  EXPECT_EQ(map.Apply(SIGTTIN), SIGSTOP);
  EXPECT_EQ(map.Apply(SIGTTOU), SIGSTOP);
  EXPECT_EQ(map.Apply(SIGTERM), SIGQUIT);
  EXPECT_EQ(map.Apply(SIGUSR1), 0);
}

TEST(DumbInit, FailsWithItsOwnNumbers) {
  const FailureExits exits = Read({"dumb-init", "true"}).options.exits;
  EXPECT_EQ(exits.For(kExitOwnFailure, 0), 1);
  EXPECT_EQ(exits.For(kExitNotFound, ENOENT), 2);
  EXPECT_EQ(exits.For(kExitNotExecutable, EACCES), 2);
  EXPECT_EQ(exits.For(kExitNotExecutable, ELOOP), 2);
}

TEST(Version, IsWhatEnginesParse) {
  EXPECT_EQ(VersionText(Read({"docker-init", "--version"}).options).rfind("tini version ", 0), 0u);
  EXPECT_EQ(VersionText(Read({"catatonit", "-V"}).options).rfind("tini version ", 0), 0u);
  EXPECT_EQ(VersionText(Read({"dumb-init", "--version"}).options).rfind("dumb-init v", 0), 0u);
  EXPECT_EQ(VersionText(Read({"foster", "--version"}).options).rfind("foster ", 0), 0u);
}

}  // namespace
}  // namespace foster
