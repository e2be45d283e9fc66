// SPDX-License-Identifier: Apache-2.0
#ifndef FOSTER_INIT_VERSION_H_
#define FOSTER_INIT_VERSION_H_

namespace foster {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace foster

#endif  // FOSTER_INIT_VERSION_H_
