#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The stop ladder: the delay, the workload alone, everyone, the kill; the timeout; who may ask."""
import os
import signal
import subprocess
import time

from harness import INT, QUIT, TERM, Case, descendants, main, needs_root, python

IGNORES = python('for signo in (signal.SIGTERM, signal.SIGINT): signal.signal(signo, signal.SIG_IGN)\nsay("ready")\nwhile True: signal.pause()')
TRAPS = python('''
def end(signo, frame):
  say("got", signo)
  sys.exit(9)
for signo in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT): signal.signal(signo, end)
say("ready")
while True: signal.pause()
''')


def leaves(left, then='sys.exit(3)'):
    """Leaves a child behind that runs `left`, once that has said "left"."""
    return python(f'''
r, w = os.pipe()
if os.fork() == 0:
  os.close(r)
  def up(): say("left"); os.close(w)
{''.join('  ' + line + chr(10) for line in left.splitlines())}
  os._exit(0)
os.close(w)
os.read(r, 1)
{then}
''')


IGNORANT = 'signal.signal(signal.SIGTERM, signal.SIG_IGN)\nup()\nwhile True: signal.pause()'
POLITE = '''def bye(signo, frame):
  say("asked")
  os._exit(0)
signal.signal(signal.SIGTERM, bye)
up()
while True: signal.pause()'''


class TheWorkload(Case):
    def test_is_asked_alone_and_its_exit_status_is_kept(self):
        def body(options):
            foster = self.start(*TRAPS, options=options)
            foster.says('ready')
            foster.send(TERM)
            self.assertEqual(foster.wait(), (9, ['got 15']))
        self.in_every_setting(body)

    def test_that_ignores_what_it_is_asked_is_killed_after_the_grace_period(self):
        def body(options):
            foster = self.start(*IGNORES, options=[*options, '--grace=50ms'])
            foster.says('ready')
            foster.send(TERM)
            self.assertEqual(foster.wait(), (137, []))
        self.in_every_setting(body)

    def test_that_is_stopped_is_continued_so_that_it_sees_the_signal(self):
        stopped = python('def end(signo, frame): say("got", signo); sys.exit(9)\nsignal.signal(signal.SIGTERM, end)\nsay("ready")\n'
                         'os.kill(os.getpid(), signal.SIGSTOP)\nwhile True: signal.pause()')

        def body(options):
            foster = self.start(*stopped, options=options)
            foster.says('ready')
            self.wait_for_a_stopped_descendant(foster.process.pid)
            foster.send(TERM)
            self.assertEqual(foster.wait(), (9, ['got 15']))
        self.in_every_setting(body)

    def wait_for_a_stopped_descendant(self, pid):
        while not any(state == 'T' for state in states_below(pid)):
            pass

    def test_asked_twice_is_killed_at_once_where_its_time_is_limited(self):
        def body(options):
            foster = self.start(*IGNORES, options=[*options, '--grace=1h'])
            foster.says('ready')
            foster.send(TERM)
            foster.send(INT)  # another number, so that the two do not become one on their way; which comes first is the kernel's affair
            self.assertEqual(foster.wait(), (137, []))
        self.in_every_setting(body)

    def test_asked_twice_in_one_breath_is_asked_once(self):
        # As by timeout(1), which signals the process and then its group.
        twice = python('count = 0\ndef count_it(signo, frame):\n  global count\n  count += 1\n  say("got", count)\n  if count == 2: sys.exit(4)\n'
                       'signal.signal(signal.SIGTERM, count_it)\nsay("ready")\nwhile True: signal.pause()')

        def body(options):
            for _ in range(50):
                foster = self.start(*twice, options=[*options, '--grace=1h'])
                foster.says('ready')
                before = time.monotonic()
                foster.send(TERM)
                foster.says('got 1')
                foster.send(TERM)
                if time.monotonic() - before < 0.2:
                    self.assertEqual(foster.wait(), (4, ['got 2']))
                    return
                foster.wait()  # this machine has no breath that short at the moment
            self.skipTest('two signals took longer than 0.2 s, fifty times')
        self.in_every_setting(body)

    def test_has_all_the_time_it_wants_without_grace_being_said(self):
        twice = python('count = 0\ndef count_it(signo, frame):\n  global count\n  count += 1\n  say("got", count)\n  if count == 3: sys.exit(4)\n'
                       'signal.signal(signal.SIGTERM, count_it)\nsay("ready")\nwhile True: signal.pause()')

        def body(options):
            foster = self.start(*twice, options=options)
            foster.says('ready')
            for count in (1, 2, 3):
                foster.send(TERM)
                foster.says(f'got {count}')
            self.assertEqual(foster.wait(), (4, []))
        self.in_every_setting(body)

    def test_a_life_of_no_length_is_refused(self):
        self.refused('--timeout=0', 'true', said='foster: --timeout: "0": no time to live in (forever is no limit)')

    def test_has_a_longest_life(self):
        # Blocked until it is ready for it: the time may be over before it has come to that.
        traps = python('def end(signo, frame):\n  say("got", signo)\n  sys.exit(9)\nsignal.signal(signal.SIGTERM, end)\nsay("ready")\n'
                       'signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])\nwhile True: signal.pause()')

        def body(options):
            foster = self.start(*traps, options=[*options, '--timeout=50ms', '--grace=1h'], preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, [TERM]))
            self.assertEqual(foster.wait(), (9, ['ready', 'got 15']))
            # Deaf from its first instruction on: ignored signals are inherited.
            foster = self.start('sleep', '3600', options=[*options, '--timeout=50ms', '--grace=50ms'],
                                preexec_fn=lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN))
            self.assertEqual(foster.wait()[0], 137)
        self.in_every_setting(body)


class TheDelay(Case):
    def test_holds_a_stop_signal_back(self):
        both = python('def end(signo, frame): say("got", signo); sys.exit(9)\nsignal.signal(signal.SIGTERM, end)\n'
                      'signal.signal(signal.SIGRTMIN + 1, lambda *_: say("other"))\nsay("ready")\nwhile True: signal.pause()')

        def body(options):
            foster = self.start(*both, options=[*options, '--stop-delay=1h'])
            foster.says('ready')
            foster.send(TERM)
            foster.send(signal.SIGRTMIN + 1)
            foster.says('other')  # other signals go their way (and one of a higher number comes after TERM: that has been taken by now, and a second is a second)
            foster.send(INT)     # and to ask again ends the delay
            self.assertEqual(foster.wait(), (9, ['got 15']))
        self.in_every_setting(body)

    def test_ends_by_itself(self):
        def body(options):
            foster = self.start(*TRAPS, options=[*options, '--stop-delay=50ms'])
            foster.says('ready')
            foster.send(INT)
            self.assertEqual(foster.wait(), (9, ['got 2']))
        self.in_every_setting(body)


class Leftovers(Case):
    def test_are_asked_and_have_the_grace_period_to_go(self):
        def body(options):
            foster = self.start(*leaves(POLITE), options=options)
            self.assertEqual(foster.wait(), (3, ['left', 'asked']))
        self.in_every_setting(body)

    def test_that_ignore_it_are_killed(self):
        def body(options):
            foster = self.start(*leaves(IGNORANT), options=[*options, '--grace=50ms'])
            self.assertEqual(foster.wait(), (3, ['left']))
        self.in_every_setting(body)

    def test_that_are_stopped_hear_it_too(self):
        def body(options):
            foster = self.start(*leaves(POLITE.replace('up()\n', 'up()\nos.kill(os.getpid(), signal.SIGSTOP)\n')), options=options)
            self.assertEqual(foster.wait(), (3, ['left', 'asked']))
        self.in_every_setting(body)

    def test_in_another_session_are_found(self):
        def body(options):
            foster = self.start(*leaves('os.setsid()\n' + POLITE), options=options)
            self.assertEqual(foster.wait(), (3, ['left', 'asked']))
        self.in_every_setting(body)

    def test_that_fork_while_they_die_leave_nobody(self):
        forks = '''def again(signo, frame):
  if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.setsid()
    if os.fork() == 0:
      say("one more")
      while True: signal.pause()
  os._exit(0)
signal.signal(signal.SIGTERM, again)
up()
while True: signal.pause()'''

        def body(options):
            foster = self.start(*leaves(forks), options=[*options, '--grace=300ms'])
            code, said = foster.wait()  # the end of stdout: nobody is left who holds it
            self.assertEqual(code, 3)
            self.assertIn('left', said)
        self.in_every_setting(body)

    def test_are_killed_unasked_if_so_wanted(self):
        def body(options):
            foster = self.start(*leaves(POLITE), options=[*options, '--leftovers=kill'])
            self.assertEqual(foster.wait(), (3, ['left']))
        self.in_every_setting(body)

    def test_are_waited_for_if_so_wanted(self):
        waits = 'up()\nos.read(0, 1)\nsay("of my own accord")'

        def body(options):
            r, w = os.pipe()
            foster = self.start(*leaves(waits), options=[*options, '--leftovers=wait'], stdin=r)
            os.close(r)
            foster.says('left')
            self.assertIsNone(foster.process.poll())
            os.close(w)
            self.assertEqual(foster.wait(), (3, ['of my own accord']))
        self.in_every_setting(body)

    def test_that_are_waited_for_are_asked_when_somebody_asks(self):
        def body(options):
            foster = self.start(*leaves(POLITE), options=[*options, '--leftovers=wait', '-v'], stderr=subprocess.PIPE)
            foster.says('left')
            foster.remarks('the workload exited with 3')
            foster.send(TERM)
            self.assertEqual(foster.wait(), (3, ['asked']))
        self.in_every_setting(body)

    def test_a_second_request_cuts_the_grace_period_short(self):
        def body(options):
            foster = self.start(*leaves(IGNORANT, 'def end(*_): sys.exit(3)\nsignal.signal(signal.SIGTERM, end)\nsay("ready")\nwhile True: signal.pause()'),
                                options=[*options, '--grace=1h'])
            foster.says('left')
            foster.says('ready')
            foster.send(TERM)
            foster.send(INT)
            code, _ = foster.wait()
            self.assertIn(code, (3, 130, 137))  # by how far the workload had come, and by which of the two was taken first
        self.in_every_setting(body)


class TheStopSignal(Case):
    def test_is_what_the_workload_gets_for_term(self):
        def body(options):
            foster = self.start(*TRAPS, options=[*options, '--stop-signal=QUIT'])
            foster.says('ready')
            foster.send(TERM)
            self.assertEqual(foster.wait(), (9, ['got 3']))
        self.in_every_setting(body)

    def test_asks_to_stop_as_term_does(self):
        deaf = python('signal.signal(signal.SIGQUIT, signal.SIG_IGN)\nsay("ready")\nwhile True: signal.pause()')

        def body(options):
            foster = self.start(*deaf, options=[*options, '--stop-signal=QUIT', '--grace=50ms'])
            foster.says('ready')
            foster.send(QUIT)
            self.assertEqual(foster.wait()[0], 143)  # what everybody is asked with, which it has not ignored
        self.in_every_setting(body)

    def test_yields_to_a_rewriting_of_term(self):
        def body(options):
            foster = self.start(*TRAPS, options=[*options, '--stop-signal=QUIT', '--rewrite=TERM:INT'])
            foster.says('ready')
            foster.send(TERM)
            self.assertEqual(foster.wait(), (9, ['got 2']))
        self.in_every_setting(body)

    def test_that_is_rewritten_to_nothing_asks_nothing(self):
        def body(options):
            foster = self.start(*TRAPS, options=[*options, '--rewrite=TERM:0'])
            foster.says('ready')
            foster.send(TERM)
            foster.send(INT)
            self.assertEqual(foster.wait(), (9, ['got 2']))
        self.in_every_setting(body)

    def test_must_be_one(self):
        self.refused('--stop-signal=KILL', 'true', said='foster: --stop-signal: "KILL"')
        self.refused('--stop-signal=NOSUCH', 'true', said='no such signal')


class Sources(Case):
    @needs_root
    def test_from_inside_are_not_heard_if_so_wanted(self):
        asks = python('signal.signal(signal.SIGTERM, lambda *_: (say("got 15"), sys.exit(9)))\nsignal.signal(signal.SIGUSR1, lambda *_: say("usr1"))\n'
                      'os.kill(1, signal.SIGUSR1)\nos.kill(1, signal.SIGTERM)\n'
                      # Until foster has taken them: one that is pending would swallow the same from outside (signal(7), standard signals do not queue).
                      'while any(line.startswith(("SigPnd", "ShdPnd")) and int(line.split()[1], 16) & 1 << 14 for line in open("/proc/1/status")): time.sleep(0.01)\n'
                      'say("ready")\nwhile True: signal.pause()')

        def body(options):
            foster = self.start(*asks, options=[*options, '--from=outside'])
            foster.says('ready')
            foster.send(TERM)
            self.assertEqual(foster.wait(), (9, ['got 15']))
        self.in_every_setting(body, plain=False)

    @needs_root
    def test_that_lie_about_being_outside_are_not_believed(self):
        # rt_sigqueueinfo(2) with si_pid 0: the kernel takes a fellow's word for it.
        lies = python('''
import ctypes
info = (ctypes.c_int * 32)()
info[0] = signal.SIGUSR1; info[2] = -1
libc = ctypes.CDLL(None)
SYS_rt_sigqueueinfo = {"x86_64": 129, "aarch64": 138}[os.uname().machine]
signal.signal(signal.SIGUSR1, lambda *_: say("fooled"))
signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))
assert libc.syscall(SYS_rt_sigqueueinfo, 1, signal.SIGUSR1, info) == 0
say("ready")
while True: signal.pause()
''')

        def body(options):
            foster = self.start(*lies, options=[*options, '--from=outside'])
            foster.says('ready')
            foster.send(TERM)
            self.assertEqual(foster.wait(), (9, []))
        self.in_every_setting(body, plain=False)

    def test_there_is_no_outside_of_a_plain_process(self):
        self.refused('--from=outside', 'true', said='foster: --from=outside: ')
        self.refused('--from=elsewhere', 'true', said='not one of any, outside')


class ExpectedExits(Case):
    def test_are_told_as_nothing(self):
        def body(options):
            for code, listed, told in ((143, '143,3', 0), (3, 'TERM,3', 0), (4, '143,3', 4), (0, '3', 0)):
                foster = self.start('sh', '-c', f'exit {code}', options=[*options, f'--expect-exit={listed}'])
                self.assertEqual(foster.wait()[0], told)
            foster = self.start('sh', '-c', 'kill -TERM $$', options=[*options, '-e', '143'])
            self.assertEqual(foster.wait()[0], 0)
        self.in_every_setting(body)

    def test_must_be_some(self):
        self.refused('--expect-exit=256', 'true', said='foster: --expect-exit: "256"')

    def test_subreaper_is_taken_and_done_anyway(self):
        self.assertEqual(self.start('true', options=['-s', '--subreaper']).wait()[0], 0)


def states_below(pid):
    """The states of all descendants of `pid`."""
    for child in descendants(pid):
        try:
            with open(f'/proc/{child}/stat') as f:
                yield f.read().rsplit(')', 1)[1].split()[0]
        except OSError:
            pass


if __name__ == '__main__':
    main()
