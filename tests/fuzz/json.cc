// SPDX-License-Identifier: Apache-2.0
// What foster writes as JSON is JSON, whatever the bytes of names and arguments: an independent parser reads every line, and finds in it what was put in.
#include <sys/mman.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "init/json_line.h"
#include "init/teller.h"
#include "tests/fuzz/fuzz.h"

namespace foster {
namespace {

using nlohmann::json;

json MustBeALine(absl::string_view text) {
  MUST(text.size() <= JsonLine::kRoom && !text.empty() && text.back() == '\n');
  MUST(text.find('\n') == text.size() - 1);
  json parsed = json::parse(text.begin(), text.end(), nullptr, false);  // strict, UTF-8 included
  MUST(parsed.is_object());
  return parsed;
}

bool IsUtf8(const std::string& text) {
  try {
    json(text).dump();
    return true;
  } catch (const json::type_error&) {
    return false;
  }
}

// The first byte of each line says what is written, the rest is its text.
void WriteAnything(absl::string_view input) {
  JsonLine line;
  int names = 0;
  int pieces = 0;
  int depth = 0;
  bool in_list[64] = {};
  while (!input.empty()) {
    const Exact piece(TakeUntil('\n', &input));
    if (piece.text().empty()) continue;
    const absl::string_view rest = piece.text().substr(1);
    const std::string name = depth > 0 && in_list[depth] ? "" : "n" + std::to_string(names++);
    switch (piece.text()[0]) {
      case '{':
      case '[':
        if (depth == 60) break;
        in_list[++depth] = piece.text()[0] == '[';
        in_list[depth] ? line.OpenList(name) : line.OpenObject(name);
        break;
      case '}':
        if (depth > 0) {
          line.Close();
          --depth;
        }
        break;
      case '0':
        line.Number(name, static_cast<int64_t>(rest.size() * uint64_t{0x9e3779b97f4a7c15}));
        break;
      case 's':
        line.Seconds(name, rest.empty() ? -1 : static_cast<int64_t>(rest.size()) * 999'999);
        break;
      case 'b':
        line.Bool(name, true);
        break;
      case 'n':
        line.Null(name);
        break;
      default:
        line.Text(name, rest);
    }
    if (++pieces <= 8) MustBeALine(line.Whole(~0u));  // at any time, but parsing all of a long line for each of its pieces would take all the time
  }
  MustBeALine(line.Whole(0));
  MustBeALine(line.Whole(~0u));
}

// One text that fits must come out as it went in.
void KeepText(absl::string_view input) {
  const Exact text(input);
  JsonLine line;
  line.Text("text", text.text());
  const json parsed = MustBeALine(line.Whole(0));
  const std::string plain(text.text());
  if (parsed.contains("cut") || !IsUtf8(plain)) return;
  MUST(parsed["text"].get<std::string>() == plain);
}

class Telling {
 public:
  Telling() : file_(memfd_create("status", MFD_CLOEXEC)) {
    MUST(file_ >= 0);
    StatusSpec spec;
    spec.fd = file_;
    MUST(stream_.Open(spec).ok());
  }

  // As the status stream tells of a workload with these words.
  void Tell(absl::string_view input) {
    const Exact whole(input);
    std::vector<std::unique_ptr<char[]>> words;
    std::vector<char*> argv;
    absl::string_view rest = whole.text();
    while (!rest.empty()) {
      words.push_back(ExactWord(TakeUntil('\0', &rest)));
      argv.push_back(words.back().get());
    }
    argv.push_back(nullptr);
    Teller teller(&stream_);
    teller.Started(2, 1, true, argv.data());
    teller.Said("status", whole.text());
    teller.Failed(whole.text());
    RunEnd end;
    end.pid = static_cast<pid_t>(input.size());
    end.status.signal = static_cast<int>(input.size() % 70);
    teller.Ended(end);
    teller.Exit(static_cast<int>(input.size() % 256), "workload", 1, -1);
    MUST(Check() == 5);
  }

 private:
  int Check() {
    const off_t size = lseek(file_, 0, SEEK_CUR);
    std::string text(static_cast<size_t>(size), '\0');
    MUST(pread(file_, &text[0], text.size(), 0) == size);
    MUST(ftruncate(file_, 0) == 0 && lseek(file_, 0, SEEK_SET) == 0);
    int lines = 0;
    for (absl::string_view rest = text; !rest.empty(); ++lines) {
      const absl::string_view line = TakeUntil('\n', &rest);
      const json parsed = MustBeALine(absl::string_view(line.data(), line.size() + 1));
      MUST(parsed["event"].is_string() && parsed["seq"].is_number_integer());
    }
    return lines;
  }

  int file_;
  StatusStream stream_;
};

}  // namespace
}  // namespace foster

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  static foster::Telling* const telling = new foster::Telling;
  foster::WriteAnything(input);
  foster::KeepText(input);
  telling->Tell(input);
  return 0;
}
