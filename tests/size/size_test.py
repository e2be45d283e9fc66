#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What kind of file the shipped binary is: static, small, without what would make its start slow or its memory writable and executable."""
import os
import re
import struct
import subprocess
import sys
import unittest

RUNFILES = os.path.join(os.environ.get('TEST_SRCDIR', ''), os.environ.get('TEST_WORKSPACE', ''))
sys.path.insert(0, os.path.join(RUNFILES, 'images'))
import counted_tests  # noqa: E402

FOSTER = os.path.join(RUNFILES, 'init', 'foster')
LLVM = '/usr/lib/llvm-16/bin/'
BUDGET = 230 * 1024  # a third of tini-static's 708,080 bytes
PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_GNU_STACK = 1, 2, 3, 0x6474e551
WRITABLE, EXECUTABLE = 2, 1


def segments(path):
    """(type, flags) of each program header of a 64-bit little-endian ELF file."""
    with open(path, 'rb') as f:
        data = f.read()
    assert data[:6] == b'\x7fELF\x02\x01', 'not a 64-bit little-endian ELF file'
    offset, = struct.unpack_from('<Q', data, 32)
    size, count = struct.unpack_from('<HH', data, 54)
    return [struct.unpack_from('<II', data, offset + i * size) for i in range(count)]


def run(tool, *words):
    return subprocess.run([LLVM + tool, *words], capture_output=True, text=True, check=True).stdout


class TheBinary(unittest.TestCase):
    def test_is_at_most_a_third_of_tini_static(self):
        self.assertLessEqual(os.path.getsize(FOSTER), BUDGET)

    def test_is_static(self):
        kinds = [kind for kind, _ in segments(FOSTER)]
        self.assertIn(PT_LOAD, kinds)
        self.assertNotIn(PT_INTERP, kinds)
        self.assertNotIn(PT_DYNAMIC, kinds)

    def test_has_no_executable_stack(self):
        stacks = [flags for kind, flags in segments(FOSTER) if kind == PT_GNU_STACK]
        self.assertEqual(len(stacks), 1, 'without the header the kernel makes the stack executable')
        self.assertFalse(stacks[0] & EXECUTABLE)

    def test_has_no_memory_that_is_writable_and_executable(self):
        for kind, flags in segments(FOSTER):
            self.assertNotEqual(flags & (WRITABLE | EXECUTABLE), WRITABLE | EXECUTABLE, f'segment of type {kind:#x}')

    def test_carries_no_symbols(self):
        # No section headers at all, and so no symbol table.
        with open(FOSTER, 'rb') as f:
            header = f.read(64)
        self.assertEqual(struct.unpack_from('<H', header, 60)[0], 0)

    def test_has_its_symbols_kept_aside(self):
        symbols = run('llvm-nm', '-C', FOSTER + '.debug')
        self.assertIn('foster::Supervisor::StandBy', symbols)

    def test_has_no_mutexes(self):
        # foster has one thread. What little of Abseil asks for them is kept from it (os/no_cord_sampling.cc).
        symbols = run('llvm-nm', '-C', os.path.join(RUNFILES, 'init', 'foster_whole'))
        self.assertNotRegex(symbols, 'Mutex|SpinLock|LowLevelAlloc')

    @unittest.skipUnless(os.uname().machine == 'x86_64', 'there is no CPUID on this processor')
    def test_never_asks_the_processor_what_it_is(self):
        # Each CPUID of a C library's start traps to the hypervisor on a virtual machine. None is in the whole text, so none is on the way to main.
        text = run('llvm-objdump', '-d', '--no-show-raw-insn', os.path.join(RUNFILES, 'init', 'foster_whole'))
        mnemonics = set(re.findall(r'^\s+[0-9a-f]+:\s+(\w+)', text, re.M))
        self.assertIn('syscall', mnemonics)
        self.assertNotIn('cpuid', mnemonics)


if __name__ == '__main__':
    counted_tests.main()
