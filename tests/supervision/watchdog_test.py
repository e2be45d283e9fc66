#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The watchdog that the workload feeds, and the more time that it may ask for."""
import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from harness import FOSTER, ROOT, TERM, TIMEOUT, Case, main
from notify_harness import NOTIFY, Outside, names, only, speaks, told


class Terminal:
    """The master's side of one."""

    def __init__(self, fd):
        self.fd = fd
        self.text = b''

    def type(self, text):
        os.write(self.fd, text.encode())

    def awaits(self, words):
        """Until these words come; what came before them is forgotten."""
        deadline = time.monotonic() + TIMEOUT
        while words.encode() not in self.text:
            if not select.select([self.fd], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f'{words!r} did not come, but {self.text!r}')
            self.text += os.read(self.fd, 4096)
        self.text = self.text.split(words.encode(), 1)[1]


class Watchdog(Case):
    def test_ends_a_workload_that_hangs(self):
        def body(options):
            foster = self.start(*speaks('notify("READY=1"); barrier(); say("up"); hang()'), options=[*options, '--ready=notify', '--watchdog=300ms'], status=True,
                                stderr=subprocess.PIPE)
            foster.says('up')
            self.assertEqual(foster.wait()[0], 134)
            events = told(foster)
            self.assertEqual(names(events), ['setup', 'started', 'ready', 'watchdog', 'ended', 'exit'])
            self.assertEqual(only(events, 'watchdog')[0]['pid'], only(events, 'started')[0]['pid'])
            self.assertEqual(only(events, 'ended')[0]['signal'], 'ABRT')
            self.assertEqual((events[-1]['reason'], events[-1]['code']), ('watchdog', 134))
            foster.remarks('the workload is hung')
        self.in_every_setting(body)

    def test_kills_one_that_does_not_even_abort(self):
        def body(options):
            foster = self.start(*speaks('signal.signal(signal.SIGABRT, signal.SIG_IGN); notify("READY=1"); hang()'), status=True,
                                options=[*options, '--ready=notify', '--watchdog=100ms', '--grace=100ms', '--quiet'])
            self.assertEqual(foster.wait()[0], 137)
            self.assertEqual(only(told(foster), 'exit')[0]['reason'], 'watchdog')
        self.in_every_setting(body)

    def test_wakes_one_that_is_stopped(self):
        def body(options):
            foster = self.start(*speaks('notify("READY=1"); os.kill(os.getpid(), signal.SIGSTOP); hang()'), options=[*options, '--ready=notify', '--watchdog=200ms', '--quiet'])
            self.assertEqual(foster.wait()[0], 134)
        self.in_every_setting(body)

    def test_leaves_alone_who_says_that_it_lives(self):
        # For longer than the period; on a machine that stands still for most of that the workload says so.
        for options in (['--reap=wait'], ['--new=pid'] if ROOT else []):
            foster = self.start(*speaks('''
notify("READY=1")
began = last = time.monotonic()
worst = 0
while last - began < 5.5:
  time.sleep(0.1)
  notify("WATCHDOG=1")
  now = time.monotonic()
  worst, last = max(worst, now - last), now
say("slow" if worst > 3 else "lived")
sys.exit(7)
'''), options=[*options, '--ready=notify', '--watchdog=4s', '--quiet'], status=True)
            code, said = foster.wait()
            if said != ['slow'] and code != 134:
                self.assertEqual((code, said), (7, ['lived']))
                self.assertNotIn('watchdog', names(told(foster)))
            else:
                self.skipTest('this machine stood still for seconds')

    @unittest.skipUnless(shutil.which('bash'), 'bash is not installed')
    def test_looks_away_from_one_that_stands_still_at_its_terminal(self):
        works = NOTIFY + '''
import os, select, sys, time
notify("READY=1")
print("work" + "ing", flush=True)
while not select.select([0], [], [], 0.1)[0]: notify("WATCHDOG=1")
sys.exit(7)
'''
        with tempfile.NamedTemporaryFile('w', suffix='.py') as script:
            script.write(works)
            script.flush()
            for options in ('--reap=auto', '--new=pid,mount --proc' if ROOT else '--reap=wait'):
                with self.subTest(options):
                    pid, terminal = pty.fork()
                    if pid == 0:
                        os.execvpe('bash', ['bash', '--norc', '--noprofile', '-i'], dict(os.environ, PS1='$ ', TERM='dumb'))
                    self.addCleanup(os.close, terminal)
                    said = Terminal(terminal)
                    said.type(f'stty -echo; {FOSTER} {options} --ready=notify --watchdog=3s {sys.executable} {script.name}; echo "st""opped $?"\n')
                    said.awaits('working')
                    said.type('\x1a')
                    said.awaits('Stopped')
                    time.sleep(4)
                    said.type('fg\n')
                    time.sleep(1)
                    said.type('\n')
                    said.type('echo "co""de $?"\n')
                    said.awaits('code 7')
                    said.type('exit\n')
                    os.waitpid(pid, 0)

    def test_waits_until_a_workload_is_ready(self):
        foster = self.start(*speaks('time.sleep(0.5); notify("READY=1"); hang()'), options=['--ready=notify', '--watchdog=50ms', '--quiet'], status=True)
        self.assertEqual(foster.wait()[0], 134)
        self.assertEqual(names(told(foster)), ['setup', 'started', 'ready', 'watchdog', 'ended', 'exit'])

    def test_watches_from_the_start_where_nobody_tells_of_readiness(self):
        def body(options):
            foster = self.start('sleep', '3600', options=[*options, '--watchdog=100ms', '--quiet'], status=True)
            self.assertEqual(foster.wait()[0], 134)
        self.in_every_setting(body)

    def test_can_be_triggered(self):
        def body(options):
            for more in (['--watchdog=1h'], ['--ready=notify']):
                outside = Outside(self)
                foster = self.start(*speaks('notify("STATUS=lost\\nWATCHDOG=trigger"); hang()'), options=[*options, *more, '--quiet'], status=True, env=outside.env())
                self.assertEqual(foster.wait()[0], 134)
                self.assertEqual(only(told(foster), 'exit')[0]['reason'], 'watchdog')
                self.assertEqual(outside.hears()[0], 'STATUS=lost')  # foster sees to the rest
        self.in_every_setting(body)

    def test_takes_another_period(self):
        def body(options):
            foster = self.start(*speaks('notify("WATCHDOG_USEC=100000"); hang()'), options=[*options, '--watchdog=1h', '--quiet'])
            self.assertEqual(foster.wait()[0], 134)
        self.in_every_setting(body)

    def test_starts_again_what_hung_however_it_ended(self):
        def body(options):
            foster = self.start(*speaks('''
signal.signal(signal.SIGABRT, lambda *_: os._exit(0))
if sys.stdin.readline() == "": os._exit(5)
notify("WATCHDOG=trigger")
hang()
'''), options=[*options, '--watchdog=1h', '--restart=on-failure:5', '--backoff=1ms', '--expect-exit=5', '--quiet'], status=True, stdin=self.stdin_with(b'\n'))
            self.assertEqual(foster.wait()[0], 0)
            events = told(foster)
            self.assertEqual(names(events), ['setup', 'started', 'watchdog', 'ended', 'restart', 'started', 'ended', 'exit'])
            self.assertEqual((events[-1]['reason'], events[-1]['runs']), ('ended', 2))
        self.in_every_setting(body)

    def test_has_no_say_once_the_workload_is_stopping(self):
        def body(options):
            foster = self.start(*speaks('notify("STOPPING=1"); time.sleep(0.6); sys.exit(5)'), options=[*options, '--watchdog=4s'], status=True)
            self.assertEqual(foster.wait()[0], 5)
            foster = self.start(*speaks('''
def stop(*_):
  time.sleep(1)
  os._exit(6)
signal.signal(signal.SIGTERM, stop)
notify("READY=1\\nWATCHDOG_USEC=4000000"); barrier()
os.kill(os.getppid(), signal.SIGTERM)
time.sleep(0.1)
notify("WATCHDOG_USEC=1000")
hang()
'''), options=[*options, '--ready=notify', '--watchdog=1h'], status=True)
            self.assertEqual(foster.wait()[0], 6)
        self.in_every_setting(body)


class MoreTime(Case):
    def test_is_given_before_the_timeout(self):
        def body(options):
            foster = self.start(*speaks('notify("EXTEND_TIMEOUT_USEC=3600000000"); barrier(); time.sleep(4.5); sys.exit(7)'), options=[*options, '--ready=notify', '--timeout=4s'], status=True)
            code, _ = foster.wait()
            if only(told(foster), 'stop') and code == 143:
                self.skipTest('this machine took seconds to start the workload')
            self.assertEqual(code, 7)
        self.in_every_setting(body)

    def test_is_given_while_stopping(self):
        def body(options):
            for grace in (2, 10, 40):  # a machine that is too slow to ask for more time within it gets more
                foster = self.start(*speaks(f'''
def stop(*_):
  notify("EXTEND_TIMEOUT_USEC=3600000000"); barrier()
  time.sleep({grace + 1})
  os._exit(7)
signal.signal(signal.SIGTERM, stop)
say("up")
hang()
'''), options=[*options, '--ready=notify', f'--grace={grace}s'])
                foster.says('up')
                foster.send(TERM)
                code = foster.wait()[0]
                if code == 7: break
            self.assertEqual(code, 7)
        self.in_every_setting(body)


if __name__ == '__main__':
    main()
