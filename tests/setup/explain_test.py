#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--explain: the plan, what is missing for it, and what the kernel will do. It runs nothing and needs no privilege."""
import os
import subprocess
import sys
import unittest

from harness import FOSTER, NOBODY, ROOT, TIMEOUT, Case, main, mounts, needs_root, needs_user_namespaces, run


class Explain(Case):
    def explained(self, *words, works=True, **more):
        before = mounts()
        done = run('--explain', *words, **more)
        self.assertEqual((done.returncode, done.stderr), (0 if works else 125, ''), done.stdout)
        self.assertEqual(before, mounts())
        return done.stdout

    def test_it_runs_nothing_and_makes_nothing(self):
        made = f'/tmp/foster-explained.{os.getpid()}'
        out = self.explained('--new=user,mount', '--map-root', '--mount=tmpfs:/mnt', 'touch', made, user=NOBODY)
        self.assertIn(f'run touch {made}', out)
        self.assertFalse(os.path.exists(made))

    def test_the_steps_are_in_the_order_in_which_they_are_done(self):
        out = self.explained('--user=web', '--proc', '--hostname=x', '--new=user,pid,mount,uts', '--map-root', '--root=/mnt', '--ready=notify', 'id', user=NOBODY, works=False)
        places = [out.index(text) for text in ('make namespaces: pid, mount, uts, user', 'map users: 1 from 0 inside', 'set the host name to x', 'cut all mounts off', 'make /mnt the root',
                                               'mount proc on /proc', 'detach the old root', 'become user web', 'set NOTIFY_SOCKET', 'run id')]
        self.assertEqual(places, sorted(places), out)
        self.assertIn('NO: --user: "web": not in /etc/passwd', out)

    def test_what_is_missing_is_told_for_each_option_with_the_reason(self):
        if not ROOT:
            self.skipTest('needs root, to become somebody who is not')
        out = self.explained('--new=pid,mount', '--proc', '--user=1', '--drop-caps=all', 'true', works=False, user=NOBODY)
        for said in ('NO: --new=pid: needs CAP_SYS_ADMIN', 'NO: --new=mount: needs', 'NO: --proc: needs', 'NO: --user: needs CAP_SETGID, CAP_SETUID', 'NO: --drop-caps: needs CAP_SETPCAP'):
            self.assertIn(said, out)
        self.assertIn('nothing that can be known without trying', self.explained('--new=user,pid,mount', '--proc', 'true', user=NOBODY))

    def test_refusals_of_the_request_itself(self):
        self.assertIn('NO: --hostname: would rename the whole machine', self.explained('--hostname=x', 'true', works=False))

    def test_refusals_of_how_it_is_to_be_supervised(self):
        self.assertIn('NO: --from=outside: there is an outside only for', self.explained('--from=outside', 'true', works=False))
        self.assertIn('NO: --poweroff: only PID 1 can', self.explained('--poweroff', 'true', works=False))
        self.assertIn('NO: --restart: --pause has no workload', self.explained('--pause', '--restart=always', works=False))
        self.explained('--new=user,pid', '--from=outside', '--poweroff', 'true', user=NOBODY)

    def test_am_i_pid_one_and_who_adopts_orphans(self):
        out = self.explained('true')
        self.assertIn('foster is not PID 1', out)
        self.assertIn('adopted by foster, as a child subreaper; without it by ', out)
        self.assertIn('no signal is dropped', out)
        out = self.explained('--new=user,pid', 'true', user=NOBODY)
        self.assertIn('foster is PID 1 of the new PID namespace', out)
        self.assertIn('orphans are adopted by foster, as PID 1', out)
        self.assertIn('the kernel drops each signal that is at its default and not blocked', out)
        # And as PID 1 of a namespace that is there.
        done = subprocess.run(['unshare', '-Urpf', FOSTER, '--explain', 'true'], stdout=subprocess.PIPE, universal_newlines=True)
        self.assertIn('foster is PID 1 here', done.stdout)
        self.assertIn('/proc belongs to another PID namespace', done.stdout)

    def test_of_namespaces_that_are_entered_nothing_is_told_that_only_they_know(self):
        out = self.explained(f'--join={os.getpid()},mount', 'true')
        self.assertIn('foster is not PID 1 where it enters', out)
        self.assertIn('adopted by foster, as a child subreaper\n', out)
        self.assertIn('/proc is the one of the mount namespace that foster is in then', out)

    def test_the_ancestor_that_would_adopt_orphans_is_named(self):
        # This process is no subreaper; who it is that adopts is tried out here in the same way.
        program = 'import os, sys; r, w = os.pipe(); os.fork() or (os.fork() or (os.read(r, 1), print(os.getppid(), flush=True), os._exit(0)), os._exit(0)); os.wait(); os.write(w, b"."); os.close(w)'
        adopter = subprocess.run([sys.executable, '-c', program], stdout=subprocess.PIPE, universal_newlines=True, timeout=TIMEOUT).stdout.strip()
        self.assertIn(f'PID {adopter} (', self.explained('true'))
        # One that says so: the number and the name of its own.
        program = ('import ctypes, os, subprocess, sys; ctypes.CDLL(None).prctl(36, 1, 0, 0, 0); ctypes.CDLL(None).prctl(15, b"adopter", 0, 0, 0); '
                   'print(os.getpid(), flush=True); subprocess.run(sys.argv[1:])')
        done = subprocess.run([sys.executable, '-c', program, FOSTER, '--explain', 'true'], stdout=subprocess.PIPE, universal_newlines=True, timeout=TIMEOUT)
        pid, out = done.stdout.split('\n', 1)
        self.assertIn(f'without it by the subreaper PID {pid} (adopter)', out)

    def test_the_process_that_is_entered_is_looked_at(self):
        self.assertIn('NO: --join: pidfd_open "99999999"', self.explained('--join=99999999', 'true', works=False))

    def test_all_that_is_missing_is_told_and_not_just_the_first(self):
        out = self.explained('--new=user,mount', '--mount=bind:/no/such:/mnt', '--mount=sysfs:/sys', '--read-only=/no/path', '--chdir=/no/folder', 'true', works=False)
        for said in ('NO: --mount: source "/no/such"', 'add --new=net', 'NO: --read-only: path "/no/path"', 'NO: --chdir: folder "/no/folder"'):
            self.assertIn(said, out)

    def test_what_foster_keeps_of_its_own(self):
        out = self.explained('true')
        self.assertIn("once the workload runs foster has no capability but KILL; opens /proc/PID/fd and the like to no process of its user; dies of a system call that is not its loop's\n", out)
        out = self.explained('--restart=always', 'true')
        self.assertIn('foster uses no capability (the next run will) but KILL; opens /proc/PID/fd and the like to no process of its user; makes any system call\n', out)
        out = self.explained('--no-sandbox=undumpable', 'true')
        self.assertIn("has no capability but KILL; dies of a system call that is not its loop's\n", out)
        self.assertIn('once the workload runs foster makes any system call\n', self.explained('--no-sandbox', 'true'))

    def test_does_proc_belong_to_the_namespace(self):
        self.assertIn("/proc belongs to foster's own PID namespace", self.explained('true'))
        self.assertIn('/proc stays that of the PID namespace outside', self.explained('--new=user,pid', 'true'))
        self.assertIn("/proc will be that of foster's PID namespace", self.explained('--new=user,pid,mount', '--proc', 'true'))

    @needs_root
    @needs_user_namespaces
    def test_a_masked_proc_is_told_before_it_is_tried(self):
        prefix = ['unshare', '-m', 'sh', '-c', 'mount --bind /dev/null /proc/version; exec "$@"', 'sh']
        out = self.explained('--new=user,pid,mount', '--proc', 'true', works=False, prefix=prefix, user=NOBODY)
        self.assertIn('NO: --proc: proc on "/proc": mount too revealing: /proc/version', out)

    def test_signals_that_foster_was_started_with_ignored_are_named(self):
        out = self.explained('true', preexec_fn=lambda: __import__('signal').signal(1, 1))
        self.assertIn('with these signals ignored, and the workload will be: HUP', out)


if __name__ == '__main__':
    main()
