#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How the shipped binary is hardened: docs/hardening.md, sentence by sentence, read from the file itself."""
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
WHOLE = os.path.join(RUNFILES, 'init', 'foster_whole')
LLVM = '/usr/lib/llvm-16/bin/'
PT_LOAD, PT_DYNAMIC, PT_GNU_STACK = 1, 2, 0x6474e551
EXECUTABLE, WRITABLE, READABLE = 1, 2, 4


def segments(path):
    """(type, flags, address, size in memory) of each program header of a 64-bit little-endian ELF file."""
    with open(path, 'rb') as f:
        data = f.read()
    offset, = struct.unpack_from('<Q', data, 32)
    size, count = struct.unpack_from('<HH', data, 54)
    found = []
    for i in range(count):
        kind, flags, _, address, _, _, in_memory, _ = struct.unpack_from('<IIQQQQQQ', data, offset + i * size)
        found.append((kind, flags, address, in_memory))
    return found


def run(tool, *words):
    return subprocess.run([LLVM + tool, *words], capture_output=True, text=True, check=True).stdout


def symbols():
    """name: (address, kind)"""
    found = {}
    for line in run('llvm-nm', '--defined-only', WHOLE).splitlines():
        address, kind, name = line.split()
        found[name] = (int(address, 16), kind)
    return found


class Hardening(unittest.TestCase):
    def flags_at(self, address):
        for kind, flags, begin, size in segments(WHOLE):
            if kind == PT_LOAD and begin <= address < begin + size:
                return flags
        self.fail(f'{address:#x} is in no segment')

    def test_no_stack_is_executable(self):
        self.assertEqual([flags for kind, flags, _, _ in segments(FOSTER) if kind == PT_GNU_STACK], [READABLE | WRITABLE])

    def test_no_memory_is_writable_and_executable(self):
        loads = [flags for kind, flags, _, _ in segments(FOSTER) if kind == PT_LOAD]
        self.assertEqual(sorted(loads), [READABLE | EXECUTABLE, READABLE | EXECUTABLE, READABLE | WRITABLE])

    # Full RELRO makes read-only what a loader had to write. Here nobody has to write anything.
    def test_nothing_is_relocated_at_the_start(self):
        self.assertNotIn(PT_DYNAMIC, [kind for kind, *_ in segments(FOSTER)])
        self.assertIn('There are no relocations in this file', run('llvm-readelf', '-r', WHOLE))

    def test_tables_of_functions_are_read_only(self):
        tables = {name: address for name, (address, _) in symbols().items() if name.startswith('_ZTV') or 'kTable' in name or name in ('__init_array_start', '__init_array_end')}
        self.assertTrue(any('kTable' in name for name in tables), 'the table of options has another name now')
        for name, address in tables.items():
            self.assertFalse(self.flags_at(address) & WRITABLE, name)

    def test_no_global_offset_table_is_used(self):
        got = re.search(r'\.got\s+PROGBITS\s+([0-9a-f]+)\s+[0-9a-f]+\s+([0-9a-f]+)', run('llvm-readelf', '-S', '-W', WHOLE))
        begin, size = (int(number, 16) for number in got.groups()) if got else (0, 0)
        text = run('llvm-objdump', '-d', '--no-show-raw-insn', WHOLE)
        self.assertIn('syscall' if os.uname().machine == 'x86_64' else 'svc', text)
        through_memory = [int(target, 16) for target in re.findall(r'(?:call|jmp)q?\s+\*\S+\(%rip\)\s+# (?:0x)?([0-9a-f]+)', text)]
        self.assertEqual([hex(target) for target in through_memory if begin <= target < begin + size], [])

    @unittest.skipUnless(os.uname().machine == 'x86_64', 'the guard is looked for as x86-64 has it')
    def test_what_takes_apart_what_others_wrote_guards_its_stack(self):
        guarded = set()
        name = ''
        for line in run('llvm-objdump', '-d', '-C', '--no-show-raw-insn', WHOLE).splitlines():
            if line.endswith('>:'):
                name = line
            elif '%fs:40' in line or '%fs:0x28' in line:
                guarded.add(name)
        for function in ('foster::Datagram::Receive(', 'foster::ReadNotifyMessage(', 'foster::VisitEveryone(', 'ProcIsOurs()'):
            self.assertTrue(any(function in one for one in guarded), function)

    def test_nothing_of_the_program_is_looked_up_or_loaded_later(self):
        names = symbols()
        for name in ('dlopen', 'dlsym', 'system', 'popen', 'execvp', 'gets', 'tmpnam', 'mktemp'):
            self.assertNotIn(name, names)


if __name__ == '__main__':
    counted_tests.main()
