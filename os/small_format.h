// SPDX-License-Identifier: Apache-2.0
// As much of printf(3) as Abseil's last words need.
#ifndef FOSTER_OS_SMALL_FORMAT_H_
#define FOSTER_OS_SMALL_FORMAT_H_

#include <stdarg.h>
#include <stddef.h>

namespace foster {

// vsnprintf(3) that knows %s and %d; what else is asked for is copied as it stands.
int SmallFormat(char* buffer, size_t size, const char* format, va_list values);

}  // namespace foster

#endif  // FOSTER_OS_SMALL_FORMAT_H_
