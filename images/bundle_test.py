#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the bundle that images/bundle makes under runc, with foster as the entry point."""
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import counted_tests  # noqa: E402

FOSTER = counted_tests.find_foster()
PATIENCE = 60


def missing():
    if os.geteuid() != 0:
        return 'not root: runc needs it here'
    if not shutil.which('runc'):
        return 'runc is not installed'
    if not os.path.isfile('/bin/busybox'):
        return 'busybox-static is not installed'
    return None


class TestBundle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if missing():
            raise unittest.SkipTest(missing())
        # Whether runc works here is asked without foster: a fault of foster's must not look like one of the machine.
        folder = tempfile.mkdtemp(prefix='foster-bundle-', dir='/tmp')
        try:
            cls.bundle(f'{folder}/bundle', [], ['true'])
            with open(f'{folder}/bundle/config.json') as f:
                config = json.load(f)
            config['process']['args'] = ['/bin/true']
            with open(f'{folder}/bundle/config.json', 'w') as f:
                json.dump(config, f)
            name = f'foster-probe-{os.getpid()}'
            done = subprocess.run(['runc', '--root', f'{folder}/state', 'run', '--bundle', f'{folder}/bundle', name], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE, check=False)
            subprocess.run(['runc', '--root', f'{folder}/state', 'delete', '--force', name], stderr=subprocess.DEVNULL, timeout=PATIENCE, check=False)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if done.returncode != 0:
            raise unittest.SkipTest(f'runc cannot run a container here: {done.stdout.strip()[-200:]}')

    @staticmethod
    def bundle(folder, options, command):
        subprocess.run([sys.executable, os.path.join(HERE, 'bundle'), f'--foster={FOSTER}', *(f'--option={o}' for o in options), folder, '--', *command],
                       check=True, timeout=PATIENCE)

    def start(self, *command, options=()):
        folder = tempfile.mkdtemp(prefix='foster-bundle-', dir='/tmp')
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.bundle(f'{folder}/bundle', options, command)
        self.runc = ['runc', '--root', f'{folder}/state']
        self.name = f'foster-bundle-{os.getpid()}'
        self.text = b''
        self.process = subprocess.Popen([*self.runc, 'run', '--bundle', f'{folder}/bundle', self.name], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(self.clean, self.process, self.runc, self.name)

    @staticmethod
    def clean(process, runc, name):
        subprocess.run([*runc, 'delete', '--force', name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PATIENCE, check=False)
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()

    def read(self, end):
        if not select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]:
            raise AssertionError(f'nothing more is said; so far {self.text!r}')
        data = os.read(self.process.stdout.fileno(), 65536)
        self.text += data
        return data

    def hears(self, words):
        end = time.monotonic() + PATIENCE
        while words not in self.text:
            self.assertTrue(self.read(end), f'ended without {words!r}: {self.text!r}')

    def end(self):
        end = time.monotonic() + PATIENCE
        while self.read(end):
            pass
        return self.process.wait(PATIENCE), self.text.decode()

    def kill(self, signo):
        subprocess.run([*self.runc, 'kill', self.name, signo], check=True, timeout=PATIENCE)

    def test_foster_is_pid_1_and_the_exit_status_comes_back(self):
        self.start('sh', '-c', 'echo "$$ $PPID $(cat /proc/1/comm) $(hostname)"; exit 7')
        status, text = self.end()
        self.assertEqual(status, 7, text)
        self.assertRegex(text, r'^\d+ 1 foster foster\n$')

    def test_sigterm_by_runc_kill_reaches_the_trap_of_the_workload(self):
        self.start('sh', '-c', 'trap "echo heard; exit 5" TERM; echo ready; while :; do sleep 1; done')
        self.hears(b'ready\n')
        self.kill('TERM')
        self.assertEqual(self.end(), (5, 'ready\nheard\n'))

    def test_an_orphan_is_reaped(self):
        # The orphan tells its number and ends; it is reaped when it is no longer there at all, not even as a zombie.
        script = ('orphan=$(sh -c "sh -c \'echo \\$\\$; exec >&-; read parent < /tmp/go\' & :" | head -n 1); grep -q "^PPid:.1$" /proc/$orphan/status || echo not an orphan; '
                  'echo > /tmp/go; i=0; while [ -e /proc/$orphan ]; do i=$((i + 1)); [ $i -lt 600 ] || exit 1; sleep 0.1; done; echo gone')
        for reap in ('wait', 'auto'):
            with self.subTest(reap):
                self.start('sh', '-c', 'mkfifo /tmp/go; ' + script, options=[f'--reap={reap}'])
                self.assertEqual(self.end(), (0, 'gone\n'))
                self.clean(self.process, self.runc, self.name)

    def test_a_second_stop_signal_during_the_grace_kills_a_workload_that_stays(self):
        self.start('sh', '-c', 'trap "echo stays" TERM; echo ready; while :; do sleep 1; done', options=['--grace=1h'])
        self.hears(b'ready\n')
        self.kill('TERM')
        self.hears(b'stays\n')
        self.kill('INT')  # the same signal, from outside as well, may come too soon to be a second one
        status, text = self.end()
        self.assertEqual(status, 128 + 9, text)

    def test_a_second_stop_signal_during_the_grace_kills_what_is_left_and_the_status_stays(self):
        left = 'sh -c \'trap "echo stays" TERM; echo ready; while :; do sleep 1; done\' & '
        self.start('sh', '-c', left + 'trap "exit 3" TERM; while :; do sleep 1; done', options=['--grace=1h'])
        self.hears(b'ready\n')
        self.kill('TERM')
        self.hears(b'stays\n')  # the workload has ended: what is left is asked after that
        self.kill('INT')
        status, text = self.end()
        self.assertEqual(status, 3, text)


if __name__ == '__main__':
    counted_tests.main()
