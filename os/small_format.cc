// SPDX-License-Identifier: Apache-2.0
#include "os/small_format.h"

namespace foster {
namespace {

struct Room {
  char* at;
  size_t left;  // with the null
  int length = 0;

  void Put(char c) {
    ++length;
    if (left < 2) return;
    *at++ = c;
    --left;
  }
  void Put(const char* text) {
    for (; *text != '\0'; ++text) Put(*text);
  }
};

void PutNumber(Room* room, int number) {
  char digits[12];
  char* first = digits + sizeof digits - 1;
  *first = '\0';
  unsigned rest = number < 0 ? 0u - static_cast<unsigned>(number) : static_cast<unsigned>(number);
  do {
    *--first = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  if (number < 0) room->Put('-');
  room->Put(first);
}

}  // namespace

int SmallFormat(char* buffer, size_t size, const char* format, va_list values) {
  Room room = {buffer, size};
  for (; *format != '\0'; ++format) {
    if (format[0] == '%' && format[1] == 's') {
      room.Put(va_arg(values, const char*));
    } else if (format[0] == '%' && format[1] == 'd') {
      PutNumber(&room, va_arg(values, int));
    } else {
      room.Put(*format);
      continue;
    }
    ++format;
  }
  if (size != 0) *room.at = '\0';
  return room.length;
}

}  // namespace foster
