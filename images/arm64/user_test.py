#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""foster's arm64 binary under qemu-user.

qemu-user translates the program and hands its system calls to this machine's kernel, so what is tested is the code that the cross-compiler made, the entry point and
the assembly included. It does not know PR_SET_CHILD_SUBREAPER, so foster runs as PID 1 here; and it makes a fork of a vfork, so that an exec failure does not come
back with its errno. The rest is tested in a booted machine: images/kernels/run --arch=arm64.
"""
import os
import shutil
import signal
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
import counted_tests  # noqa: E402

QEMU = shutil.which('qemu-aarch64-static') or shutil.which('qemu-aarch64')
ARM64 = os.path.join(TOP, 'init', 'foster_arm64')
NATIVE = os.path.join(TOP, 'init', 'foster')
AS_INIT = ['unshare', '--fork', '--pid', '--kill-child']


def run(*words, prefix=(), name=None, **options):
    emulate = [QEMU, '-0', name, ARM64] if name else [QEMU, ARM64]
    return subprocess.run([*prefix, *emulate, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120, check=False, **options)


@unittest.skipUnless(QEMU, 'qemu-aarch64-static is not installed')
class TestUnderQemuUser(unittest.TestCase):
    def test_it_says_the_same_as_the_other_architecture(self):
        for words in (['--help'], ['--version'], ['--license']):
            native = subprocess.run([NATIVE, *words], stdout=subprocess.PIPE, text=True, check=True).stdout
            self.assertEqual(run(*words).stdout, native)

    def test_wrong_usage_is_refused_with_the_same_words(self):
        for words in (['--nothing'], ['--grace=x', 'true'], ['--rewrite=TERM:NOTHING', 'true'], ['--to=me', 'true'], []):
            native = subprocess.run([NATIVE, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
            emulated = run(*words)
            self.assertEqual((emulated.returncode, emulated.stderr), (125, native.stderr))

    def test_it_answers_to_other_names(self):
        self.assertTrue(run('--version', name='/sbin/docker-init').stdout.startswith('tini version '))
        self.assertTrue(run('--version', name='dumb-init').stdout.startswith('dumb-init v'))


@unittest.skipUnless(QEMU, 'qemu-aarch64-static is not installed')
@unittest.skipUnless(os.geteuid() == 0, 'not root: a PID namespace is needed')
class TestAsInitUnderQemuUser(unittest.TestCase):
    def test_exit_statuses(self):
        for script, wanted in (('exit 0', 0), ('exit 7', 7), ('exit 255', 255), ('kill -TERM $$', 143), ('kill -KILL $$', 137)):
            self.assertEqual(run('--', 'sh', '-c', script, prefix=AS_INIT).returncode, wanted, script)

    def test_signals_are_passed_on(self):
        script = "trap 'echo got; exit 9' USR1; echo ready; while :; do sleep 1000 & wait $!; done"
        process = subprocess.Popen([*AS_INIT, QEMU, ARM64, '--', 'sh', '-c', script], stdout=subprocess.PIPE, text=True)
        try:
            self.assertEqual(process.stdout.readline(), 'ready\n')
            with open(f'/proc/{process.pid}/task/{process.pid}/children') as f:
                os.kill(int(f.read().split()[0]), signal.SIGUSR1)
            self.assertEqual(process.stdout.readline(), 'got\n')
            self.assertEqual(process.wait(120), 9)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    def test_orphans_are_reaped(self):
        script = ('for i in 1 2 3 4 5 6 7 8 9 10; do sh -c "true & exit 0"; done; i=0; '
                  'while grep -qs ") Z 1 " /proc/[0-9]*/stat; do i=$((i + 1)); [ $i -lt 300 ] || exit 1; sleep 0.1; done; exit 0')
        self.assertEqual(run('--', 'sh', '-c', script, prefix=[*AS_INIT, '--mount-proc']).returncode, 0)

    def test_what_is_left_is_asked_to_end(self):
        script = 'sh -c \'trap "echo asked; exit 0" TERM; echo up; while :; do sleep 1000 & wait $!; done\' & read -r line <&3; exit 4'
        reading, writing = os.pipe()
        process = subprocess.Popen([*AS_INIT, QEMU, ARM64, '--', 'sh', '-c', script.replace('<&3', f'<&{reading}')], stdout=subprocess.PIPE, text=True,
                                   pass_fds=(reading,))
        os.close(reading)
        try:
            self.assertEqual(process.stdout.readline(), 'up\n')
            os.write(writing, b'\n')
            self.assertEqual(process.stdout.readline(), 'asked\n')
            self.assertEqual(process.wait(120), 4)
        finally:
            os.close(writing)
            process.kill()
            process.wait()
            process.stdout.close()


if __name__ == '__main__':
    counted_tests.main()
