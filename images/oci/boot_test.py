#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Boots the initramfs image as a microVM would: foster is /init, and the program comes in a second archive behind the first."""
import os
import shutil
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
IMAGES = os.path.dirname(HERE)
sys.path[:0] = [IMAGES, os.path.join(IMAGES, 'kernels')]
import counted_tests  # noqa: E402
import initramfs  # noqa: E402
import machine  # noqa: E402
import machine_test  # noqa: E402
import packages  # noqa: E402


class TestMicroVm(unittest.TestCase):
    def test_foster_runs_the_program_of_a_second_archive_and_powers_off(self):
        reason = machine_test.missing()
        if reason:
            self.skipTest(reason)
        kernel = packages.obtain(packages.catalogue([machine_test.KERNEL.split('-')[0]])[machine_test.KERNEL])
        folder = tempfile.mkdtemp(dir=os.environ.get('TEST_TMPDIR'))
        self.addCleanup(shutil.rmtree, folder)
        program = initramfs.Initramfs()
        program.add_file('/bin/busybox', '/bin/busybox', 0o755)
        program.add_bytes('/program', b'#!/bin/busybox sh\necho "PID 1 has the name $(/bin/busybox cat /proc/1/comm), the words are $*"\n', 0o755)
        program.write_file(f'{folder}/second', compress=True)
        with open(f'{folder}/initrd', 'wb') as out:
            for path in (os.path.join(HERE, 'foster.cpio.gz'), f'{folder}/second'):
                with open(path, 'rb') as f:
                    shutil.copyfileobj(f, out)
        outcome = machine.boot(kernel['vmlinuz'], f'{folder}/initrd', folder, init='/init', init_words=['--proc', '--poweroff', '/program', 'a', 'b'])
        self.assertEqual(outcome.how, 'ended', outcome.reason + outcome.console)
        self.assertIn('PID 1 has the name init, the words are a b', outcome.console)
        self.assertIn('reboot: Power down', outcome.console)


if __name__ == '__main__':
    counted_tests.main()
