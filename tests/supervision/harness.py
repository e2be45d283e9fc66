# SPDX-License-Identifier: Apache-2.0
"""What the tests of supervision share: foster in its settings, its workload's lines, and proof that nobody is left behind."""
import errno
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'images'))
import counted_tests  # noqa: E402

TIMEOUT = 60  # for a machine that is busy: nothing here waits for time to pass
ROOT = os.geteuid() == 0


FOSTER = counted_tests.find_foster()
# Not the one that tools/sanitize builds, whose memory is not what anybody runs.
SHIPS = 'sanitized' not in os.path.basename(FOSTER)


class Lines:
    """The lines that come from a descriptor, each awaited with a time limit."""

    def __init__(self, fd):
        self.fd = fd
        self.rest = b''
        self.ended = False

    def next(self):
        """The next line without its end, or None at the end of all."""
        deadline = time.monotonic() + TIMEOUT
        while b'\n' not in self.rest:
            if self.ended:
                return None
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                raise AssertionError(f'no line came in {TIMEOUT} s; so far {self.rest!r}')
            data = os.read(self.fd, 65536)
            self.ended = not data
            self.rest += data
        line, self.rest = self.rest.split(b'\n', 1)
        return line.decode(errors='replace')

    def all(self):
        """What is left, up to the end: everybody who held the other end is gone then."""
        found = []
        while True:
            line = self.next()
            if line is None:
                return found
            found.append(line)


class Foster:
    """One foster with a workload. Its stdout is read by lines; with `status`, so are its status lines."""

    def __init__(self, *words, options=(), status=False, stderr=None, env=None, stdin=subprocess.DEVNULL, pass_fds=(), **more):
        out, out_end = os.pipe()
        pass_fds = list(pass_fds)
        arguments = [FOSTER, *options]
        if status:
            told, told_end = os.pipe()
            arguments.append(f'--status-fd={told_end}')
            pass_fds.append(told_end)
        self.process = subprocess.Popen([*arguments, '--', *words] if words else arguments, stdin=stdin, stdout=out_end, stderr=stderr,
                                        env=env, pass_fds=pass_fds, **more)
        os.close(out_end)
        self.lines = Lines(out)
        self.told = None
        self.remarked = None
        if status:
            os.close(told_end)
            self.told = Lines(told)

    def says(self, expected):
        line = self.lines.next()
        if line != expected:
            raise AssertionError(f'{line!r} came in the place of {expected!r}')

    def remarks(self, words):
        """Waits until foster says these words on stderr, which must be a pipe."""
        if self.remarked is None:
            self.remarked = Lines(self.process.stderr.fileno())
        while True:
            line = self.remarked.next()
            if line is None:
                raise AssertionError(f'foster never said {words!r}')
            if words in line:
                return line

    def send(self, signo):
        os.kill(self.process.pid, signo)

    def event(self, name):
        """The next status line of that name; others before it are skipped."""
        while True:
            line = self.told.next()
            if line is None:
                raise AssertionError(f'the status lines ended without {name!r}')
            event = json.loads(line)
            if event['event'] == name:
                return event

    def events(self):
        """All status lines that are left."""
        return [json.loads(line) for line in self.told.all()]

    def wait(self):
        """foster's exit status, and the lines of its workload that are left; nobody holds its stdout any more."""
        rest = self.lines.all()
        return self.process.wait(TIMEOUT), rest

    def clean(self):
        if self.process.poll() is None:
            family = list(descendants(self.process.pid))
            self.process.kill()
            self.process.wait(TIMEOUT)
            for pid in family:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                stream.close()
        os.close(self.lines.fd)
        if self.told:
            os.close(self.told.fd)


def descendants(pid):
    """The numbers of all processes below `pid`, children before their own."""
    try:
        with open(f'/proc/{pid}/task/{pid}/children') as f:
            children = f.read().split()
    except OSError:
        return
    for child in children:
        yield int(child)
        yield from descendants(child)


def settings(plain=True, wrapped=True):
    """Pairs of a name and the options that foster is given for it: plain process and wrapper, by both reapers."""
    rows = []
    for reap in ('kernel', 'wait'):
        if plain:
            rows.append((f'plain process, {reap} reaps', [f'--reap={reap}']))
        if wrapped and ROOT:
            rows.append((f'wrapper, {reap} reaps', [f'--reap={reap}', '--new=pid,mount', '--proc']))
    return [row for row in rows if 'kernel' not in row[0] or kernel_can_reap()]


def kernel_can_reap():
    global _can
    if _can is None:
        _can = subprocess.run([FOSTER, '--reap=kernel', 'true'], stderr=subprocess.DEVNULL).returncode == 0
    return _can


_can = None


class Case(unittest.TestCase):
    """Ends whatever a test has started, whether it failed or not."""

    def start(self, *words, **more):
        foster = Foster(*words, **more)
        self.addCleanup(foster.clean)
        return foster

    def stdin_with(self, data):
        """A pipe's reading end with all of `data` in it, and nobody who could write more."""
        r, w = os.pipe()
        os.write(w, data)
        os.close(w)
        self.addCleanup(os.close, r)
        # One line a read, whoever reads: dash reads by single bytes from what it cannot seek in.
        return r

    def in_every_setting(self, body, **which):
        for name, options in settings(**which):
            with self.subTest(name):
                body(options)

    def small_cgroup(self, megabytes):
        """A memory cgroup of that size, of either version: the file that takes the numbers of its processes."""
        v1, v2 = '/sys/fs/cgroup/memory', '/sys/fs/cgroup'
        if os.path.exists(f'{v1}/memory.limit_in_bytes'):
            parent, limit, swap = v1, 'memory.limit_in_bytes', 'memory.swappiness'
        elif os.path.exists(f'{v2}/cgroup.subtree_control') and 'memory' in open(f'{v2}/cgroup.subtree_control').read().split():
            parent, limit, swap = v2, 'memory.max', 'memory.swap.max'
        else:
            self.skipTest('no memory controller that could be used')
        try:
            folder = tempfile.mkdtemp(prefix='foster-test-', dir=parent)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise
            self.skipTest(f'no memory cgroup can be made: {error.strerror}')
        self.addCleanup(self.remove_cgroup, folder)
        for file, value in ((limit, megabytes << 20), (swap, 0)):
            if os.path.exists(f'{folder}/{file}'):
                with open(f'{folder}/{file}', 'w') as f:
                    f.write(str(value))
        return f'{folder}/cgroup.procs'

    def remove_cgroup(self, folder):
        """Whoever dies is in it until the very end of that, which nobody tells: it is tried for a while."""
        deadline = time.monotonic() + TIMEOUT
        while True:
            try:
                return os.rmdir(folder)
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def refused(self, *arguments, said):
        done = subprocess.run([FOSTER, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, timeout=TIMEOUT)
        self.assertEqual((done.returncode, done.stdout, done.stderr.count('\n')), (125, '', 1), done.stderr)
        self.assertIn(said, done.stderr)


needs_root = unittest.skipUnless(ROOT, 'needs root')


def main():
    """Runs all cases; the last line is `N passed, N failed[, N skipped]`."""
    if not kernel_can_reap():
        print('this kernel cannot reap: the kernel reaper is left out')
    counted_tests.main()


# In the place of signal.pause(), which sleeps on when a signal comes just before it: Python's handlers run between its instructions, not in the kernel's time.
PRELUDE = '''
import os, select, signal, sys, time
def say(*words):
  os.write(1, (" ".join(map(str, words)) + "\\n").encode())
def pause():
  ends = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
  signal.set_wakeup_fd(ends[1], warn_on_full_buffer=False)
  select.select([ends[0]], [], [])
  signal.set_wakeup_fd(-1)
  os.close(ends[0])
  os.close(ends[1])
signal.pause = pause
'''


def python(text):
    """A workload in Python: its words. `say` and `signal`, `os`, `sys`, `time` are there."""
    return [sys.executable, '-c', PRELUDE + text]


TERM, INT, QUIT, USR1 = signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1
