// SPDX-License-Identifier: Apache-2.0
#include "init/setup/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "os/status_from_errno.h"

namespace foster {
namespace {

using absl::string_view;

#if defined(__GLIBC__)
using Resource = __rlimit_resource;
#else
using Resource = int;
#endif

struct ResourceName {
  char name[12];
  int resource;
};
constexpr ResourceName kResources[] = {
    {"as", RLIMIT_AS},           {"core", RLIMIT_CORE},       {"cpu", RLIMIT_CPU},         {"data", RLIMIT_DATA},
    {"fsize", RLIMIT_FSIZE},     {"locks", RLIMIT_LOCKS},     {"memlock", RLIMIT_MEMLOCK}, {"msgqueue", RLIMIT_MSGQUEUE},
    {"nice", RLIMIT_NICE},       {"nofile", RLIMIT_NOFILE},   {"nproc", RLIMIT_NPROC},     {"rss", RLIMIT_RSS},
    {"rtprio", RLIMIT_RTPRIO},   {"rttime", RLIMIT_RTTIME},   {"sigpending", RLIMIT_SIGPENDING}, {"stack", RLIMIT_STACK}};

const ResourceName* FindResource(string_view name) {
  for (const ResourceName& row : kResources) {
    if (name == row.name) return &row;
  }
  return nullptr;
}

bool ParseLimit(string_view text, rlim_t* limit) {
  if (text == "unlimited" || text == "infinity") {
    *limit = RLIM_INFINITY;
    return true;
  }
  int shift = 0;
  if (!text.empty()) {
    const size_t unit = string_view("KMGT").find(absl::ascii_toupper(static_cast<unsigned char>(text.back())));
    if (unit != string_view::npos) {
      shift = static_cast<int>(unit + 1) * 10;
      text.remove_suffix(1);
    }
  }
  uint64_t number = 0;
  if (text.empty() || !absl::ascii_isdigit(static_cast<unsigned char>(text[0])) || !absl::SimpleAtoi(text, &number)) return false;
  if (number > RLIM_INFINITY >> shift) return false;
  *limit = static_cast<rlim_t>(number) << shift;
  return true;
}

std::string Quoted(string_view text) { return absl::StrCat("\"", text, "\""); }

absl::Status ParseBetween(string_view text, int least, int most, int* value) {
  if (absl::SimpleAtoi(text, value) && *value >= least && *value <= most) return absl::OkStatus();
  return Refused(Quoted(text), absl::StrCat("not a number from ", least, " to ", most));
}

SetupFailure SetLimit(const ResourceLimit& wanted) {
  struct rlimit limit = wanted.limit;
  if (wanted.keep_hard) {
    struct rlimit now;
    if (prlimit(0, static_cast<Resource>(wanted.resource), nullptr, &now) == 0) limit.rlim_max = now.rlim_max;
  }
  // Not setrlimit(2): the C library's may try to reach all threads of this memory.
  if (prlimit(0, static_cast<Resource>(wanted.resource), &limit, nullptr) == 0) return {};
  return {errno, "--rlimit: prlimit", wanted.name,
          errno == EPERM ? "the hard limit is lower; raising it needs CAP_SYS_RESOURCE" : "the soft limit is above the hard one"};
}

SetupFailure SetOomScore(const char* value) {
  const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  int error = fd < 0 ? errno : 0;
  if (fd >= 0) {
    if (write(fd, value, strlen(value)) < 0) error = errno;
    close(fd);
  }
  if (error == 0) return {};
  return {error, "--oom-score-adj: write /proc/self/oom_score_adj", value,
          error == ENOENT ? "there is no procfs on /proc; try --proc" : error == EACCES ? "lowering it needs CAP_SYS_RESOURCE" : ""};
}

}  // namespace

absl::Status AddResourceLimit(string_view text, LimitsSpec* spec) {
  const size_t equals = text.find('=');
  const ResourceName* row = FindResource(absl::StripPrefix(text.substr(0, equals), "RLIMIT_"));
  if (row == nullptr) {
    std::string known;
    for (const ResourceName& one : kResources) absl::StrAppend(&known, known.empty() ? "" : ", ", one.name);
    return Refused(Quoted(text.substr(0, equals)), absl::StrCat("not one of ", known));
  }
  ResourceLimit wanted;
  wanted.name = row->name;
  wanted.resource = row->resource;
  const string_view value = equals == string_view::npos ? "" : text.substr(equals + 1);
  const size_t colon = value.find(':');
  const string_view soft = value.substr(0, colon);
  const string_view hard = colon == string_view::npos ? soft : value.substr(colon + 1);
  wanted.keep_hard = hard.empty();
  if (!ParseLimit(soft, &wanted.limit.rlim_cur) || (!wanted.keep_hard && !ParseLimit(hard, &wanted.limit.rlim_max))) {
    return Refused(Quoted(text), "not NAME=SOFT[:HARD] with numbers (1024, 64K, 2G) or unlimited");
  }
  if (!wanted.keep_hard && wanted.limit.rlim_cur > wanted.limit.rlim_max) return Refused(Quoted(text), "the soft limit is above the hard one");
  spec->resources.push_back(wanted);
  return absl::OkStatus();
}

absl::Status SetOomScoreAdj(string_view text, LimitsSpec* spec) {
  int value;
  spec->oom_score_adj = text.data();
  return ParseBetween(text, -1000, 1000, &value);
}

absl::Status SetNice(string_view text, LimitsSpec* spec) {
  spec->set_nice = true;
  return ParseBetween(text, -20, 19, &spec->nice);
}

absl::Status SetUmask(string_view text, LimitsSpec* spec) {
  int mode = 0;
  bool good = !text.empty() && text.size() <= 5;
  for (char digit : text) {
    good = good && digit >= '0' && digit <= '7';
    if (!good) break;  // a long text would not fit into a number
    mode = mode * 8 + (digit - '0');
  }
  if (!good || mode > 0777) return Refused(Quoted(text), "not an octal file mode (022, 0077)");
  spec->umask = mode;
  return absl::OkStatus();
}

SetupFailure ApplyLimits(const LimitsSpec& spec) {
  for (const ResourceLimit& wanted : spec.resources) {
    SetupFailure failure = SetLimit(wanted);
    if (failure.failed()) return failure;
  }
  if (spec.oom_score_adj != nullptr) {
    SetupFailure failure = SetOomScore(spec.oom_score_adj);
    if (failure.failed()) return failure;
  }
  if (spec.set_nice && setpriority(PRIO_PROCESS, 0, spec.nice) != 0) {
    return {errno, "--nice: setpriority", "", "raising the priority needs CAP_SYS_NICE or a nice limit (--rlimit=nice) that allows it"};
  }
  if (spec.umask >= 0) umask(static_cast<mode_t>(spec.umask));
  return {};
}

}  // namespace foster
