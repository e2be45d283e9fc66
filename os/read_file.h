// SPDX-License-Identifier: Apache-2.0
// Reading small files.
#ifndef FOSTER_OS_READ_FILE_H_
#define FOSTER_OS_READ_FILE_H_

#include <string>

namespace foster {

// All of `path`. 0, or an errno (EFBIG above 16 MiB: no file that foster reads is that long).
int ReadFile(const char* path, std::string* content);

// All of an open file, from where it stands. The same.
int ReadAll(int file, std::string* content);

// Writes `text` by one write(2) to a file that exists, as the kernel's own files want it. 0, or an errno.
int WriteFile(const char* path, const std::string& text);

}  // namespace foster

#endif  // FOSTER_OS_READ_FILE_H_
