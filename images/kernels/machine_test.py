#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One command in a machine with foster as its PID 1: its output, exit status and files come back, and a machine that panics or hangs is told as such."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import counted_tests  # noqa: E402
from architecture import AMD64  # noqa: E402
import packages  # noqa: E402

KERNEL = 'bookworm-6.1'
BUILT = os.environ.get('FOSTER_BUILT') or os.getcwd()


def missing(architecture=AMD64):
    reason = architecture.missing()
    if reason:
        return reason
    try:
        there = packages.catalogue([KERNEL.split('-')[0]], architecture=architecture.name)
        if KERNEL not in there:
            return f'the kernel {KERNEL} cannot be had (is the network there?)'
        packages.obtain(there[KERNEL])
    except packages.Unavailable as e:
        return str(e)
    return ''


class Machine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        reason = missing()
        if reason:
            raise unittest.SkipTest(reason)

    def setUp(self):
        self.out = tempfile.mkdtemp(dir=os.environ.get('TEST_TMPDIR'))
        self.addCleanup(shutil.rmtree, self.out)

    def run_inside(self, script, *options):
        command = [os.path.join(HERE, 'run'), f'--built={BUILT}', f'--on={KERNEL}', f'--out={self.out}', *options, '--', 'sh', '-c', script]
        return subprocess.run(command, capture_output=True, text=True)

    def kept(self, name):
        with open(os.path.join(self.out, KERNEL, 'boot0', name), 'rb') as f:
            return f.read()

    def test_gives_back_what_the_command_wrote_its_status_and_its_files(self):
        run = self.run_inside("tr '\\0' ' ' </proc/1/cmdline; echo; echo lost >&2; printf 'a\\0b' >/results/file; uname -r; exit 7")
        self.assertEqual(run.returncode, 7, run.stderr)
        lines = run.stdout.splitlines()
        self.assertRegex(lines[0], '^/foster .*/bin/sh /job/guest.sh $')
        self.assertEqual(lines[1], 'lost')
        self.assertRegex(lines[2], r'^6\.1\.')
        self.assertEqual(self.kept('file'), b'a\0b')

    def test_foster_is_asked_by_variables_on_the_kernels_command_line_too(self):
        run = self.run_inside("tr '\\0' '\\n' </proc/self/environ | grep -c FOSTER_; exit 0", '--append=FOSTER_VERBOSE=1')
        self.assertEqual((run.returncode, run.stdout.strip()), (0, '0'), run.stderr)
        # -v and the variable make two, at which each signal and death is told.
        self.assertIn(b'reaped', self.kept('console'))

    def test_orphans_are_reaped_by_the_machines_init(self):
        run = self.run_inside('for i in 1 2 3 4 5; do (sh -c "exec true" &) ; done; until [ -z "$(grep -l "^State:.Z" /proc/[0-9]*/status 2>/dev/null)" ]; do :; done; echo gone')
        self.assertEqual((run.returncode, run.stdout.strip()), (0, 'gone'), run.stderr)

    def test_a_panic_is_told_as_one(self):
        run = self.run_inside('echo begun; echo c >/proc/sysrq-trigger')
        self.assertEqual(run.returncode, 125, run.stdout)
        self.assertIn('panicked: sysrq triggered crash', run.stderr)
        self.assertIn('begun', run.stdout)

    def test_a_machine_that_hangs_is_told_as_one_and_switched_off(self):
        run = self.run_inside('echo begun; sleep 100000', '--silence=20')
        self.assertEqual(run.returncode, 125, run.stdout)
        self.assertIn('hung: silent for 20 s', run.stderr)


if __name__ == '__main__':
    counted_tests.main()
