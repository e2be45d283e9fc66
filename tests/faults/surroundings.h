// SPDX-License-Identifier: Apache-2.0
// What is around a run of foster with a fault: its pipes, namespaces that it enters, and what it must not leave behind.
#ifndef FOSTER_TESTS_FAULTS_SURROUNDINGS_H_
#define FOSTER_TESTS_FAULTS_SURROUNDINGS_H_

#include <set>
#include <string>

namespace foster {

class Pipe {
 public:
  Pipe();
  ~Pipe();
  Pipe(const Pipe&) = delete;
  int reader() const { return ends_[0]; }
  int writer() const { return ends_[1]; }
  void CloseWriter();
  // What is in it now; nobody who could write is waited for.
  std::string Drain();

 private:
  int ends_[2];
};

// A new UTS namespace that a file keeps, as long as this lives. None where `file` is "".
class KeptNamespace {
 public:
  explicit KeptNamespace(std::string file);
  ~KeptNamespace();
  KeptNamespace(const KeptNamespace&) = delete;

 private:
  const std::string file_;
};

// Kills and reaps whatever is still this process's. How many there were.
int ClearAway();

// The mounts of this namespace by their numbers: their names change when others, elsewhere, delete what is mounted.
std::set<std::string> Mounts();
// Whether there are more than there were. Fewer is not foster's doing: whoever deletes, in another mount namespace, a folder that something is mounted on
// takes that mount away in all of them (rmdir(2) since Linux 3.19).
bool MountsWereAdded(const std::set<std::string>& before);

// What is in a folder and below, with blanks between.
std::string NamesBelow(const std::string& folder);

}  // namespace foster

#endif  // FOSTER_TESTS_FAULTS_SURROUNDINGS_H_
