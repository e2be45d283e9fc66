#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The initramfs builder, by what an independent reader of cpio (busybox) makes of its archives."""
import gzip
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import counted_tests

HERE = os.path.dirname(os.path.abspath(__file__))
BUILDER = os.path.join(HERE, 'initramfs.py')
CPIO = ['busybox', 'cpio']


def build(*words):
    return subprocess.run([sys.executable, BUILDER, *words], capture_output=True, text=True)


class Initramfs(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(dir=os.environ.get('TEST_TMPDIR'))
        self.addCleanup(shutil.rmtree, self.folder)
        self.out = os.path.join(self.folder, 'out.cpio')

    def source(self, name, data, mode=0o644):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as f:
            f.write(data)
        os.chmod(path, mode)
        return path

    def listing(self):
        if not shutil.which('busybox'):
            self.skipTest('busybox is not installed (package busybox-static)')
        with open(self.out, 'rb') as archive:
            run = subprocess.run([*CPIO, '-tv'], stdin=archive, capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout.splitlines()

    def content(self, name):
        folder = os.path.join(self.folder, 'unpacked')
        os.makedirs(folder)
        with open(self.out, 'rb') as archive:
            run = subprocess.run([*CPIO, '-id', name], stdin=archive, cwd=folder, capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)
        with open(os.path.join(folder, name), 'rb') as f:
            return f.read()

    def test_holds_every_kind_of_entry_owned_by_root(self):
        program = self.source('program', b'#!/bin/sh\n', 0o755)
        run = build(f'--out={self.out}', f'file:/foster={program}', 'dir:/proc', 'link:/init=foster', 'node:/dev/console=c:5:1', 'text:/etc/hostname=box', 'dir:/tmp:1777')
        self.assertEqual(run.returncode, 0, run.stderr)
        lines = {line.split(None, 5)[5]: line.split() for line in self.listing()}
        self.assertEqual(lines['foster'][0], '-rwxr-xr-x')
        self.assertEqual(lines['init -> foster'][0], 'lrwxrwxrwx')
        self.assertEqual(lines['dev/console'][0], 'crw-------')
        self.assertEqual(lines['proc'][0], 'drwxr-xr-x')
        self.assertEqual(lines['tmp'][0], 'drwxrwxrwt')
        self.assertEqual({line[1] for line in lines.values()}, {'0/0'})
        self.assertEqual(self.content('etc/hostname'), b'box\n')

    def test_makes_the_folders_above_an_entry_before_it(self):
        file = self.source('f', b'x')
        self.assertEqual(build(f'--out={self.out}', f'file:/a/b/c={file}').returncode, 0)
        names = [line.split(None, 5)[5] for line in self.listing()]
        self.assertEqual(names, ['a', 'a/b', 'a/b/c'])

    def test_keeps_content_of_every_length(self):
        for size in (0, 1, 2, 3, 4, 5, 4096, 100001):
            with self.subTest(size):
                data = bytes(i * 7 % 256 for i in range(size))
                self.assertEqual(build(f'--out={self.out}', f'file:/f={self.source("f", data)}', 'text:/z=behind').returncode, 0)
                self.listing()
                self.assertEqual(self.content('f'), data)
                shutil.rmtree(os.path.join(self.folder, 'unpacked'))

    def test_is_the_same_to_the_byte_whatever_the_order_the_day_and_the_owner(self):
        a, b = self.source('a', b'A'), self.source('b', b'B', 0o755)
        archives = []
        for words in ([f'file:/a={a}', f'file:/d/b={b}'], [f'file:/d/b={b}', f'file:/a={a}']):
            os.utime(a, (len(archives) * 1e9, len(archives) * 1e9))
            for flag in ([], ['--gzip']):
                self.assertEqual(build(f'--out={self.out}', *flag, *words).returncode, 0)
                with open(self.out, 'rb') as f:
                    archives.append(f.read())
        self.assertEqual(archives[0], archives[2])
        self.assertEqual(archives[1], archives[3])
        self.assertEqual(gzip.decompress(archives[1]), archives[0])

    def test_a_program_brings_its_libraries(self):
        self.assertEqual(build(f'--out={self.out}', 'program:/bin/python3=/usr/bin/python3').returncode, 0)
        names = [line.split(None, 5)[5] for line in self.listing()]
        self.assertTrue(any(name.endswith('/libc.so.6') for name in names), names)
        self.assertTrue(any('/ld-linux' in name for name in names), names)

    def test_a_tree_keeps_its_shape(self):
        self.source('t/x/y', b'1')
        os.symlink('x/y', os.path.join(self.folder, 't/l'))
        self.assertEqual(build(f'--out={self.out}', f'tree:/r={self.folder}/t').returncode, 0)
        names = [line.split(None, 5)[5] for line in self.listing()]
        self.assertEqual(names, ['r', 'r/l -> x/y', 'r/x', 'r/x/y'])

    def test_refuses_what_it_does_not_understand_and_leaves_nothing_behind(self):
        for word in ('file:/a', 'file:/a=/there/is/none', 'pipe:/a=b', 'node:/dev/x=c:5', 'dir:/../x', 'nonsense'):
            with self.subTest(word):
                run = build(f'--out={self.out}', word)
                self.assertEqual(run.returncode, 2)
                self.assertIn(word, run.stderr)
                self.assertEqual(len(run.stderr.splitlines()), 1)
                self.assertFalse(os.path.exists(self.out))


if __name__ == '__main__':
    counted_tests.main()
