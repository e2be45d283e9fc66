#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds those example Dockerfiles that install nothing, and runs the images. In the place of debian:bookworm-slim there is busybox; foster's image is the real one.

images/examples/try does the same with Debian, and with all of them.
"""
import os
import shutil
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), 'engines')]
import built  # noqa: E402
import counted_tests  # noqa: E402
from container import Container  # noqa: E402
from counted_tests import until  # noqa: E402
from dockerfile import words_of  # noqa: E402

APPLETS = 'sh sleep setsid cat grep'.split()


@unittest.skipIf(built.missing(), built.missing())
@unittest.skipUnless(os.path.isfile('/bin/busybox'), 'busybox-static is not installed')
class TestBuilt(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix='foster-built-', dir='/tmp')
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        root = f'{cls.folder}/root'
        os.makedirs(f'{root}/bin')
        os.mkdir(f'{root}/tmp')
        shutil.copy('/bin/busybox', f'{root}/bin/busybox')
        for applet in APPLETS:
            os.symlink('busybox', f'{root}/bin/{applet}')
        cls.store = built.Store(cls.folder, os.path.join(TOP, 'images', 'oci', 'foster.docker.tar'))
        cls.store.add_base('debian:bookworm-slim', root)

    def image(self, example):
        self.store.build_example(example)
        engine = built.Built(f'{self.folder}/{example}', self.store.export(f'example-{example}'))
        engine.start()
        return engine

    def test_a_script_that_starts_daemons(self):
        engine = self.image('daemons')
        config = engine.config()
        self.assertEqual((config['Entrypoint'], config['Cmd']), words_of('daemons'))
        with Container(engine, []) as one:
            until(lambda: self.log(engine, one).count('started') == 2, 'both daemons')
            self.assertEqual(engine.inside(one.name, 'cat', '/proc/1/comm'), 'foster\n')
            engine.kill(one.name, 'TERM')
            self.assertEqual(one.end(), 0, one.text)
        with open(f'{engine.work}/unpacked/rootfs/tmp/log') as f:
            self.assertEqual(sorted(f.read().splitlines()), ['one ended in order', 'one started', 'script asked', 'two ended in order', 'two started'])

    @staticmethod
    def log(engine, one):
        try:
            return engine.inside(one.name, 'cat', '/tmp/log')
        except built.Cannot:  # not yet
            return ''

    def test_a_forker_like_cron(self):
        engine = self.image('cron')
        script = '/jobs.sh 0 30; i=0; while grep -qs ") Z " /proc/[0-9]*/stat; do i=$((i + 1)); [ $i -lt 300 ] || exit 1; sleep 0.1; done'
        with Container(engine, ['sh', '-c', script]) as one:
            self.assertEqual(one.end(), 0, one.text)
            self.assertEqual(one.text, '30 jobs\n')


if __name__ == '__main__':
    counted_tests.main()
