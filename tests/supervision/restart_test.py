#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Restarting: never, on failure, always; the pauses; what was left is cleared first; a stop is a stop."""
import os
import tempfile

from harness import TERM, Case, main, python


class Restart(Case):
    def test_on_failure_goes_on_until_there_is_none(self):
        def body(options):
            foster = self.start('sh', '-c', 'read line && echo "$line" && exit 3; exit 0', options=[*options, '--restart=on-failure', '--backoff=1ms'],
                                status=True, stdin=self.stdin_with(b'a\nb\nc\n'))
            code, said = foster.wait()
            self.assertEqual((code, said), (0, ['a', 'b', 'c']))
            end = foster.event('exit')
            self.assertEqual((end['runs'], end['reason'], end['code']), (4, 'ended', 0))
        self.in_every_setting(body)

    def test_gives_up_after_as_many_as_were_allowed_and_says_so(self):
        def body(options):
            foster = self.start('sh', '-c', 'echo run; exit 4', options=[*options, '--restart=on-failure:2', '--backoff=1ms'], status=True)
            self.assertEqual(foster.wait(), (4, ['run'] * 3))
            end = foster.event('exit')
            self.assertEqual((end['runs'], end['reason'], end['code']), (3, 'too-many-restarts', 4))
        self.in_every_setting(body)

    def test_always_is_also_after_success_until_somebody_asks_to_stop(self):
        def body(options):
            foster = self.start('sh', '-c', 'echo run', options=[*options, '--restart=always', '--backoff=1ms..2ms'], status=True)
            for _ in range(5):
                foster.says('run')
            foster.send(TERM)
            code, _ = foster.wait()
            self.assertIn(code, (0, 143))  # between two runs, or in one
            self.assertEqual(foster.event('exit')['reason'], 'stopped')
        self.in_every_setting(body)

    def test_expected_exits_are_no_failures(self):
        foster = self.start('sh', '-c', 'echo run; exit 9', options=['--restart=on-failure', '--expect-exit=9'])
        self.assertEqual(foster.wait(), (0, ['run']))

    def test_a_stop_signal_ends_the_pause_at_once(self):
        def body(options):
            foster = self.start('sh', '-c', 'exit 3', options=[*options, '--restart=always', '--backoff=1h..1h'], status=True)
            foster.event('restart')
            foster.send(TERM)
            self.assertEqual(foster.wait()[0], 3)
            end = foster.event('exit')
            self.assertEqual((end['runs'], end['reason']), (1, 'stopped'))
        self.in_every_setting(body)

    def test_a_timeout_ends_the_pause_too(self):
        def body(options):
            foster = self.start('sh', '-c', 'exit 3', options=[*options, '--restart=always', '--backoff=1h..1h', '--timeout=300ms'], status=True)
            self.assertEqual(foster.wait()[0], 3)
        self.in_every_setting(body)

    def test_what_the_last_run_left_is_cleared_first(self):
        # Each run leaves somebody behind who holds a lock; the next one could not take it.
        leaves = python('''
import fcntl
lock = os.open(os.environ["LOCK"], os.O_RDWR | os.O_CREAT)
fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
r, w = os.pipe()
if os.fork() == 0:
  os.setsid()
  signal.signal(signal.SIGTERM, signal.SIG_IGN)
  os.close(w)
  os.read(r, 1)
  while True: signal.pause()
say("locked")
sys.exit(3)
''')

        def body(options):
            with tempfile.NamedTemporaryFile() as lock:
                foster = self.start(*leaves, options=[*options, '--restart=on-failure:2', '--backoff=1ms', '--grace=20ms'], env=dict(os.environ, LOCK=lock.name))
                self.assertEqual(foster.wait(), (3, ['locked'] * 3))
        self.in_every_setting(body)

    def test_what_a_later_run_leaves_has_its_grace_too(self):
        # The first run leaves nobody. What the second leaves is asked to go and has time for it, before the third run as at the end.
        leaves = python('''
run = os.open(os.environ["RUNS"], os.O_RDWR | os.O_APPEND)
os.write(run, b".")
if os.fstat(run).st_size > 1:
  signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
  if os.fork() == 0:
    os.setsid()
    signal.sigwait([signal.SIGTERM])
    time.sleep(0.05)
    say("asked")
    os._exit(0)
sys.exit(3)
''')

        def body(options):
            with tempfile.NamedTemporaryFile() as runs:
                foster = self.start(*leaves, options=[*options, '--restart=on-failure:2', '--backoff=1ms', '--grace=1h'], env=dict(os.environ, RUNS=runs.name))
                self.assertEqual(foster.wait(), (3, ['asked'] * 2))
        self.in_every_setting(body)

    def test_each_run_starts_as_the_first_did(self):
        tells = python('''
import fcntl
status = open("/proc/self/status").read()
fds = sorted(int(fd) for fd in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + fd))
say([line for line in status.splitlines() if line.startswith(("SigBlk", "SigIgn"))], os.getcwd(), fds, os.getpgrp() == os.getpid())
sys.exit(1)
''')

        def body(options):
            r, w = os.pipe()
            foster = self.start(*tells, options=[*options, '--restart=on-failure:2', '--backoff=1ms'], pass_fds=[w], cwd='/usr')
            os.close(r)
            os.close(w)
            code, said = foster.wait()
            self.assertEqual((code, len(said), len(set(said))), (1, 3, 1), said)
            self.assertIn('/usr', said[0])
            self.assertIn(str(w), said[0])
        self.in_every_setting(body)

    def test_a_program_that_has_gone_is_a_failure_like_others(self):
        def body(options):
            folder = tempfile.mkdtemp()
            self.addCleanup(os.rmdir, folder)
            script = f'{folder}/once'
            with open(script, 'w') as f:
                f.write('#!/bin/sh\nrm "$0"\nexit 5\n')
            os.chmod(script, 0o755)
            foster = self.start(script, options=[*options, '--restart=on-failure:3', '--backoff=1ms', '--quiet'], status=True)
            self.assertEqual(foster.wait()[0], 127)
            end = foster.event('exit')
            self.assertEqual((end['runs'], end['reason']), (4, 'too-many-restarts'))
        self.in_every_setting(body)

    def test_without_any_pause_a_stop_signal_is_heard_all_the_same(self):
        def body(options):
            folder = tempfile.mkdtemp()
            self.addCleanup(os.rmdir, folder)
            script = f'{folder}/once'
            with open(script, 'w') as f:
                f.write('#!/bin/sh\nrm "$0"\necho run\nexit 5\n')
            os.chmod(script, 0o755)
            # From the second run on there is no program: each run fails at once, and the next follows.
            foster = self.start(script, options=[*options, '--restart=always', '--backoff=0..0', '--quiet'])
            foster.says('run')
            foster.send(TERM)
            self.assertIn(foster.wait()[0], (5, 127, 128 + TERM))
        self.in_every_setting(body)

    def test_bad_values_are_refused(self):
        self.refused('--restart=sometimes', 'true', said='foster: --restart: "sometimes": not one of never')
        self.refused('--restart=on-failure:0', 'true', said='foster: --restart: "0": not a number of restarts')
        self.refused('--backoff=1s..1ms', 'true', said='foster: --backoff: "1s..1ms": not FIRST or FIRST..MOST')
        self.refused('--pause', '--restart=always', said='foster: --restart: ')


if __name__ == '__main__':
    main()
