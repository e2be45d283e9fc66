// SPDX-License-Identifier: Apache-2.0
// An absl::Status may carry absl::Cords, and a Cord may be one of the few that are sampled for statistics: what forgets such a one brings along Abseil's
// mutexes, an allocator of their own and the identities of threads, 9 kB of them. foster makes no Cord, so there is none to be forgotten.
//
// It stands in the place of absl::cord_internal::CordzInfo::Untrack() (--wrap in init/BUILD), in the version of Abseil that is pinned; where that changes the
// name has to, or the binary grows, which //tests/size tells.

extern "C" void __wrap__ZN4absl12lts_2022062313cord_internal9CordzInfo7UntrackEv(void*);

extern "C" void __wrap__ZN4absl12lts_2022062313cord_internal9CordzInfo7UntrackEv(void*) {}
