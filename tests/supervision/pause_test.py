#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--pause, the infrastructure container of a pod; and what an init is asked by systemd's container interface."""
import os
import signal
import subprocess

from harness import FOSTER, INT, TERM, TIMEOUT, Case, main, needs_root, python

RTMIN = 34


def child_of(pid):
    while True:
        with open(f'/proc/{pid}/task/{pid}/children') as f:
            children = f.read().split()
        if children:
            return int(children[0])


def is_gone(pid):
    return not os.path.exists(f'/proc/{pid}')


class Pause(Case):
    def paused(self, *options):
        """One that is past its first instructions: what comes before them the kernel deals with."""
        foster = self.start(options=['--pause', '-v', *options], stderr=subprocess.PIPE)
        foster.remarks('waiting for a stop signal')
        return foster

    def test_stops_on_term_or_int_with_0(self):
        def body(options):
            for signo in (TERM, INT):
                foster = self.paused(*options)
                foster.send(signo)
                self.assertEqual(foster.wait(), (0, []))
        self.in_every_setting(body)

    def test_takes_no_command(self):
        self.refused('--pause', 'true', said='foster: --pause: takes no command: "true"')

    def test_stops_as_a_ladder_and_with_every_target(self):
        for target in ('process', 'group', 'namespace'):
            foster = self.paused(f'--to={target}', '--stop-delay=10ms')
            foster.send(TERM)
            self.assertEqual(foster.wait(), (0, []))

    def test_has_a_longest_life_too(self):
        self.assertEqual(self.start(options=['--pause', '--timeout=10ms']).wait(), (0, []))

    @needs_root
    def test_reaps_for_all_who_share_its_namespace(self):
        def body(options):
            foster = self.paused(*options)
            init = child_of(foster.process.pid)
            # A second container of the pod, which leaves an orphan; the orphan tells its end to nobody but its new parent.
            done = subprocess.run(['nsenter', f'--target={init}', '--pid', '--mount', '--', 'sh', '-c', '(sleep 0 & exec echo "$!") '],
                                  stdout=subprocess.PIPE, universal_newlines=True, timeout=TIMEOUT)
            self.assertEqual(done.returncode, 0)
            while self.zombies_below(init):
                pass
            foster.send(TERM)
            self.assertEqual(foster.wait(), (0, []))
        self.in_every_setting(body, plain=False)

    def zombies_below(self, pid):
        with open(f'/proc/{pid}/task/{pid}/children') as f:
            return f.read().split()

    @needs_root
    def test_asks_the_others_to_go(self):
        def body(options):
            foster = self.paused(*options)
            init = child_of(foster.process.pid)
            other = subprocess.Popen(['nsenter', f'--target={init}', '--pid', '--mount', '--', *python(
                'signal.signal(signal.SIGTERM, lambda *_: (say("asked"), sys.exit(5)))\nsay("ready")\nwhile True: signal.pause()')],
                stdout=subprocess.PIPE, universal_newlines=True)
            self.assertEqual(other.stdout.readline(), 'ready\n')
            foster.send(TERM)
            self.assertEqual(other.communicate(timeout=TIMEOUT)[0], 'asked\n')
            self.assertEqual((other.returncode, foster.wait()), (5, (0, [])))
        self.in_every_setting(body, plain=False)


class ContainerInterface(Case):
    TRAPS = python('signal.signal(signal.SIGTERM, lambda *_: (say("asked"), sys.exit(9)))\nsay("ready")\nwhile True: signal.pause()')

    @needs_root
    def test_halt_power_off_and_reboot_stop_the_workload_and_are_told_to_the_parent(self):
        def body(options):
            for number, told in ((3, signal.SIGINT), (4, signal.SIGINT), (5, signal.SIGHUP), (6, signal.SIGHUP)):
                foster = self.start(*self.TRAPS, options=['--poweroff', *options])
                foster.says('ready')
                foster.send(RTMIN + number)
                self.assertEqual(foster.wait(), (128 + told, ['asked']), number)
        self.in_every_setting(body, plain=False)

    @needs_root
    def test_at_once_is_without_asking(self):
        def body(options):
            for number, told in ((13, signal.SIGINT), (14, signal.SIGINT), (15, signal.SIGHUP), (16, signal.SIGHUP)):
                foster = self.start(*self.TRAPS, options=['--poweroff', *options])
                foster.says('ready')
                foster.send(RTMIN + number)
                self.assertEqual(foster.wait(), (128 + told, []), number)
        self.in_every_setting(body, plain=False)

    @needs_root
    def test_who_ends_unasked_has_his_exit_status(self):
        def body(options):
            self.assertEqual(self.start('sh', '-c', 'exit 7', options=['--poweroff', *options]).wait(), (7, []))
        self.in_every_setting(body, plain=False)

    @needs_root
    def test_without_the_right_to_reboot_it_says_so_and_exits(self):
        drop = 'setpriv --bounding-set=-sys_boot --inh-caps=-sys_boot --'.split()
        foster = subprocess.run([*drop, FOSTER, '--new=pid', '--poweroff', 'sh', '-c', f'kill -{RTMIN + 4} 1; sleep 60; exit 3'],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, timeout=TIMEOUT)
        self.assertEqual(foster.returncode, 143)
        self.assertIn('needs CAP_SYS_BOOT', foster.stderr)

    @needs_root
    def test_without_poweroff_they_are_signals_like_others(self):
        hears = python(f'for n in (3, 15): signal.signal({RTMIN} + n, lambda signo, _: say("got", signo - {RTMIN}))\n'
                       'signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))\nsay("ready")\nwhile True: signal.pause()')

        def body(options):
            foster = self.start(*hears, options=options)
            foster.says('ready')
            for number in (3, 15):
                foster.send(RTMIN + number)
                foster.says(f'got {number}')
            foster.send(TERM)
            self.assertEqual(foster.wait(), (9, []))
        self.in_every_setting(body, plain=False)

    def test_is_for_an_init(self):
        self.refused('--poweroff', 'true', said='foster: --poweroff: only PID 1')


if __name__ == '__main__':
    main()
