// SPDX-License-Identifier: Apache-2.0
// Memory that was needed for a start only.
#ifndef FOSTER_OS_COLD_PAGES_H_
#define FOSTER_OS_COLD_PAGES_H_

namespace foster {

// Gives back the resident pages of code and constants that do not run in every life (all but the first segment, see init/foster.ld), and those that lie
// deeper in the stack than the caller. What is needed again of the first comes back from the file, by a page fault. Nothing is lost: neither was ever
// written to, or will be read again. Without init/foster.ld only the stack is tidied. Cannot fail in a way that matters. (A debugger's
// breakpoints in there are lost.)
void LetGoOfColdPages();

}  // namespace foster

#endif  // FOSTER_OS_COLD_PAGES_H_
