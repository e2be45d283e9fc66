#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The eleven points on which launchers of PID namespaces fail, one or the other or most of them; and what dies with whom."""
import os
import signal
import subprocess
import unittest

from harness import FOSTER, NOBODY, ROOT, TIMEOUT, Case, as_user, main, run, user_namespaces_work

WAYS = []
if ROOT:
    WAYS.append((None, ['--new=pid,mount', '--proc']))
if user_namespaces_work():
    WAYS.append((NOBODY, ['--new=user,pid,mount', '--map-root', '--proc']))


def start(*words, user=None, before=()):
    """foster, whose workload says `ready` on a pipe; whoever still holds that pipe is alive."""
    prefix = as_user(user) if user is not None and ROOT else []
    process = subprocess.Popen([*prefix, *before, FOSTER, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, universal_newlines=True, cwd='/')
    assert process.stdout.readline() == 'ready\n'
    return process


def children(pid):
    with open(f'/proc/{pid}/task/{pid}/children') as f:
        return [int(word) for word in f.read().split()]


class ElevenPoints(Case):
    def ended(self, process):
        """Waits for the end of it and of everybody who held its pipe. Its exit status."""
        with process.stdout:
            process.stdout.read()
        return process.wait(TIMEOUT)

    def test_01_a_workload_that_dies_of_kill_is_137(self):
        for user, words in WAYS:
            self.assertEqual(run(*words, 'sh', '-c', 'kill -KILL $$', user=user).returncode, 137)

    def test_02_and_of_term_143(self):
        for user, words in WAYS:
            self.assertEqual(run(*words, 'sh', '-c', 'kill -TERM $$', user=user).returncode, 143)

    def test_03_what_is_not_there_is_127(self):
        for user, words in WAYS:
            self.assertEqual(run(*words, '/no/such', user=user).returncode, 127)

    def test_04_what_is_not_executable_is_126(self):
        for user, words in WAYS:
            self.assertEqual(run(*words, '/etc/passwd', user=user).returncode, 126)

    def test_05_term_to_the_outer_process_lets_the_workload_clean_up(self):
        script = 'trap "sleep 0.4; echo cleaned up; exit 9" TERM; echo ready; while :; do sleep 0.05; done'
        for user, words in WAYS:
            process = start(*words, 'sh', '-c', script, user=user)
            process.terminate()
            self.assertEqual(process.stdout.read(), 'cleaned up\n')
            self.assertEqual(self.ended(process), 9)

    def test_06_term_to_the_outer_process_ends_a_plain_sleep(self):
        for user, words in WAYS:
            process = start(*words, 'sh', '-c', 'echo ready; exec sleep 1000', user=user)
            process.terminate()
            self.assertEqual(self.ended(process), 143)

    def test_07_so_does_term_to_pid_one(self):
        for user, words in WAYS:
            process = start(*words, 'sh', '-c', 'echo ready; exec sleep 1000', user=user)
            os.kill(children(process.pid)[0], signal.SIGTERM)
            self.assertEqual(self.ended(process), 143)

    def test_08_orphans_do_not_stay_as_zombies(self):
        script = 'for i in 1 2 3; do sh -c "sh -c : &" ; done; sleep 0.2; while grep -l "^State:.Z" /proc/[0-9]*/status 2>/dev/null; do sleep 0.1; done; echo none'
        for user, words in WAYS:
            self.assertEqual(self.passes(*words, 'sh', '-c', script, user=user).split()[-1], 'none')

    def test_09_what_the_workload_leaves_behind_ends_with_it(self):
        for user, words in WAYS:
            process = start(*words, 'sh', '-c', 'setsid sleep 1000 & echo ready; exit 3', user=user)
            self.assertEqual(self.ended(process), 3)

    def test_10_nobody_survives_an_outer_process_that_is_killed(self):
        for user, words in WAYS:
            process = start(*words, 'sh', '-c', 'setsid sleep 1000 & echo ready; exec sleep 1000', user=user)
            process.kill()
            self.assertEqual(self.ended(process), -9)

    def test_11_the_workload_starts_with_the_callers_signals(self):
        for user, words in WAYS:
            out = self.passes(*words, 'grep', '-E', '^Sig(Blk|Ign|Cgt)', '/proc/self/status', user=user)
            theirs = subprocess.run(['grep', '-E', '^Sig(Blk|Ign|Cgt)', '/proc/self/status'], stdout=subprocess.PIPE, universal_newlines=True).stdout.rstrip('\n')
            self.assertEqual(out, theirs)


class ParentDeath(Case):
    """The parent is a shell that waits; what it started says `ready` and holds the pipe."""

    def starts_in_a_shell(self, words, user):
        return start(*words, user=user, before=['sh', '-c', '"$@" & wait', 'sh'])

    def test_foster_and_all_that_is_its_die_with_its_parent(self):
        plain = [(user, []) for user in ([None, NOBODY] if ROOT else [None])]
        ranges = [(None, ['--new=user', '--uid-map=0:100000:10', '--gid-map=0:100000:10'])] if ROOT else []
        for user, words in WAYS + plain + ranges + [(user, ['--new=user']) for user, _ in WAYS]:
            process = self.starts_in_a_shell([*words, '--die-with-parent', 'sh', '-c', 'echo ready; exec sleep 1000'], user)
            process.kill()
            self.assertEqual(process.stdout.read(), '', words)
            process.stdout.close()
            process.wait(TIMEOUT)

    def test_a_change_of_user_does_not_undo_it(self):
        if not ROOT:
            self.skipTest('needs root')
        process = self.starts_in_a_shell(['--die-with-parent', f'--user={NOBODY}', 'sh', '-c', 'echo ready; exec sleep 1000'], None)
        process.kill()
        self.assertEqual(process.stdout.read(), '')
        process.stdout.close()
        process.wait(TIMEOUT)

    def test_with_a_signal_the_workload_is_told(self):
        script = 'trap "echo told; exit 0" USR1; echo ready; while :; do sleep 0.05; done'
        for user, words in WAYS:
            process = self.starts_in_a_shell([*words, '--die-with-parent=USR1', 'sh', '-c', script], user)
            process.kill()
            self.assertEqual(process.stdout.read(), 'told\n')
            process.stdout.close()
            process.wait(TIMEOUT)
        self.refused('--die-with-parent=SOON', 'true', said='--die-with-parent: "SOON": not a signal')


if __name__ == '__main__':
    main()
