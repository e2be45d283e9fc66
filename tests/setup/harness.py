# SPDX-License-Identifier: Apache-2.0
"""What the tests of set-up and namespaces share: foster run as root and as an ordinary user, and proof that it leaves nothing behind."""
import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'images'))
import counted_tests  # noqa: E402

TIMEOUT = 120  # for a machine that is busy: nothing here waits for time to pass
NOBODY = 65534


ARGUMENTS = sys.argv[1:]


def copy_where_everybody_may_run_it(path):
    """The build's own folders may be root's alone."""
    folder = tempfile.mkdtemp(prefix='foster-test.', dir='/tmp')
    os.chmod(folder, 0o755)
    copy = os.path.join(folder, 'foster')
    with open(path, 'rb') as source, open(copy, 'wb') as target:
        target.write(source.read())
    os.chmod(copy, 0o755)
    return folder, copy


FOLDER, FOSTER = copy_where_everybody_may_run_it(counted_tests.find_foster())
ROOT = os.geteuid() == 0
atexit.register(shutil.rmtree, FOLDER, True)


def as_user(uid=NOBODY, gid=None):
    return ['setpriv', f'--reuid={uid}', f'--regid={gid if gid is not None else uid}', '--clear-groups', '--']


def run(*words, user=None, prefix=(), **more):
    """foster WORDS…, as root or, with `user`, as that user. Output is text."""
    command = list(prefix)
    if user is not None and ROOT:
        command += as_user(user)
    command += [FOSTER, *words]
    more.setdefault('stdin', subprocess.DEVNULL)
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, timeout=TIMEOUT, cwd=more.pop('cwd', '/'), **more)


def needs_root(test):
    return unittest.skipUnless(ROOT, 'needs root')(test)


def user_namespaces_work():
    return subprocess.run((as_user() if ROOT else []) + ['unshare', '-U', 'true'], stderr=subprocess.DEVNULL).returncode == 0


def needs_user_namespaces(test):
    return unittest.skipUnless(user_namespaces_work(), 'this kernel gives user namespaces to no ordinary user')(test)


def mounts():
    with open('/proc/self/mountinfo') as f:
        return sorted(f.read().splitlines())


def own_etc():
    """Root's tests: an /etc of this mount namespace, a copy, in which files can be made without anybody noticing."""
    folder = tempfile.mkdtemp(prefix='foster-etc.', dir='/tmp')
    subprocess.run(['mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', folder], check=True)
    subprocess.run(['cp', '-a', '/etc/.', folder], check=True)
    subprocess.run(['mount', '--move', folder, '/etc'], check=True)
    os.rmdir(folder)


class Case(unittest.TestCase):
    """Checks after each test that this mount namespace, the working folder's links and our children are as they were."""

    def setUp(self):
        self.mounts_before = mounts()

    def tearDown(self):
        self.assertEqual(self.mounts_before, mounts(), 'mounts were left behind')

    def passes(self, *words, **more):
        """Runs foster, which must exit with 0 and say nothing. What it printed, without the last end of line."""
        done = run(*words, **more)
        self.assertEqual((done.returncode, done.stderr), (0, ''), f'{words}: printed {done.stdout!r}')
        return done.stdout.rstrip('\n')

    def refused(self, *words, said, **more):
        """Runs foster, which must exit with 125, run nothing, and say one line that has all of `said`."""
        done = run(*words, **more)
        self.assertEqual((done.returncode, done.stdout), (125, ''), done.stderr)
        self.assertEqual(done.stderr.count('\n'), 1, f'not one line: {done.stderr!r}')
        for piece in [said] if isinstance(said, str) else said:
            self.assertIn(piece, done.stderr)
        return done.stderr


def main(*alone):
    """Runs all cases; the last line is `N passed, N failed[, N skipped]`. Root's in a mount namespace of their own, so that what others mount meanwhile is not seen;
    with more around them by `alone`, unshare(1)'s options."""
    if ROOT and 'FOSTER_TEST_ALONE' not in os.environ:
        shutil.rmtree(FOLDER, True)
        os.execvpe('unshare', ['unshare', '--mount', '--propagation=private', *alone, sys.executable, *sys.argv[:1], *ARGUMENTS], {**os.environ, 'FOSTER_TEST_ALONE': 'yes'})
    os.environ.pop('FOSTER_TEST_ALONE', None)
    counted_tests.main()
