# SPDX-License-Identifier: Apache-2.0
"""Runs an init (an original, or foster in its place) as PID 1 of a new PID namespace or as a plain process, and watches it.

A compat test is a list of cases; each is a sentence of the original's documentation and a function that asserts it. Every case is run against
the original and against foster. Where the original does not do what it says (or does what nobody would miss) the case carries `bug=`: it must
fail there, and must pass with foster.
"""
import atexit
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'images'))
import counted_tests  # noqa: E402

PATIENCE = int(os.environ.get('FOSTER_PATIENCE', '60'))  # seconds until something that is expected is given up; no case passes because of it
HUNG = 3  # the same where the original is known to hang
WORK = tempfile.mkdtemp(prefix='foster-compat-')
os.chmod(WORK, 0o755)
atexit.register(shutil.rmtree, WORK, True)


# Further arguments choose cases by what is in their sentences.
FOSTER = counted_tests.find_foster()


class Failure(AssertionError):
    pass


def check(condition, message):
    if not condition:
        raise Failure(message)


def equal(got, wanted, what='value'):
    check(got == wanted, f'{what}: {got!r}, not {wanted!r}')


def children(pid):
    try:
        with open(f'/proc/{pid}/task/{pid}/children') as f:
            return [int(n) for n in f.read().split()]
    except OSError:
        return []


def state(pid):
    try:
        with open(f'/proc/{pid}/stat') as f:
            return f.read().rpartition(')')[2].split()[0]
    except OSError:
        return 'gone'


def signals(pid, field):
    """SigBlk, SigIgn or SigCgt of a process, as a set of numbers."""
    with open(f'/proc/{pid}/status') as f:
        mask = next(int(line.split()[1], 16) for line in f if line.startswith(field + ':'))
    return {n for n in range(1, 65) if mask >> (n - 1) & 1}


def awaits_signals(pid):
    """Whether it sleeps in rt_sigtimedwait(2), for whose time the kernel takes the signals that are waited for out of SigBlk."""
    try:
        with open(f'/proc/{pid}/syscall') as f:
            return f.read().split()[0] == {'x86_64': '128', 'aarch64': '137'}.get(os.uname().machine)
    except OSError:
        return False


def until(condition, what, patience=PATIENCE):
    end = time.monotonic() + patience
    while not condition():
        check(time.monotonic() < end, f'never came: {what}')
        time.sleep(0.005)


class Run:
    """One run of an init. `pid1`: as PID 1 of a namespace of its own. Output of both streams is read apart."""
    alive = []

    def __init__(self, command, env=None, pid1=False, ignore=(), patience=PATIENCE, tty=False, stdin=subprocess.DEVNULL, cwd=None, pass_fds=(),
                 prefix=(), user=None):
        self.patience = patience
        self.output = b''
        self.errors = b''
        environment = {'PATH': os.environ.get('PATH', '/usr/bin:/bin'), 'LC_ALL': 'C', **(env or {})}
        prefix = list(prefix) + (['unshare', '--fork', '--pid', '--mount-proc', '--kill-child'] if pid1 else [])

        def prepare():
            for signo in range(1, 32):
                if signo not in (9, 19):
                    signal.signal(signo, signal.SIG_IGN if signo in ignore else signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            if user is not None:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)
            if tty:
                os.setsid()
                import fcntl
                import termios
                fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.master = None
        if tty:
            self.master, slave = pty.openpty()
            self.process = subprocess.Popen(prefix + command, env=environment, stdin=slave, stdout=slave, stderr=slave, preexec_fn=prepare, cwd=cwd)
            os.close(slave)
            self.out, self.err = self.master, None
        else:
            self.process = subprocess.Popen(prefix + command, env=environment, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                            preexec_fn=prepare, cwd=cwd, pass_fds=pass_fds)
            self.out, self.err = self.process.stdout.fileno(), self.process.stderr.fileno()
        self.pid1 = pid1
        Run.alive.append(self)

    @property
    def init(self):
        """The init's process id, as seen from here."""
        if not self.pid1:
            return self.process.pid
        until(lambda: children(self.process.pid), 'the child of unshare', self.patience)
        return children(self.process.pid)[0]

    @property
    def workload(self):
        until(lambda: children(self.init), 'the workload', self.patience)
        return children(self.init)[0]

    def _pump(self, end):
        sources = [fd for fd in (self.out, self.err) if fd is not None]
        if not sources:
            return False
        ready, _, _ = select.select(sources, [], [], max(0.0, end - time.monotonic()))
        check(ready, f'no more output; so far: {self.output!r} {self.errors!r}')
        for fd in ready:
            try:
                data = os.read(fd, 65536)
            except OSError:  # a terminal whose last user has gone
                data = b''
            if fd == self.out:
                self.output += data
                if not data:
                    self.out = None
            else:
                self.errors += data
                if not data:
                    self.err = None
        return True

    def wait_for(self, text, times=1):
        """Until the workload's output has `text` in it."""
        end = time.monotonic() + self.patience
        while self.output.count(text.encode()) < times:
            check(self._pump(end), f'ended without {text!r}: {self.output!r} {self.errors!r}')
        return self

    def send(self, signo):
        os.kill(self.init, signo)
        return self

    def end(self):
        """Its exit status, 128+n where a signal ended it. What was printed is in output and errors."""
        end = time.monotonic() + self.patience
        try:
            code = self.process.wait(self.patience)
        except subprocess.TimeoutExpired:
            raise Failure(f'still running; output: {self.output!r} {self.errors!r}') from None
        while (self.out is not None or self.err is not None) and self._pump(end):
            pass
        return code if code >= 0 else 128 - code

    def clean(self):
        tree = []
        todo = [self.process.pid]
        while todo:
            pid = todo.pop()
            tree.append(pid)
            todo += children(pid)
        for pid in tree:
            if self.process.poll() is None or pid != self.process.pid:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        self.process.wait()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        if self.master is not None:
            os.close(self.master)


class Suite:
    """`name`: whose place foster takes. `original`: its program, or None. `foster`: foster's binary."""

    def __init__(self, name, original, foster, other_names=()):
        self.name = name
        self.original = shutil.which(original) if original else None
        self.wanted = original
        # A copy, which an ordinary user can reach.
        folder = os.path.join(WORK, 'names')
        os.makedirs(folder, exist_ok=True)
        binary = shutil.copy(foster, os.path.join(folder, 'foster'))
        os.chmod(binary, 0o755)
        self.spoken = {}
        for one in (name, *other_names):
            os.symlink('foster', os.path.join(folder, one))
            self.spoken[f'foster as {one}'] = [os.path.join(folder, one)]
        self.spoken[f'foster --as={name}'] = [binary, f'--as={name}']
        self.cases = []

    def case(self, sentence, bug=None, hangs=False, only_foster=False, all_names=False):
        """`all_names`: foster runs it under each name and with --as, not only under the first name."""
        def add(function):
            self.cases.append((sentence, function, bug, hangs, only_foster, all_names))
            return function
        return add

    def main(self):
        passed = failed = 0
        skips = []
        wanted = sys.argv[1:]
        subjects = {}
        if self.original:
            subjects[f'the original {self.name}'] = [self.original]
        elif self.wanted:
            skips.append(f'{self.wanted} is not installed: nothing to compare foster with')
        subjects.update(self.spoken)
        first = f'foster as {self.name}'
        for sentence, function, bug, hangs, only_foster, all_names in self.cases:
            if wanted and not any(w in sentence for w in wanted):
                continue
            for who, command in subjects.items():
                is_original = who.startswith('the original')
                if is_original and only_foster or not (is_original or all_names or who == first):
                    continue
                expected_failure = bug if is_original else None
                runs_before = len(Run.alive)

                def run(arguments, **options):
                    if hangs and is_original:
                        options.setdefault('patience', HUNG)
                    return Run(command + arguments, **options)
                try:
                    function(run)
                    outcome = None
                except Failure as failure:
                    outcome = str(failure)
                except Exception:  # pylint: disable=broad-except
                    outcome = traceback.format_exc()
                finally:
                    while len(Run.alive) > runs_before:
                        Run.alive.pop().clean()
                if expected_failure and outcome:
                    passed += 1
                    print(f'ok    {who}: not so: {sentence} ({expected_failure})')
                elif expected_failure:
                    failed += 1
                    print(f'FAIL  {who}: {sentence}: passes, though it is marked: {expected_failure}')
                elif outcome:
                    failed += 1
                    print(f'FAIL  {who}: {sentence}: {outcome}')
                else:
                    passed += 1
                    print(f'ok    {who}: {sentence}')
                sys.stdout.flush()
        for reason in skips:
            print(f'SKIP {reason}')
        print(f'{passed} passed, {failed} failed' + (f', {len(skips)} skipped' if skips else ''))
        sys.exit(1 if failed or not passed else 0)


def file_of(name, text, mode=0o755):
    path = os.path.join(WORK, name)
    with open(path, 'w') as f:
        f.write(text)
    os.chmod(path, mode)
    return path


# Waits for signals without losing one between a look and the waiting, as signal.pause() does: the interpreter runs handlers between two of its
# instructions, so what wakes it up must be a byte that the handler in C has left.
ATTENTIVE = '''
import os, signal
def attend():
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing)
    return reading
def wait_for_signals(reading):
    while True:
        os.read(reading, 1)
'''
# A workload that says what it is sent. On TERM it exits with 7 after saying so.
LISTENER = ATTENTIVE + '''
def say(text):
    os.write(1, (text + "\\n").encode())
def hear(signo, frame):
    say("got %d" % signo)
    if signo == signal.SIGTERM:
        os._exit(7)
reading = attend()
for signo in range(1, 65):
    if signo not in (9, 17, 19, 32, 33):
        signal.signal(signo, hear)
say("ready sid=%d pgid=%d pid=%d" % (os.getsid(0), os.getpgrp(), os.getpid()))
wait_for_signals(reading)
'''
# The same with a child in its process group, and one that has left it.
FAMILY = ATTENTIVE + '''
def listen(name):
    def hear(signo, frame):
        os.write(1, ("%s got %d\\n" % (name, signo)).encode())
        if signo == signal.SIGTERM:
            os._exit(7)
    reading = attend()
    for signo in (1, 10, 12, 15):
        signal.signal(signo, hear)
    os.write(1, ("%s ready\\n" % name).encode())
    wait_for_signals(reading)
if os.fork() == 0:
    listen("child")
if os.fork() == 0:
    os.setsid()
    listen("stray")
listen("main")
'''


def python(text):
    return [sys.executable or '/usr/bin/python3', '-c', text]
