#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an option costs at the start: nothing where it is not used, and where it is, its own system calls and those of the check. Counted, not timed."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from collections import Counter

from harness import FOSTER, TIMEOUT, Case, main, needs_root

# What the check of a request may look at, whatever was asked for: who we are, which kernel, whether it has such a namespace.
LOOKS = {'capget', 'uname', 'geteuid', 'getegid', 'getuid', 'getgid', 'getpid', 'access', 'stat', 'mmap', 'munmap', 'brk', 'madvise'}


class Cost(Case):
    def calls(self, *words):
        """How often foster makes which call until it has nothing to do but wait, and in the workload until its exec."""
        folder = tempfile.mkdtemp(prefix='foster-cost.', dir='/tmp')
        self.addCleanup(shutil.rmtree, folder)
        done = subprocess.run(['strace', '-ff', '-qq', '-o', f'{folder}/trace', FOSTER, '--reap=wait', *words, '/bin/true'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              universal_newlines=True, timeout=TIMEOUT, cwd='/')
        if done.returncode != 0:
            self.skipTest(f'strace cannot do it here: {done.stderr.strip()}')
        counted = Counter()
        for name in sorted(os.listdir(folder)):
            with open(f'{folder}/{name}') as f:
                lines = f.read().splitlines()
            execs = [i for i, line in enumerate(lines) if line.startswith('execve("/bin/true"')]
            until = execs[0] if execs else next((i for i, line in enumerate(lines) if re.match(r'p?poll\(', line)), len(lines))
            counted.update(re.match(r'\w+', line).group() for line in lines[1 if lines[0].startswith('execve') else 0:until] if re.match(r'\w+\(', line))
        return counted

    def setUp(self):
        super().setUp()
        if shutil.which('strace') is None:
            self.skipTest('strace is not installed')

    def test_without_options_nothing_of_the_set_up_is_done_or_looked_at(self):
        plain = self.calls()
        for call in ('uname', 'unshare', 'setns', 'mount', 'open_tree', 'move_mount', 'mount_setattr', 'openat2', 'pivot_root', 'umount2', 'mkdir', 'sethostname', 'setdomainname', 'socket',
                     'umask', 'prlimit64', 'setpriority', 'getpriority', 'setgroups', 'setresuid', 'setresgid', 'clone3'):
            self.assertEqual(plain[call], 0, f'{call}: {plain}')
        # Foster's own: it leaves its folder and gives its privileges up.
        for call in ('chdir', 'capget', 'capset'):
            self.assertLessEqual(plain[call], 1, f'{call}: {plain}')

    def test_an_option_that_is_used_costs_its_own_calls(self):
        plain = self.calls()
        for words, own in ((['--umask=022'], {'umask': 1}), (['--env=A=b'], {}), (['--clear-env'], {}), (['--chdir=/usr'], {'open': 1, 'fcntl': 1, 'fstat': 1, 'close': 2, 'chdir': 1}),
                           (['--nice=19'], {'prlimit64': 1, 'getpriority': 1, 'setpriority': 1}), (['--rlimit=core=0'], {'prlimit64': 2}), (['--no-new-privs'], {'prctl': 1})):
            more = self.calls(*words) - plain
            extra = {call: n for call, n in more.items() if call not in LOOKS and n > own.get(call, 0)}
            self.assertEqual(extra, {}, words)

    @needs_root
    def test_a_namespace_costs_one_call_and_its_own_set_up(self):
        plain = self.calls()
        more = self.calls('--new=uts', '--hostname=x') - plain
        # The file is the limit of /proc/sys/user, which is looked at first.
        own = {'open': 1, 'fcntl': 1, 'read': 2, 'close': 1, 'unshare': 1, 'sethostname': 1}
        self.assertEqual({call: n for call, n in more.items() if call not in LOOKS and n > own.get(call, 0)}, {})
        self.assertEqual((more['unshare'], more['sethostname']), (1, 1))


if __name__ == '__main__':
    main()
