# SPDX-License-Identifier: Apache-2.0
"""What a machine finds: the initramfs with foster as /foster, busybox, and the programs to run (see guest.sh)."""
import ast
import dataclasses
import functools
import os
import re
import shlex
import shutil
import subprocess
import sys

from architecture import AMD64, Architecture

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import initramfs  # noqa: E402

SUITE = '/suite'  # Bazel's runfiles in the guest: what is tests/kernel/kernel_suite there is /suite/tests/kernel/kernel_suite here


@dataclasses.dataclass
class Program:
    """One program of a machine's workload."""
    name: str
    words: list
    limit: int = 900  # seconds, in the guest; an emulated machine on a busy one is slow
    kind: str = 'gtest'  # or 'unittest' (a Python file), or 'plain'
    path: str = ''  # on this machine, to ask it for its tests
    report: str = ''  # the file of /results that tells what was seen
    tests: tuple = ()  # only these; all where empty
    architecture: Architecture = AMD64

    def script(self):
        words = list(self.words)
        if self.kind == 'gtest':
            words.append('--gtest_color=no')
            if self.tests:
                words.append('--gtest_filter=' + ':'.join(self.tests))
        elif self.kind == 'unittest':
            words += self.tests
        return ('#!/bin/sh\n'
                f'export HOME=/root TMPDIR=/tmp TEST_TMPDIR=/tmp FOSTER_ORPHANS=2000 TEST_SRCDIR=/ TEST_WORKSPACE={SUITE.strip("/")}\n'
                f'cd {SUITE} && exec {shlex.join(words)}\n')

    def all_tests(self):
        """Names of its tests that are not disabled."""
        return list_tests(os.path.abspath(self.path), self.kind, self.architecture.run_here())

    @property
    def inside(self):
        """Where it is below /suite."""
        return os.path.normpath(self.words[0])


# Asked once: what is built may be built anew while the machines run.
@functools.lru_cache(maxsize=None)
def list_tests(path, kind, run_here=()):
    """A GoogleTest program is run on this machine for it, without running a test; a Python file is read."""
    if kind == 'unittest':
        return list(python_tests(path))
    listing = subprocess.run([*run_here, path, '--gtest_list_tests'], capture_output=True, text=True, check=True).stdout
    found, suite = [], ''
    for line in listing.splitlines():
        line = line.split('#')[0].rstrip()
        if re.fullmatch(r'\S+\.', line):
            suite = line
        elif re.fullmatch(r'  \S+', line) and 'DISABLED_' not in suite + line:
            found.append(suite + line.strip())
    return found


def python_tests(path):
    with open(path) as f:
        tree = ast.parse(f.read())
    for item in tree.body:
        if isinstance(item, ast.ClassDef):
            for part in item.body:
                if isinstance(part, ast.FunctionDef) and part.name.startswith('test'):
                    yield f'{item.name}.{part.name}'


def base(foster, architecture=AMD64):
    """An archive with foster, a shell and its tools, and the few files that programs look for."""
    busybox = architecture.tool('busybox')
    archive = initramfs.Initramfs()
    archive.add_file('/foster', foster, 0o755)
    archive.add_node(*initramfs.CONSOLE)
    archive.add_node(*initramfs.NULL)
    archive.add_file('/usr/bin/busybox', busybox, 0o755)
    applets = subprocess.run([*architecture.run_here(), busybox, '--list'], capture_output=True, text=True, check=True).stdout.split()
    for applet in applets:
        if applet != 'busybox':
            archive.add_link(f'/usr/bin/{applet}', 'busybox')
    if architecture.shell:
        archive.add_file('/usr/bin/bash', architecture.tool(architecture.shell), 0o755)
    for folder in ('/proc', '/sys', '/dev', '/tmp', '/run', '/results', '/root', '/new', '/mnt', '/usr/share', SUITE):
        archive.add_dir(folder, 0o1777 if folder == '/tmp' else 0o755)
    # As Debian has it since 2023. Libraries keep the names that their programs ask for.
    archive.add_link('/bin', 'usr/bin')
    archive.add_link('/sbin', 'usr/bin')
    archive.add_link('/usr/sbin', 'bin')
    archive.add_bytes('/etc/passwd', b'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/:/bin/false\nnobody:x:65534:65534:nobody:/:/bin/false\n')
    archive.add_bytes('/etc/group', b'root:x:0:\ndaemon:x:1:\nnogroup:x:65534:\n')
    archive.add_bytes('/usr/bin/passwd', b'nothing\n', 0o755)  # a file of its own for tests to cover, and no link to busybox
    archive.add_bytes('/etc/shadow', b'root:*:19000:0:99999:7:::\n', 0o640)
    archive.add_bytes('/etc/hosts', b'127.0.0.1 localhost\n')
    archive.add_file('/job/guest.sh', os.path.join(HERE, 'guest.sh'), 0o755)
    archive.add_bytes('/job/ports', ''.join(f'{name}={device}\n' for name, device in architecture.ports.items()).encode())
    return archive


# The tests of set-up and of supervision are Python, and run what is on a Debian system beside it. Busybox's shell would take its own tools before any file, so the shell is
# Debian's too. What is not installed here is busybox's there, or the test skips.
PYTHON = '/usr/bin/python3'
TOOLS = ('unshare', 'nsenter', 'setpriv', 'prlimit', 'mount', 'umount', 'env', 'bash', 'strace', 'nice', 'id', 'ls', 'cat', 'sleep', 'stat', 'readlink', 'true', 'false', 'touch', 'timeout', 'grep', 'ps')
# Parts of Python's library that no test needs, or that need libraries of their own.
NOT_NEEDED = re.compile(r'^(test|idlelib|lib2to3|ensurepip|distutils|config-.*|dist-packages|tkinter|turtledemo|pydoc_data|venv|wsgiref|xmlrpc|sqlite3|curses|dbm|asyncio)$')
NO_EXTENSION = re.compile(r'_ssl|_hashlib|_tkinter|_curses|_dbm|_gdbm|_sqlite3|readline|_crypt|nis|_test|_xx|xx|ossaudiodev|_codecs_|_decimal|_bz2|_lzma|_uuid|_dbus')


def add_python(archive):
    """Python and as much of its library as tests need, compiled: what is compiled on this machine would be out of date by its times in the other."""
    archive.add_program('/usr/bin/python3', PYTHON)
    version = subprocess.run([PYTHON, '-c', 'import sys; print("python%d.%d %s" % (*sys.version_info[:2], sys.implementation.cache_tag))'], capture_output=True, text=True, check=True).stdout
    name, tag = version.split()
    library = f'/usr/lib/{name}'
    for above, folders, files in os.walk(library):
        folders[:] = [folder for folder in folders if not NOT_NEEDED.match(folder)]
        for file in files:
            path = os.path.join(above, file)
            if file.endswith(f'.{tag}.pyc'):
                archive.add_file(os.path.join(os.path.dirname(above), file[:-len(f'.{tag}.pyc')] + '.pyc'), path)
            elif file.endswith('.so') and not NO_EXTENSION.match(file):
                archive.add_program(path, path)
    for tool in TOOLS:
        path = shutil.which(tool, path='/usr/bin:/bin')
        if path:
            archive.add_program(f'/usr/bin/{tool}', path)
    archive.add_program('/usr/bin/sh', os.path.realpath('/bin/sh'))


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
