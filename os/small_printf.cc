// SPDX-License-Identifier: Apache-2.0
// The shipped binary's snprintf(3) and vsnprintf(3). The C library's know every conversion there is, floating point included, and would be 10 kB of the
// file; nobody in it formats but Abseil, for the last words before it gives up, and that with %s and %d.
#include <stdarg.h>
#include <stdio.h>

#include "os/small_format.h"

extern "C" int vsnprintf(char* buffer, size_t size, const char* format, va_list values) { return foster::SmallFormat(buffer, size, format, values); }

extern "C" int snprintf(char* buffer, size_t size, const char* format, ...) {
  va_list values;
  va_start(values, format);
  const int length = foster::SmallFormat(buffer, size, format, values);
  va_end(values);
  return length;
}
