#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who is heard on the socket of notifications, what is said to the workload of it, and what that costs."""
import array
import os
import resource
import select
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from harness import FOSTER, SHIPS, TERM, TIMEOUT, Case, main, python
from notify_harness import SEEN, Outside, children, names, only, speaks, told


class Environment(Case):
    TELLS = 'say(*[f"{k}={os.environ.get(k)}" for k in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")], os.getpid())'

    def tells(self, options, **env):
        foster = self.start(*python(self.TELLS), options=options, env=dict(os.environ, **env))
        code, (line,) = foster.wait()
        self.assertEqual(code, 0)
        *variables, pid = line.split()
        return {key: value.replace(pid, 'me') if key == 'WATCHDOG_PID' else value for key, value in (one.split('=', 1) for one in variables)}

    def test_says_where_to_speak_and_how_often(self):
        def body(options):
            told = self.tells([*options, '--watchdog=1500ms'])
            self.assertRegex(told['NOTIFY_SOCKET'], '^@[0-9a-f]+$')
            self.assertEqual((told['WATCHDOG_USEC'], told['WATCHDOG_PID']), ('1500000', 'me'))
            told = self.tells([*options, '--ready=notify'])
            self.assertRegex(told['NOTIFY_SOCKET'], '^@[0-9a-f]+$')
            self.assertEqual((told['WATCHDOG_USEC'], told['WATCHDOG_PID']), ('None', 'None'))
        self.in_every_setting(body)

    def test_names_the_workload_where_it_named_foster(self):
        def body(options):
            # The shell has the number that foster will have.
            words = [FOSTER, *options, '--', *python(self.TELLS)]
            done = subprocess.run(['sh', '-c', 'WATCHDOG_USEC=5 WATCHDOG_PID=$$ exec "$@"', 'sh', *words], stdout=subprocess.PIPE, text=True, timeout=TIMEOUT)
            told = dict(one.split('=') for one in done.stdout.split()[:-1])
            self.assertEqual((told['WATCHDOG_USEC'], told['WATCHDOG_PID']), ('5', done.stdout.split()[-1]))
        self.in_every_setting(body)

    def test_has_the_shorter_of_two_periods(self):
        for outer, expected in (('700000', '700000'), ('9000000', '1500000'), ('x', '1500000'), ('0', '1500000')):
            self.assertEqual(self.tells(['--watchdog=1500ms'], WATCHDOG_USEC=outer)['WATCHDOG_USEC'], expected)

    def test_has_no_way_past_foster(self):
        outside = Outside(self)
        for options in (['--ready=notify'], ['--watchdog=1h']):
            self.assertRegex(self.tells(options, NOTIFY_SOCKET=outside.address)['NOTIFY_SOCKET'], '^@')
        self.assertEqual(self.tells(['--ready=fd:3'], NOTIFY_SOCKET=outside.address)['NOTIFY_SOCKET'], 'None')

    def test_is_as_it_was_where_nobody_asked(self):
        told = self.tells([], NOTIFY_SOCKET='/run/x', WATCHDOG_USEC='9', WATCHDOG_PID='1234567')
        self.assertEqual(told, {'NOTIFY_SOCKET': '/run/x', 'WATCHDOG_USEC': '9', 'WATCHDOG_PID': '1234567'})
        told = self.tells(['--watchdog=0'], NOTIFY_SOCKET='/run/x')
        self.assertEqual(told['NOTIFY_SOCKET'], '/run/x')


class Senders(Case):
    def test_outside_and_strangers_are_not_heard(self):
        def body(options):
            foster = self.start(*speaks('say(os.environ["NOTIFY_SOCKET"]); sys.stdin.readline(); notify("STATUS=true"); barrier()'),
                                options=[*options, '--ready=notify'], status=True, stdin=subprocess.PIPE)
            address = foster.lines.next()
            stranger = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self.addCleanup(stranger.close)
            stranger.connect('\0' + address[1:])
            for _ in range(5):
                stranger.send(b'STATUS=forged\nREADY=1\nSTOPPING=1')
            foster.process.stdin.write(b'\n')
            foster.process.stdin.flush()
            self.assertEqual(foster.wait()[0], 0)
            events = told(foster)
            self.assertEqual(names(events), ['setup', 'started', 'status', 'ended', 'exit'])
            self.assertEqual(only(events, 'status')[0]['text'], 'true')
        self.in_every_setting(body)

    def test_a_strangers_barrier_holds_nobody_up(self):
        foster = self.start(*speaks('say(os.environ["NOTIFY_SOCKET"]); sys.stdin.readline()'), options=['--ready=notify'], stdin=subprocess.PIPE)
        address = foster.lines.next()
        stranger = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(stranger.close)
        stranger.connect('\0' + address[1:])
        r, w = os.pipe()
        self.addCleanup(os.close, r)
        stranger.sendmsg([b'BARRIER=1'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [w]))])
        os.close(w)
        self.assertTrue(select.select([r], [], [], TIMEOUT)[0])
        foster.process.stdin.close()
        self.assertEqual(foster.wait()[0], 0)

    def test_all_the_workloads_family_is_heard(self):
        def body(options):
            foster = self.start(*speaks('''
if os.fork() == 0:
  if os.fork() == 0:
    os.setsid()
    notify("STATUS=grandchild"); barrier()
    os._exit(0)
  os.wait()
  os._exit(0)
os.wait()
'''), options=[*options, '--ready=notify'], status=True)
            self.assertEqual(foster.wait()[0], 0)
            self.assertEqual(foster.event('status')['text'], 'grandchild')
        self.in_every_setting(body)

    def test_nonsense_does_nothing(self):
        def body(options):
            foster = self.start(*speaks('''
junk = [b"", b"\\n", b"READY=1\\0STATUS=x", b"READY", b"=", b"READY=2", b"STATUS", b"x" * 5000, b"READY=1\\n" + b"y" * 5000, b"\\xff" * 100, b"MAINPID=x\\nWATCHDOG_USEC=-1",
        b"MAINPID=99999999999999\\nERRNO=99999\\nEXIT_STATUS=256\\nEXTEND_TIMEOUT_USEC=999999999999999999"]
r, w = os.pipe()
for round in range(40):
  for text in junk:
    notify(text, [r, w] if round % 2 else [])
notify(b"READY=1\\0")
barrier()
'''), options=[*options, '--ready=notify', '--watchdog=1h'], status=True)
            self.assertEqual(foster.wait()[0], 0)
            self.assertEqual(names(told(foster)), ['setup', 'started', 'ready', 'ended', 'exit'])
        self.in_every_setting(body)

    def test_a_flood_keeps_nothing_else_waiting(self):
        def body(options):
            foster = self.start(*speaks('''
for _ in range(3):
  if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
      for text in ("STATUS=x", "WATCHDOG=1", b"x" * 5000): notify(text)
signal.signal(signal.SIGTERM, lambda *_: os._exit(9))
notify("READY=1")
hang()
'''), options=[*options, '--ready=notify', '--grace=100ms'], status=True)
            foster.event('ready')
            foster.send(TERM)
            self.assertEqual(foster.wait()[0], 9)
        self.in_every_setting(body)

    def test_descriptors_are_not_kept(self):
        def body(options):
            foster = self.start(*speaks('''
fds = [os.open("/dev/null", os.O_RDONLY) for _ in range(5)]
barrier()
say("now"); sys.stdin.readline()
for i in range(30):
  notify("FDSTORE=1\\nFDNAME=x", fds)
  notify(b"x" * 5000, fds)
  notify("", fds)
  barrier()  # for an ordinary user the kernel counts what is on its way

say("now"); sys.stdin.readline()
'''), options=[*options, '--ready=notify', SEEN], stdin=subprocess.PIPE, status=True,
                                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24)))
            seen = []
            for _ in range(2):
                foster.says('now')
                inner = children(foster.process.pid) if '--proc' in options else [foster.process.pid]
                seen.append([os.listdir(f'/proc/{pid}/fd') for pid in inner])
                foster.process.stdin.write(b'\n')
                foster.process.stdin.flush()
            self.assertEqual(*seen)
            self.assertEqual(foster.wait()[0], 0)
        self.in_every_setting(body)


class Idle(Case):
    def switches(self, pid):
        with open(f'/proc/{pid}/status') as f:
            return [line for line in f if 'ctxt_switches' in line]

    def test_means_not_one_wake_up_that_is_not_due(self):
        def body(options):
            for more in (['--ready=notify', '--watchdog=1h'], ['--ready=fd:3', '--watchdog=1h']):
                outside = Outside(self)
                foster = self.start(*speaks('notify("READY=1"); barrier(); os.write(3, b"\\n") if "fd:3" in sys.argv else 0; say("up"); hang()'), 'fd:3' if 'fd' in more[0] else 'x',
                                    options=[*options, *more, SEEN], env=outside.env())
                for _ in range(2):
                    for fd in outside.hears()[2]:
                        os.close(fd)
                foster.says('up')
                fosters = [foster.process.pid] + (children(foster.process.pid) if '--proc' in options else [])
                while not all(os.readlink(f'/proc/{pid}/cwd') == '/' and open(f'/proc/{pid}/stat').read().split(') ')[1][0] == 'S' for pid in fosters):
                    time.sleep(0.01)
                time.sleep(0.3)
                before = [self.switches(pid) for pid in fosters]
                time.sleep(1)  # what does not happen has no event
                self.assertEqual([self.switches(pid) for pid in fosters], before)
                foster.send(TERM)
                self.assertEqual(foster.wait()[0], 143)
        self.in_every_setting(body)

    @unittest.skipUnless(SHIPS, 'memory is that of the binary that ships')
    def test_memory_stays_small(self):
        foster = self.start(*speaks('''
for i in range(50): notify("STATUS=%d\\nMAINPID=5\\nREADY=1\\nWATCHDOG=1" % i)
barrier(); say("up"); hang()
'''), options=['--ready=notify', '--watchdog=1h', SEEN], status=True)
        foster.says('up')
        with open(f'/proc/{foster.process.pid}/smaps_rollup') as f:
            dirty = {line.split(':')[0]: int(line.split()[1]) for line in f.read().splitlines()[1:]}['Private_Dirty']
        self.assertLessEqual(dirty, 32, 'as much as two datagrams and a line need, and little more')
        foster.send(TERM)


class Allocation(Case):
    @unittest.skipUnless(shutil.which('strace'), 'strace is not installed')
    def test_there_is_none_after_the_start(self):
        for options in (['--ready=notify'], ['--ready=fd:3'], ['--watchdog=1h', '--restart=on-failure:2', '--backoff=1ms']):
            with tempfile.NamedTemporaryFile('r') as log:
                text = 'os.write(3, b"\\n")' if 'fd:3' in options[0] else 'for i in range(20): notify("READY=1\\nSTATUS=x\\nMAINPID=1\\nWATCHDOG=1\\nERRNO=3", [0, 1])\nbarrier()'
                words = ['strace', '-o', log.name, '-e', 'trace=brk,mmap,munmap,mremap,ppoll', FOSTER, *options, '--status-fd=2', '--', *speaks(text + '\nsys.exit(1)')]
                done = subprocess.run(words, stderr=subprocess.PIPE, timeout=TIMEOUT)
                if b'ptrace' in done.stderr.lower() and done.returncode != 1:
                    self.skipTest('strace may not trace here')
                self.assertEqual(done.returncode, 1, done.stderr)
                calls = [line.split('(')[0] for line in log.read().splitlines() if '(' in line]
                waits = [at for at, call in enumerate(calls) if call == 'ppoll']
                self.assertEqual(set(calls[waits[0]:waits[-1]] + ['ppoll']), {'ppoll'})


if __name__ == '__main__':
    main()
