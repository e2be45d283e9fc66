// SPDX-License-Identifier: Apache-2.0
// Every system call that foster makes fails in every plausible way, at its first, second and last occurrence, in every mode; and foster is held back, and
// stopped and continued, at the last.
//
//   faults_test EXPECTED [--mode=PATTERN] [--table=FILE] [--page=FILE]
//
// EXPECTED lists what may come of it besides "kept": a line is MODE CALL ERROR OCCURRENCE VERDICT # why; `*` stands for anything. Whatever is not
// listed must be kept. A page is checked as well: docs/faults.md, which shows what came of it. The last line is `N passed, N failed`.
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/faults/injector.h"
#include "tests/faults/modes.h"
#include "tests/faults/plausible.h"

namespace foster {
namespace {

struct Rule {
  std::string mode, call, error, occurrence, verdict;
  mutable int used = 0;

  bool Covers(const std::string& m, const std::string& c, const std::string& e, const std::string& o) const {
    const auto fits = [](const std::string& pattern, const std::string& word) { return fnmatch(pattern.c_str(), word.c_str(), 0) == 0; };
    return fits(mode, m) && fits(call, c) && fits(error, e) && fits(occurrence, o);
  }
};

std::vector<Rule> ReadRules(const char* path) {
  std::vector<Rule> rules;
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line.substr(0, line.find('#')));
    Rule rule;
    if (words >> rule.mode >> rule.call >> rule.error >> rule.occurrence >> rule.verdict) rules.push_back(rule);
  }
  return rules;
}

bool Allowed(const std::vector<Rule>& rules, const std::string& mode, const std::string& call, const std::string& error, const std::string& occurrence,
             Verdict verdict) {
  if (verdict == Verdict::kKept) return true;
  for (const Rule& rule : rules) {
    if (rule.verdict == VerdictName(verdict) && rule.Covers(mode, call, error, occurrence)) {
      ++rule.used;
      return true;
    }
  }
  return false;
}

long Lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

std::string OneLine(std::string text) {
  for (char& c : text) {
    if (c == '\n') c = '|';
  }
  return text;
}

// docs/faults.md: what it says of a call, an error and a mode ("*" where it says all).
class Page {
 public:
  explicit Page(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    while (std::getline(file, line)) {
      std::vector<std::string> cells;
      std::istringstream text(line);
      for (std::string cell; std::getline(text, cell, '|');) cells.push_back(cell);
      if (cells.size() < 6) continue;
      for (const std::string& error : Words(cells[2])) {
        for (const std::string& mode : Words(cells[4])) rows_[Words(cells[1])[0] + ' ' + error + ' ' + (mode == "all" ? "*" : mode)].insert(Words(cells[3])[0]);
      }
    }
  }
  // False where it says something else. What it does not say at all is said, and no failure: another kernel has other calls.
  bool Agrees(const std::string& mode, const std::string& call, const std::string& error, const std::string& verdict) {
    std::set<std::string> said;
    for (const std::string& where : {mode, std::string("*")}) {
      const auto row = rows_.find(call + ' ' + error + ' ' + where);
      if (row != rows_.end()) said.insert(row->second.begin(), row->second.end());
    }
    if (said.empty() && !rows_.empty()) std::cout << "NOTE docs/faults.md does not have " << mode << ' ' << call << ' ' << error << "\n";
    return said.empty() || said.count(verdict) != 0;
  }

 private:
  static std::vector<std::string> Words(std::string cell) {
    for (char& c : cell) {
      if (c == ',') c = ' ';
    }
    std::istringstream text(cell);
    std::vector<std::string> words;
    for (std::string word; text >> word;) words.push_back(word);
    if (words.empty()) words.push_back("");
    return words;
  }
  std::map<std::string, std::set<std::string>> rows_;
};

struct Trial {
  Fault fault;
  std::string name;        // the errno's, "delay" or "pause"
  std::string occurrence;  // "first", "second" or "last"
};

// What is tried with a call that is made `n` times.
std::vector<Trial> TrialsOf(long call, int n) {
  std::vector<Trial> trials;
  for (int error : PlausibleErrors(call)) {
    std::map<int, std::string> occurrences = {{1, "first"}, {2, "second"}, {n, "last"}};
    occurrences[1] = "first";
    for (const auto& [nth, occurrence] : occurrences) {
      if (nth <= n) trials.push_back({{Fault::Kind::kError, call, nth, error}, ErrorName(error), occurrence});
    }
  }
  // Also of calls that cannot fail. Where there are several the last one is in the loop.
  trials.push_back({{Fault::Kind::kDelay, call, n, 20}, "delay", "last"});
  // Of exec it would be the workload that is stopped, and nobody would continue it.
  if (call != SYS_execve) trials.push_back({{Fault::Kind::kPause, call, n, 0}, "pause", "last"});
  return trials;
}

int Main(int count, char** words) {
  std::string only_mode, table_path, page_path;
  const char* expected = nullptr;
  for (int i = 1; i < count; ++i) {
    if (strncmp(words[i], "--mode=", 7) == 0) {
      only_mode = words[i] + 7;
    } else if (strncmp(words[i], "--page=", 7) == 0) {
      page_path = words[i] + 7;
    } else if (strncmp(words[i], "--table=", 8) == 0) {
      table_path = words[i] + 8;
    } else {
      expected = words[i];
    }
  }
  if (expected == nullptr) {
    std::cerr << "usage: faults_test EXPECTED [--mode=PATTERN] [--table=FILE] [--page=FILE]\n";
    return 2;
  }
  const std::vector<Rule> rules = ReadRules(expected);
  Page page(page_path);
  std::ofstream table;
  if (!table_path.empty()) table.open(table_path);
  int passed = 0, failed = 0;
  std::map<std::string, int> verdicts;
  for (const Mode& mode : AllModes()) {
    if (!only_mode.empty() && fnmatch(only_mode.c_str(), mode.name.c_str(), 0) != 0) continue;
    const Outcome baseline = RunWithFault(mode.run);
    if (Judge(mode, baseline) != Verdict::kKept || Lines(baseline.err) != mode.remarks) {
      std::cout << "FAILED " << mode.name << " without any fault: status " << baseline.Shell() << (baseline.hung ? ", hung" : "") << ", left behind "
                << baseline.left_behind << ", out " << OneLine(baseline.out) << ", err " << OneLine(baseline.err) << "\n";
      ++failed;
      continue;
    }
    std::map<long, int> times;
    for (long call : baseline.calls) ++times[call];
    for (const auto& [call, n] : times) {
      if (!IsKnownCall(call)) {
        std::cout << "FAILED " << mode.name << ": makes a call that plausible.cc does not know: " << call << "\n";
        ++failed;
      }
      for (const Trial& trial : TrialsOf(call, n)) {
        FaultyRun run = mode.run;
        run.fault = trial.fault;
        const Outcome outcome = RunWithFault(run);
        if (!outcome.injected) continue;  // it was one call less this time
        const Verdict verdict = Judge(mode, outcome);
        ++verdicts[VerdictName(verdict)];
        const bool allowed = Allowed(rules, mode.name, CallName(call), trial.name, trial.occurrence, verdict);
        const bool as_told = page.Agrees(mode.name, CallName(call), trial.name, VerdictName(verdict));
        if (!as_told) std::cout << "docs/faults.md says something else (tests/faults/page writes it):\n";
        const bool fine = allowed && as_told;
        ++(fine ? passed : failed);
        if (table.is_open()) {
          table << mode.name << '\t' << CallName(call) << '\t' << trial.name << '\t' << trial.occurrence << '\t' << VerdictName(verdict) << '\t'
                << outcome.Shell() << '\t' << OneLine(outcome.err) << std::endl;
        }
        if (!fine) {
          std::cout << "FAILED " << mode.name << ' ' << CallName(call) << ' ' << trial.name << ' ' << trial.occurrence << ": " << VerdictName(verdict)
                    << ", status " << outcome.Shell() << (outcome.hung ? ", hung" : "") << ", left behind " << outcome.left_behind
                    << (outcome.mounts_left ? ", mounts left" : "") << ", files left " << outcome.files_left << ", out " << OneLine(outcome.out)
                    << ", err " << OneLine(outcome.err) << std::endl;
        }
      }
    }
  }
  for (const auto& [name, times] : verdicts) std::cout << name << ": " << times << "\n";
  std::cout << passed << " passed, " << failed << " failed\n";
  return failed == 0 && passed > 0 ? 0 : 1;
}

}  // namespace
}  // namespace foster

int main(int count, char** words) { return foster::Main(count, words); }
