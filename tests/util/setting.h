// SPDX-License-Identifier: Apache-2.0
// The settings in which a sentence of the contract must hold: what foster is among the processes, and who reaps.
#ifndef FOSTER_TESTS_UTIL_SETTING_H_
#define FOSTER_TESTS_UTIL_SETTING_H_

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace foster {

enum class Role {
  kInit,     // PID 1 of a PID namespace that the test makes
  kPlain,    // an ordinary process among others, a child subreaper
  kWrapper,  // an ordinary process that makes a PID namespace (--new=pid): its other half is PID 1 there
};

enum class Reaper { kKernel, kWait };

struct Setting {
  Role role;
  Reaper reaper;
};

// "InitKernel", as it stands in a test's name.
std::string NameOf(const Setting& setting);

// Every role with each reaper.
std::vector<Setting> AllSettings();
// The same for one role.
std::vector<Setting> SettingsOf(Role role);

// Why a setting cannot be had here (a privilege, a kernel feature), or "".
std::string WhyNot(const Setting& setting);

// The base of suites whose sentences hold in every setting. SetUp skips, with the reason, what cannot be had.
class InSetting : public testing::TestWithParam<Setting> {
 protected:
  void SetUp() override;
  Role role() const { return GetParam().role; }
  Reaper reaper() const { return GetParam().reaper; }
};

}  // namespace foster

// Instantiates a suite derived from InSetting.
#define IN_EVERY_SETTING(suite)                                                                   \
  INSTANTIATE_TEST_SUITE_P(, suite, testing::ValuesIn(::foster::AllSettings()),                   \
                           [](const testing::TestParamInfo<::foster::Setting>& info) { return ::foster::NameOf(info.param); })
#define IN_ROLE(suite, role)                                                                      \
  INSTANTIATE_TEST_SUITE_P(, suite, testing::ValuesIn(::foster::SettingsOf(role)),                \
                           [](const testing::TestParamInfo<::foster::Setting>& info) { return ::foster::NameOf(info.param); })

#endif  // FOSTER_TESTS_UTIL_SETTING_H_
