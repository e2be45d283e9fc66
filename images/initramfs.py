#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes an initramfs: a cpio archive (newc) that is the same to the byte whenever what goes in is the same.

usage: initramfs.py --out=FILE [--gzip] ENTRY...

  file:TARGET=SOURCE[:MODE]          a file; its mode is the source's unless said (octal)
  program:TARGET=SOURCE              an executable, and the shared libraries that it names, where the loader finds them
  tree:TARGET=SOURCE                 a folder with all that is in it
  dir:TARGET[:MODE]                  an empty folder
  link:TARGET=TO                     a symbolic link
  node:TARGET=c|b:MAJOR:MINOR[:MODE] a device
  text:TARGET=TEXT                   a file that holds TEXT

Folders above an entry are made. Owners are root, times are 0, inodes count from 1 in the order of the names, so neither the machine nor the day shows.
No privilege is needed, for device nodes either. As a module: Initramfs().

An initramfs of foster as a machine's real PID 1 (boot it with rdinit=/foster, and foster's own options behind `--` on the kernel's command line):
  initramfs.py --out=machine.cpio file:/foster=bazel-bin/init/foster file:/bin/busybox=/bin/busybox node:/dev/console=c:5:1 dir:/proc
"""
import gzip
import os
import stat
import subprocess
import sys

# What most programs expect of the simplest root file system. The kernel opens /dev/console for PID 1 before anything can be mounted.
CONSOLE = ('/dev/console', 'c', 5, 1, 0o600)
NULL = ('/dev/null', 'c', 1, 3, 0o666)


class Initramfs:
    """Collects entries, then writes them. A later entry takes the place of an earlier one of the same name."""

    def __init__(self):
        self._entries = {}  # name without the leading slash -> (mode, data, (major, minor))

    def _add(self, target, mode, data=b'', device=(0, 0)):
        name = os.path.normpath('/' + target).lstrip('/')
        if not name or '..' in target.split('/'):
            raise ValueError(f'{target}: not a path inside of the archive')
        above = os.path.dirname(name)
        if above and above not in self._entries:
            self._add(above, stat.S_IFDIR | 0o755)
        elif above and not stat.S_ISDIR(self._entries[above][0]):
            raise ValueError(f'{target}: /{above} is not a folder')
        self._entries[name] = (mode, data, device)

    def has(self, target):
        return os.path.normpath('/' + target).lstrip('/') in self._entries

    def add_dir(self, target, mode=0o755):
        self._add(target, stat.S_IFDIR | mode)

    def add_bytes(self, target, data, mode=0o644):
        self._add(target, stat.S_IFREG | mode, data)

    def add_file(self, target, source, mode=None):
        with open(source, 'rb') as f:
            if mode is None:
                mode = 0o755 if os.stat(f.fileno()).st_mode & 0o111 else 0o644
            self._add(target, stat.S_IFREG | mode, f.read())

    def add_link(self, target, to):
        self._add(target, stat.S_IFLNK | 0o777, to.encode())

    def add_node(self, target, kind, major, minor, mode=0o600):
        self._add(target, {'c': stat.S_IFCHR, 'b': stat.S_IFBLK}[kind] | mode, device=(major, minor))

    def add_tree(self, target, source):
        self.add_dir(target, 0o755)
        for folder, folders, files in os.walk(source):
            below = os.path.join(target, os.path.relpath(folder, source))
            for name in folders + files:
                path, inside = os.path.join(folder, name), os.path.join(below, name)
                if os.path.islink(path):
                    self.add_link(inside, os.readlink(path))
                elif os.path.isdir(path):
                    self.add_dir(inside)
                elif os.path.isfile(path):
                    self.add_file(inside, path)

    def add_program(self, target, source):
        """An executable with the shared libraries that it needs, if any (found by the host's loader)."""
        self.add_file(target, source, 0o755)
        for name, path in shared_libraries(source):
            inside = path if name.startswith('/') else os.path.join(library_folder(), name)
            if not self.has(inside):
                self.add_file(inside, path, 0o755)

    def write(self, stream):
        """newc: see Documentation/driver-api/early-userspace/buffer-format.rst of the kernel."""
        size = 0

        def put(data):
            nonlocal size
            stream.write(data)
            size += len(data)

        def put_entry(inode, name, mode, data, device):
            raw = name.encode() + b'\0'
            links = 2 if stat.S_ISDIR(mode) else 1
            fields = (inode, mode, 0, 0, links, 0, len(data), 0, 0, device[0], device[1], len(raw), 0)
            put(b'070701' + b''.join(b'%08X' % field for field in fields) + raw)
            put(b'\0' * (-size % 4))
            put(data)
            put(b'\0' * (-size % 4))

        for inode, name in enumerate(sorted(self._entries), 1):
            put_entry(inode, name, *self._entries[name])
        put_entry(0, 'TRAILER!!!', 0, b'', (0, 0))
        put(b'\0' * (-size % 512))

    def write_file(self, path, compress=False):
        """Replaces `path` in one step, so that nobody boots half an archive."""
        new = f'{path}.{os.getpid()}'
        try:
            with open(new, 'wb') as f:
                if compress:
                    with gzip.GzipFile(filename='', fileobj=f, mode='wb', compresslevel=9, mtime=0) as packed:
                        self.write(packed)
                else:
                    self.write(f)
            os.replace(new, path)
        except BaseException:
            if os.path.exists(new):
                os.unlink(new)
            raise


def library_folder():
    return f'/lib/{os.uname().machine}-linux-gnu'


def shared_libraries(program):
    """(name as the program names it, path on this machine) of each shared library, the loader included. Nothing for a static program."""
    # Where it really is: paths that are relative to the program ($ORIGIN) are meant so.
    program = os.path.realpath(program)
    with open(program, 'rb') as f:
        if f.read(4) != b'\x7fELF':
            return []
    run = subprocess.run(['ldd', program], capture_output=True, text=True, env={**os.environ, 'LC_ALL': 'C'})
    found = []
    for line in run.stdout.splitlines():
        words = line.split()
        if 'not found' in line:
            raise FileNotFoundError(f'{program}: its library {words[0]} is not there')
        if '=>' in words and len(words) >= 3 and words[2].startswith('/'):
            found.append((words[0], words[2]))
        elif words and words[0].startswith('/'):
            found.append((words[0], words[0]))
    return found


def add_entry(archive, entry):
    kind, _, rest = entry.partition(':')
    if kind == 'dir':
        target, _, mode = rest.partition(':')
        archive.add_dir(target, int(mode or '755', 8))
        return
    target, equals, source = rest.partition('=')
    if not equals:
        raise ValueError('not KIND:TARGET=SOURCE')
    if kind == 'file':
        mode = None
        if ':' in source and not os.path.exists(source):
            source, _, octal = source.rpartition(':')
            mode = int(octal, 8)
        archive.add_file(target, source, mode)
    elif kind == 'program':
        archive.add_program(target, source)
    elif kind == 'tree':
        archive.add_tree(target, source)
    elif kind == 'link':
        archive.add_link(target, source)
    elif kind == 'text':
        archive.add_bytes(target, source.encode() + b'\n')
    elif kind == 'node':
        parts = source.split(':')
        archive.add_node(target, parts[0], int(parts[1]), int(parts[2]), int(parts[3], 8) if len(parts) > 3 else 0o600)
    else:
        raise ValueError('not one of file, program, tree, dir, link, node, text')


def main(words):
    out, compress, archive = None, False, Initramfs()
    for word in words:
        if word.startswith('--out='):
            out = word[len('--out='):]
        elif word == '--gzip':
            compress = True
        elif word in ('-h', '--help'):
            print(__doc__)
            return 0
        else:
            try:
                add_entry(archive, word)
            except (ValueError, KeyError, IndexError, OSError) as e:
                print(f'initramfs.py: "{word}": {e}', file=sys.stderr)
                return 2
    if out is None:
        print('initramfs.py: --out=FILE is missing', file=sys.stderr)
        return 2
    archive.write_file(out, compress)
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
