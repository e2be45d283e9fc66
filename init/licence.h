// SPDX-License-Identifier: Apache-2.0
// What --license prints.
#ifndef FOSTER_INIT_LICENCE_H_
#define FOSTER_INIT_LICENCE_H_

namespace foster {

inline constexpr char kLicence[] =
    "foster is licensed under the Apache License, Version 2.0 (http://www.apache.org/licenses/LICENSE-2.0).\n"
    "It comes without warranties or conditions of any kind.\n"
    "\n"
    "This binary contains parts of\n"
    "  Abseil, Copyright The Abseil Authors, Apache License, Version 2.0;\n"
    "  LLVM's libc++ and libc++abi, Apache License, Version 2.0, with LLVM exceptions;\n"
    "  musl, Copyright (c) 2005-2020 Rich Felker, et al., under the MIT licence:\n"
    "\n"
    "    Permission is hereby granted, free of charge, to any person obtaining a copy of this software and\n"
    "    associated documentation files (the \"Software\"), to deal in the Software without restriction,\n"
    "    including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense,\n"
    "    and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so,\n"
    "    subject to the following conditions:\n"
    "\n"
    "    The above copyright notice and this permission notice shall be included in all copies or substantial\n"
    "    portions of the Software.\n"
    "\n"
    "    THE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT\n"
    "    LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO\n"
    "    EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER\n"
    "    IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE\n"
    "    USE OR OTHER DEALINGS IN THE SOFTWARE.\n";

}  // namespace foster

#endif  // FOSTER_INIT_LICENCE_H_
