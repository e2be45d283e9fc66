// SPDX-License-Identifier: Apache-2.0
#include "tests/util/facts.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>

#include "tests/util/sys.h"

namespace foster {

struct FactsBlock {
  static constexpr int kRoom = 240;
  struct Entry {
    std::atomic<int> written;
    char name[80];
    char value[240];
  };
  std::atomic<int> count;
  std::atomic<int> failed;
  char failure[400];
  char skip[240];
  static constexpr int kUndoRoom = 8;
  struct UndoStep {
    char path[200];
    char value[80];  // empty: remove the folder
  };
  std::atomic<int> undo_count;
  UndoStep undo[kUndoRoom];
  Entry entries[kRoom];
};

namespace {

void Copy(char* to, size_t room, const std::string& from) {
  const size_t length = from.size() < room - 1 ? from.size() : room - 1;
  memcpy(to, from.data(), length);
  to[length] = '\0';
}

// The one of this process, for NEED: helpers deep below a test have no other way to say what they could not do.
FactsBlock* current = nullptr;

}  // namespace

Facts Facts::Make() {
  void* memory = ::mmap(nullptr, sizeof(FactsBlock), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    perror("mmap of shared facts");
    ::exit(kNeedFailed);
  }
  return Facts(static_cast<FactsBlock*>(memory));  // zero pages are a valid, empty block
}

void Facts::Release() {
  if (current == block_) current = nullptr;
  if (block_ != nullptr) ::munmap(block_, sizeof(FactsBlock));
  block_ = nullptr;
}

void Facts::Put(const char* name, const std::string& value) const {
  const int index = block_->count.fetch_add(1);
  if (index >= FactsBlock::kRoom) {
    Fail("more facts than there is room for");
    return;
  }
  FactsBlock::Entry& entry = block_->entries[index];
  Copy(entry.name, sizeof entry.name, name);
  Copy(entry.value, sizeof entry.value, value);
  entry.written.store(1);
}

std::vector<std::pair<std::string, std::string>> Facts::All() const {
  std::vector<std::pair<std::string, std::string>> all;
  const int count = block_->count.load();
  for (int i = 0; i < count && i < FactsBlock::kRoom; ++i) {
    const FactsBlock::Entry& entry = block_->entries[i];
    if (entry.written.load() == 0) continue;
    bool replaced = false;
    for (auto& [name, value] : all) {
      if (name != entry.name) continue;
      value = entry.value;
      replaced = true;
    }
    if (!replaced) all.emplace_back(entry.name, entry.value);
  }
  return all;
}

std::string Facts::Get(const char* name) const {
  for (const auto& [known, value] : All()) {
    if (known == name) return value;
  }
  return "(not seen)";
}

bool Facts::Has(const char* name) const {
  for (const auto& [known, value] : All()) {
    if (known == name) return true;
  }
  return false;
}

void Facts::Skip(const std::string& reason) const {
  Copy(block_->skip, sizeof block_->skip, reason);
  ::_exit(0);
}

std::string Facts::skip_reason() const { return block_->skip; }

void Facts::WriteAtEnd(const std::string& path, const std::string& value) const {
  const int index = block_->undo_count.fetch_add(1);
  if (index >= FactsBlock::kUndoRoom) NeedFailed("room for what is to be undone", __FILE__, __LINE__, 0);
  Copy(block_->undo[index].path, sizeof block_->undo[index].path, path);
  Copy(block_->undo[index].value, sizeof block_->undo[index].value, value);
}

void Facts::RemoveFolderAtEnd(const std::string& path) const { WriteAtEnd(path, ""); }

void Facts::Undo() const {
  for (int i = block_->undo_count.load(); i-- > 0;) {
    if (i >= FactsBlock::kUndoRoom) continue;
    const FactsBlock::UndoStep& step = block_->undo[i];
    if (step.value[0] == '\0') {
      ::rmdir(step.path);
      continue;
    }
    const int file = ::open(step.path, O_WRONLY | O_CLOEXEC);
    if (file < 0) continue;
    (void)!::write(file, step.value, strlen(step.value));
    ::close(file);
  }
}

void Facts::Fail(const std::string& what) const {
  if (block_->failed.exchange(1) == 0) Copy(block_->failure, sizeof block_->failure, what);
}

std::string Facts::failure() const { return block_->failure; }

Facts Facts::Current() { return Facts(current); }
void Facts::SetCurrent(Facts facts) { current = facts.block_; }

void NeedFailed(const char* expression, const char* file, int line, int error, const std::string& more) {
  std::string text = std::string(file) + ":" + std::to_string(line) + ": " + expression;
  if (error != 0) text += ": " + ErrnoName(error);
  if (!more.empty()) text += ": " + more;
  if (current != nullptr) {
    Facts::Current().Fail(text);
  } else {
    text += "\n";
    (void)!::write(2, text.data(), text.size());
  }
  ::_exit(kNeedFailed);
}

}  // namespace foster
