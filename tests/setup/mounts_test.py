#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the workload finds mounted; as root, and as an ordinary user in a user namespace of his own."""
import os
import pty
import shutil
import subprocess
import tempfile
import unittest

from harness import FOSTER, NOBODY, ROOT, TIMEOUT, Case, main, mounts, needs_root, needs_user_namespaces, run, user_namespaces_work

WAYS = []
if ROOT:
    WAYS.append((None, ['--new=mount,pid']))
if user_namespaces_work():
    WAYS.append((NOBODY, ['--new=user,mount,pid', '--map-root']))


class Mounts(Case):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(prefix='foster-mounts.', dir='/tmp')
        os.chmod(self.folder, 0o755)
        if ROOT:
            os.chown(self.folder, NOBODY, NOBODY)
        self.addCleanup(shutil.rmtree, self.folder)

    def test_proc_is_that_of_the_namespace(self):
        for user, words in WAYS:
            self.assertEqual(self.passes(*words, '--proc', 'sh', '-c', 'cat /proc/1/comm; exec readlink /proc/self', user=user).split(), ['foster', '2'])

    def test_proc_takes_hidepid_and_subset(self):
        for user, words in WAYS:
            out = self.passes(*words, '--proc=hidepid=2,subset=pid', 'sh', '-c', 'grep " /proc proc " /proc/self/mounts; ls /proc/meminfo 2>&1; true', user=user)
            self.assertIn('hidepid=invisible,subset=pid', out)
            self.assertIn('No such file', out)
        self.refused(*WAYS[0][1], '--proc=hidden=1', 'true', user=WAYS[0][0], said=['--proc: mount proc "/proc": Invalid argument', 'hidden=1'])

    def test_said_again_proc_and_dev_are_said_anew(self):
        for user, words in WAYS:
            out = self.passes(*words, '--proc', '--dev', '--dev', 'grep', '-cE', ' /(proc|dev) (proc|tmpfs) .*(hidepid|mode=755)', '/proc/self/mounts', user=user, env={**os.environ, 'FOSTER_PROC': 'hidepid=2'})
            self.assertEqual(out, '1')
            self.assertNotIn('hidepid', self.passes(*words, '--proc', 'cat', '/proc/self/mounts', user=user, env={**os.environ, 'FOSTER_PROC': 'hidepid=2'}))

    def test_a_tmpfs_with_options(self):
        for user, words in WAYS:
            out = self.passes(*words, f'--mount=tmpfs:{self.folder}:mode=0711,size=64k,noexec', 'sh', '-c', f'stat -c %a {self.folder}; grep {self.folder} /proc/self/mounts', user=user)
            self.assertIn('711', out)
            for option in ('noexec', 'nosuid', 'nodev', 'size=64k'):
                self.assertIn(option, out)

    def test_bind_and_rbind_read_only(self):
        with open(f'{self.folder}/file', 'w') as f:
            f.write('text\n')
        os.mkdir(f'{self.folder}/inner')
        for user, words in WAYS:
            out = self.passes(*words, f'--mount=rbind:{self.folder}:/mnt:ro', 'sh', '-c', 'cat /mnt/file; (: >/mnt/file) 2>&1; true', user=user)
            self.assertIn('text', out)
            self.assertIn('Read-only file system', out)
            out = self.passes(*words, f'--mount=tmpfs:{self.folder}/inner', f'--mount=bind:{self.folder}/file:{self.folder}/inner/new/copy', 'cat', f'{self.folder}/inner/new/copy', user=user)
            self.assertEqual(out, 'text')

    def test_paths_with_colons(self):
        os.mkdir(f'{self.folder}/a:b')
        for user, words in WAYS:
            self.passes(*words, f'--mount=tmpfs:{self.folder}/a\\:b', 'sh', '-c', f'grep -q "{self.folder}/a:b tmpfs" /proc/self/mounts', user=user)

    def test_sysfs_devpts_mqueue(self):
        for user, words in WAYS:
            out = self.passes(*words, '--new=net,ipc', '--mount=sysfs:/sys', 'ls', '/sys/class/net', user=user)
            self.assertEqual(out, 'lo')
            self.assertEqual(self.passes(*words, '--mount=tmpfs:/mnt', '--mount=devpts:/mnt/pts', 'ls', '/mnt/pts', user=user), 'ptmx')
            self.passes(*words, '--new=ipc', '--mount=tmpfs:/mnt', '--mount=mqueue:/mnt/mq', 'sh', '-c', 'grep -q " /mnt/mq mqueue " /proc/self/mounts', user=user)

    def test_overlay(self):
        for name in ('lower', 'upper', 'work', 'all'):
            os.mkdir(f'{self.folder}/{name}')
            os.chmod(f'{self.folder}/{name}', 0o777)
        open(f'{self.folder}/lower/one', 'w').close()
        for user, words in WAYS:
            overlay = f'--mount=overlay:{self.folder}/all:lowerdir={self.folder}/lower,upperdir={self.folder}/upper,workdir={self.folder}/work' + (',userxattr' if user else '')
            done = run(*words, overlay, 'ls', f'{self.folder}/all', user=user)
            if 'does not know this file system' in done.stderr:
                self.skipTest('this kernel has no overlay file system, or only as a module that is not there')
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, 'one\n', ''))

    def test_cgroup2(self):
        for user, words in WAYS:
            done = run(*words, '--new=cgroup', '--mount=tmpfs:/mnt', '--mount=cgroup2:/mnt/cg', 'cat', '/mnt/cg/cgroup.procs', user=user)
            if done.returncode == 125 and ('visible' in done.stderr or 'busy' in done.stderr):
                self.skipTest('this machine has no cgroup v2 hierarchy to mount')
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_read_only_holds_for_all_below_and_not_for_what_comes_later(self):
        os.mkdir(f'{self.folder}/later')
        for user, words in WAYS:
            script = f'touch {self.folder}/x 2>&1; touch {self.folder}/later/x && echo written'
            out = self.passes(*words, f'--read-only={self.folder}', f'--mount=tmpfs:{self.folder}/later', 'sh', '-c', script, user=user)
            self.assertIn('Read-only file system', out)
            self.assertIn('written', out)
            out = self.passes(*words, f'--mount=tmpfs:{self.folder}/later', '--read-only=/', 'sh', '-c', f'touch {self.folder}/later/x 2>&1; true', user=user)
            self.assertIn('Read-only file system', out)

    def test_the_working_folder_is_not_a_way_around(self):
        for user, words in WAYS:
            out = self.passes(*words, f'--read-only={self.folder}', 'sh', '-c', 'touch here 2>&1; true', user=user, cwd=self.folder)
            self.assertIn('Read-only file system', out)
            self.assertEqual(self.passes(*words, f'--mount=tmpfs:{self.folder}', 'sh', '-c', 'touch here; ls', user=user, cwd=self.folder), 'here')
        self.assertEqual(os.listdir(self.folder), [])

    @needs_root
    def test_read_only_without_mount_setattr(self):
        os.mkdir(f'{self.folder}/inner')
        words = ['--new=mount', f'--mount=tmpfs:{self.folder}/inner', '--mount=bind:/usr/share:/mnt:ro', f'--read-only={self.folder}']
        trace = subprocess.run(['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'inject=442:error=ENOSYS', FOSTER, *words, 'sh', '-c',
                                f'for at in {self.folder} {self.folder}/inner /mnt; do touch $at/x; done'],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, timeout=TIMEOUT)
        if 'ptrace' in trace.stderr or 'strace' in trace.stderr:
            self.skipTest(f'strace cannot do it here: {trace.stderr.strip()}')
        self.assertEqual(trace.stderr.count('Read-only file system'), 3, trace.stderr)

    def test_masked_folders_are_empty_and_masked_files_too(self):
        for user, words in WAYS:
            out = self.passes(*words, '--mask=/etc', '--mask=/usr/bin/passwd', '--mask=/no/such/thing', 'sh', '-c', 'ls -A /etc | wc -l; wc -c </usr/bin/passwd; touch /etc/x 2>&1; true', user=user)
            self.assertEqual(out.split()[:2], ['0', '0'])
            self.assertIn('Read-only file system', out)

    def test_dev_has_what_programs_expect_and_no_more(self):
        names = 'fd full null ptmx pts random shm stderr stdin stdout tty urandom zero'.split()
        for user, words in WAYS:
            done = run(*words, '--proc', '--dev', 'sh', '-c',
                       'ls /dev; echo x >/dev/null; head -c 2 /dev/zero | wc -c; head -c 2 /dev/urandom | wc -c; head -c 1 /dev/zero >/dev/full; '
                       'readlink /dev/stdout; touch /dev/shm/x && stat -c %a /dev/shm; stat -L -c %a /dev/ptmx; test -e /dev/fd/1 && echo fd', user=user)
            self.assertEqual(done.stdout.split(), names + ['2', '2', '/proc/self/fd/1', '1777', '666', 'fd'], done.stderr)
            self.assertIn('No space left', done.stderr)

    def test_dev_console_is_the_terminal_on_stdin(self):
        for user, words in WAYS:
            master, slave = pty.openpty()
            try:
                if user is not None and ROOT:
                    os.fchown(slave, user, user)
                out = self.passes(*words, '--dev', 'sh', '-c', 'test -c /dev/console && echo console; stat -c %t:%T /dev/console', user=user, stdin=slave)
                device = os.fstat(slave).st_rdev
                self.assertEqual(out.split(), ['console', f'{os.major(device):x}:{os.minor(device):x}'])
            finally:
                os.close(master)
                os.close(slave)

    def build_root(self):
        return [f'--mount=tmpfs:{self.folder}', f'--root={self.folder}', '--mount=rbind:/usr', *[f'--mount=rbind:{path}' for path in ('/bin', '/lib', '/lib64') if os.path.exists(path)]]

    def test_root_from_nothing(self):
        for user, words in WAYS:
            out = self.passes(*words, *self.build_root(), '--proc', '--dev', '--no-sandbox=undumpable', 'sh', '-c', 'pwd; echo /*; ls /proc/1/root/; cut -d" " -f5 /proc/self/mountinfo', user=user)
            self.assertEqual(out.splitlines()[0], '/')
            self.assertNotIn('/tmp', out)
            self.assertNotIn(self.folder, out)
        self.assertEqual(os.listdir(self.folder), [])

    def test_the_old_root_cannot_be_reached(self):
        for user, words in WAYS:
            out = self.passes(*words, *self.build_root(), '--proc', '--no-sandbox=undumpable', 'sh', '-c', 'cd /proc/1/cwd && cd ../../.. && ls -A', user=user)
            self.assertNotIn('tmp', out.split())

    def test_sources_are_of_the_old_root_and_targets_of_the_new(self):
        with open(f'{self.folder}.txt', 'w') as f:
            f.write('outside\n')
        self.addCleanup(os.remove, f'{self.folder}.txt')
        for user, words in WAYS:
            out = self.passes(*words, *self.build_root(), f'--mount=bind:{self.folder}.txt:/deep/in/file', 'cat', '/deep/in/file', user=user)
            self.assertEqual(out, 'outside')
            self.assertEqual(self.passes(*words, *self.build_root(), '--mount=rbind:.:/here', 'ls', '/here/usr', user=user, cwd='/') != '', True)

    def test_propagation(self):
        if not ROOT:
            self.skipTest('needs root')
        outer = ['unshare', '-m', '--propagation=private', 'sh', '-c', f'mount -t tmpfs tmpfs {self.folder} && mount --make-shared {self.folder} && exec "$@"', 'sh']
        script = f'{FOSTER} --new=mount %s sh -c "mkdir {self.folder}/in; mount -t tmpfs tmpfs {self.folder}/in; grep -o \'{self.folder}.*\' /proc/self/mountinfo | head -1"; grep -c {self.folder}/in /proc/self/mountinfo'
        for word, tag, seen in (('', None, '0'), ('--propagation=private', None, '0'), ('--propagation=slave', 'master:', '0'), ('--propagation=shared', 'shared:', '1')):
            done = subprocess.run(outer + ['sh', '-c', script % word], stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, timeout=TIMEOUT)
            lines = done.stdout.splitlines()
            self.assertEqual(lines[-1], seen, (word, done))
            if tag:
                self.assertIn(tag, lines[0])
            else:
                self.assertNotIn('shared:', lines[0])
        self.refused('--new=mount', '--propagation=shared', '--proc', 'true', said='--proc: would appear outside as well')

    @needs_user_namespaces
    def test_an_ordinary_user_sees_what_is_mounted_outside_only_with_slave(self):
        for word, tag in (('--propagation=slave', 'master:'), ('--propagation=private', None)):
            # The shell stays: a master that nobody is in is none.
            prefix = ['unshare', '-m' if ROOT else '-Urm', '--propagation=shared', 'sh', '-c', '"$@"; exit $?', 'sh']
            out = self.passes('--new=user,mount', '--map-root', word, 'sh', '-c', 'grep -m1 " / / " /proc/self/mountinfo', prefix=prefix, user=NOBODY if ROOT else None)
            self.assertEqual('master:' in out, tag is not None, out)

    def test_bad_mounts_are_refused_before_anything_is_made(self):
        for words, said in ((['--mount=tmpfs'], 'not TYPE[:SOURCE]:TARGET[:OPTIONS]'), (['--mount=tmpfs:here'], 'absolute path'), (['--mask=here'], 'absolute path'),
                            (['--root=here'], 'absolute path'), (['--root=/'], 'is the root already'), (['--propagation=none'], 'not one of private, slave, shared')):
            self.refused('--new=mount', *words, 'true', said=said)
        for words in (['--proc'], ['--dev'], ['--mount=tmpfs:/mnt'], ['--read-only=/'], ['--mask=/etc'], ['--root=/mnt']):
            self.refused(*words, 'true', said=['would change the mounts of the whole machine', 'add --new=mount'])

    def test_failures_half_way_are_told_and_leave_nothing(self):
        for user, words in WAYS:
            before = mounts()
            for more, said in ((['--mount=tmpfs:/no/such'], ['--mount: mount point "/no/such": No such file or directory', 'makes missing mount points only']),
                               (['--mount=bind:/no/such:/mnt'], ['--mount: source "/no/such": No such file or directory']),
                               (['--mount=bind:/etc:/etc/passwd'], ['--mount: mount point "/etc/passwd": Not a directory', 'a folder can be bound to a folder only']),
                               (['--mount=nosuchfs:none:/mnt'], ['--mount: ', 'nosuchfs', '"/mnt"', 'does not know this file system']),
                               (['--mount=tmpfs:/mnt:colour=red'], ['Invalid argument', 'colour=red']),
                               (['--root=/no/such'], ['--root: folder "/no/such": No such file or directory']),
                               (['--read-only=/no/such'], ['--read-only: path "/no/such": No such file or directory'])):
                self.refused(*words, '--mount=tmpfs:/mnt', *more, 'true', user=user, said=said)
            self.assertEqual(before, mounts())

    def test_what_will_be_there_when_its_turn_comes_is_not_refused(self):
        for name in ('source', 'source/inner', 'target', 'root', 'etc'):
            os.mkdir(f'{self.folder}/{name}')
        os.symlink('target', f'{self.folder}/link')
        os.symlink(f'{self.folder}/source', f'{self.folder}/root/absolute')
        with open(f'{self.folder}/etc/passwd', 'w') as f:
            f.write('web:x:0:0::/:/bin/sh\n')
        with open(f'{self.folder}/etc/group', 'w') as f:
            f.write('www:x:0:\n')
        bound = f'--mount=bind:{self.folder}/source:{self.folder}/target'
        programs = [f'--mount=rbind:{path}' for path in ('/usr', '/bin', '/lib', '/lib64') if os.path.exists(path)]
        for user, words in WAYS:
            # A mount point in what was bound, by its own name and through a link; a folder to start in; one to protect.
            self.passes(*words, bound, f'--mount=tmpfs:{self.folder}/target/inner', 'true', user=user)
            self.passes(*words, bound, f'--mount=tmpfs:{self.folder}/link/inner', 'true', user=user)
            self.assertEqual(self.passes(*words, bound, f'--chdir={self.folder}/link/inner', f'--read-only={self.folder}/target/inner', 'pwd', '-L', user=user).split('/')[-1], 'inner')
            self.passes(*words, bound, f'--mount=tmpfs:{self.folder}/target/../link/inner', 'true', user=user)
            self.passes(*words, f'--mount=tmpfs:{self.folder}/target', f'--mount=tmpfs:{self.folder}/target/new/one', f'--read-only={self.folder}/target/new', 'true', user=user)
            # Users of files that are bound into the new root, and that are mounted over.
            if user is None:
                new_root = [f'--mount=tmpfs:{self.folder}/root', f'--root={self.folder}/root', *programs]
                self.assertEqual(self.passes(*words, *new_root, f'--mount=bind:{self.folder}/etc:/etc', '--user=web:www', 'id', '-u', user=user), '0')
                self.assertEqual(self.passes(*words, f'--mount=bind:{self.folder}/etc:/etc', '--user=web', '--groups=www', 'id', '-u', user=user), '0')
                self.refused(*words, *new_root, f'--mount=bind:{self.folder}/etc:/etc', '--user=root', 'true', user=user, said='--user: "root": not in /etc/passwd')
            # A link that leads elsewhere in the new root than here.
            done = run(*words, f'--root={self.folder}/root', *programs, '--mount=tmpfs:/absolute', 'true', user=user)
            self.assertNotIn('foster: --mount: mount point', done.stderr)

    @needs_root
    def test_in_a_mount_namespace_that_is_not_its_own_foster_takes_back_what_it_mounted(self):
        # foster as PID 1 of a container that somebody else made.
        done = subprocess.run(['unshare', '-m', '--propagation=private', 'sh', '-c', f'unshare -p -f sh -c "mount -t proc proc /proc; exec {FOSTER} --mount=tmpfs:/mnt --mount=tmpfs:/no/such true"; echo $?; '
                               'umount /proc; grep -c " /mnt " /proc/self/mountinfo'],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, timeout=TIMEOUT)
        self.assertEqual(done.stdout.split(), ['125', '0'], done.stderr)
        self.assertIn('"/no/such"', done.stderr)


class Revealing(Case):
    @needs_root
    @needs_user_namespaces
    def test_a_masked_outer_proc_is_told_as_that_with_what_masks_it(self):
        prefix = ['unshare', '-m', '--propagation=private', 'sh', '-c', 'mount -t tmpfs tmpfs /proc/scsi 2>/dev/null || mount -t tmpfs tmpfs /proc/fs; mount --bind /dev/null /proc/version; exec "$@"', 'sh',
                  'setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups', '--']
        self.refused('--new=user,pid,mount', '--map-root', '--proc', 'true', prefix=prefix,
                     said=['--proc: proc on "/proc": mount too revealing', '/proc/version', 'systempaths=unconfined'])


if __name__ == '__main__':
    main()
