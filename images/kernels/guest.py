# SPDX-License-Identifier: Apache-2.0
"""What a machine finds: the initramfs with foster as /foster, busybox, and the programs to run (see guest.sh)."""
import dataclasses
import os
import re
import shlex
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import initramfs  # noqa: E402

BUSYBOX = '/bin/busybox'
SUITE = '/suite'  # Bazel's runfiles in the guest: what is tests/kernel/kernel_suite there is /suite/tests/kernel/kernel_suite here


@dataclasses.dataclass
class Program:
    """One program of a machine's workload."""
    name: str
    words: list
    limit: int = 300  # seconds, in the guest
    google_test: bool = True
    path: str = ''  # on this machine, to ask it for its tests
    report: str = ''  # the file of /results that tells what was seen
    tests: tuple = ()  # only these; all where empty

    def script(self):
        words = list(self.words)
        if self.google_test:
            words.append('--gtest_color=no')
            if self.tests:
                words.append('--gtest_filter=' + ':'.join(self.tests))
        return ('#!/bin/sh\n'
                f'export HOME=/root TMPDIR=/tmp TEST_TMPDIR=/tmp TEST_SRCDIR=/ TEST_WORKSPACE={SUITE.strip("/")}\n'
                f'cd {SUITE} && exec {shlex.join(words)}\n')

    def all_tests(self):
        """Names of its tests that are not disabled, as GoogleTest lists them. Runs the program on this machine, without running a test."""
        listing = subprocess.run([os.path.abspath(self.path), '--gtest_list_tests'], capture_output=True, text=True, check=True).stdout
        found, suite = [], ''
        for line in listing.splitlines():
            line = line.split('#')[0].rstrip()
            if re.fullmatch(r'\S+\.', line):
                suite = line
            elif re.fullmatch(r'  \S+', line) and 'DISABLED_' not in suite + line:
                found.append(suite + line.strip())
        return found


def busybox_missing():
    return '' if os.access(BUSYBOX, os.X_OK) else f'{BUSYBOX} is not installed (package busybox-static)'


def base(foster):
    """An archive with foster, a shell and its tools, and the few files that programs look for."""
    archive = initramfs.Initramfs()
    archive.add_file('/foster', foster, 0o755)
    archive.add_node(*initramfs.CONSOLE)
    archive.add_node(*initramfs.NULL)
    archive.add_file(BUSYBOX, BUSYBOX, 0o755)
    applets = subprocess.run([BUSYBOX, '--list'], capture_output=True, text=True, check=True).stdout.split()
    for applet in applets:
        if applet != 'busybox':
            archive.add_link(f'/bin/{applet}', 'busybox')
    for folder in ('/proc', '/sys', '/dev', '/tmp', '/run', '/results', '/root', '/new', SUITE):
        archive.add_dir(folder, 0o1777 if folder == '/tmp' else 0o755)
    archive.add_link('/usr/bin', '../bin')
    archive.add_link('/sbin', 'bin')
    archive.add_bytes('/etc/passwd', b'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/:/bin/false\nnobody:x:65534:65534:nobody:/:/bin/false\n')
    archive.add_bytes('/etc/group', b'root:x:0:\ndaemon:x:1:\nnogroup:x:65534:\n')
    archive.add_bytes('/etc/hosts', b'127.0.0.1 localhost\n')
    archive.add_file('/job/guest.sh', os.path.join(HERE, 'guest.sh'), 0o755)
    return archive


def add_programs(archive, programs):
    archive.add_bytes('/job/programs', ''.join(f'{program.name} {program.limit}\n' for program in programs).encode())
    for program in programs:
        archive.add_bytes(f'/job/{program.name}', program.script().encode(), 0o755)


def add_runfiles(archive, folder):
    """Everything that Bazel gave to a test, at its place below /suite; programs with the libraries that they need."""
    for above, folders, files in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith('_solib')]
        for name in files:
            path = os.path.join(above, name)
            target = os.path.join(SUITE, os.path.relpath(path, folder))
            if os.path.exists(path) and not archive.has(target) and not name.endswith('.debug'):
                (archive.add_program if os.access(path, os.X_OK) else archive.add_file)(target, path)
