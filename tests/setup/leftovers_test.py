#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each option of the set-up made to fail, in each way that it can be made to fail from outside: nothing is left behind by any of them, and what can be known
beforehand is told before anything is made. (What the kernel may refuse out of its own mood, call by call, is //tests/faults:setup_faults_test.)

Runs as PID 1 of a PID and a mount namespace of its own: whoever is left behind is seen there and nobody else, and a namespace lives only in a process, an open
descriptor or a mount."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from harness import NOBODY, Case, main, mounts, needs_root, own_etc, run, user_namespaces_work

# Calls that make something. Foster looks, in what is known beforehand, and makes none of them.
MAKERS = 'clone,clone3,fork,vfork,unshare,setns,mount,move_mount,open_tree,mount_setattr,umount2,pivot_root,chroot,mkdir,mkdirat,mknod,mknodat,symlink,symlinkat,sethostname,setdomainname'
BEFORE, HALFWAY = 'before', 'half-way'


class Row:
    """`words` fail at `when`, told with `said`; run as `users` (None is root) after what `before` puts in front of foster."""

    def __init__(self, option, when, words, said, users=(None, NOBODY), before=()):
        self.option, self.when, self.words, self.said, self.users, self.before = option, when, words, said, users, list(before)


ROOT_ONLY, NOBODY_ONLY = (None,), (NOBODY,)
# What foster has made already when the option fails: namespaces, names, mounts, a new root with mount points that it had to make.
FULL = ['--new=pid,mount,uts,ipc,net', '--hostname=half', '--loopback', '--root=PLAY/root', '--mount=bind:PLAY/source:/made/deep/down', '--mount=bind:PLAY/file:/made/file',
        '--mount=tmpfs:/made/tmp', '--proc', *[f'--mount=rbind:{path}' for path in ('/usr', '/bin', '/lib', '/lib64') if os.path.exists(path)]]
MAPPED = ['--new=user', '--uid-map=0:100000:10', '--gid-map=0:100000:10']
NAME = 'x' * 300


def limited(kind):
    """In a user namespace where one more of `kind` is too many."""
    return ['unshare', '-Ur', f'--{kind}', 'sh', '-c', f'echo 1 >/proc/sys/user/max_{kind}_namespaces; exec "$@"', 'sh']


ROWS = [
    Row('new', BEFORE, ['--new=pids'], 'no such kind of namespace'),
    Row('new', BEFORE, ['--new=uts'], 'needs CAP_SYS_ADMIN', NOBODY_ONLY),
    Row('new', HALFWAY, ['--new=pid,mount,uts'], 'max_uts_namespaces is 1', ROOT_ONLY, before=limited('uts')),
    Row('new', HALFWAY, ['--new=net,uts'], 'max_net_namespaces is 1', ROOT_ONLY, before=limited('net')),
    Row('join', BEFORE, ['--join=/etc/passwd'], 'is no namespace'),
    Row('join', BEFORE, ['--join=99999999'], 'pidfd_open'),
    Row('join', HALFWAY, ['--join=PLAY/uts', '--new=user'], '--join: setns', NOBODY_ONLY),
    Row('map-root', BEFORE, ['--map-root'], 'add --new=user'),
    Row('uid-map', BEFORE, ['--new=user', '--uid-map=0:1:1', '--uid-map=0:2:1'], 'overlaps'),
    Row('uid-map', BEFORE, ['--new=user', '--uid-map=0:1:1'], 'an ordinary user may map himself', NOBODY_ONLY),
    Row('uid-map', HALFWAY, ['--new=user,pid', '--uid-map=auto', '--gid-map=auto'], '--uid-map: newuidmap: refused this map', NOBODY_ONLY,
        before=['sh', '-c', 'mount --bind /bin/false /usr/bin/newuidmap && exec "$@"', 'sh']),
    Row('gid-map', BEFORE, ['--new=user', '--gid-map=0:1'], 'not INSIDE:OUTSIDE:COUNT'),
    Row('gid-map', HALFWAY, ['--new=user,pid', '--uid-map=auto', '--gid-map=auto'], '--gid-map: newgidmap: refused this map', NOBODY_ONLY,
        before=['sh', '-c', 'mount --bind /bin/false /usr/bin/newgidmap && exec "$@"', 'sh']),
    Row('time-offset', BEFORE, ['--new=user,time', '--time-offset=boottime:-36500d'], 'less than nothing'),
    Row('time-offset', BEFORE, ['--time-offset=boottime:1s'], 'add --new=time'),
    Row('die-with-parent', BEFORE, ['--die-with-parent=SOON'], 'not a signal'),
    Row('proc', BEFORE, ['--new=user,mount', '--proc'], 'add --new=pid'),
    Row('proc', HALFWAY, FULL + ['--proc=colour=red'], 'does not know these options: colour=red'),
    Row('mount', BEFORE, FULL + ['--mount=bind:/no/such:/x'], '--mount: source "/no/such": No such file'),
    Row('mount', BEFORE, ['--new=mount', '--mount=bind:PLAY/file:PLAY/root'], 'a folder can be bound to a folder only', ROOT_ONLY),
    Row('mount', BEFORE, ['--new=mount', '--mount=bind:PLAY/source:PLAY/file'], 'a folder can be bound to a folder only', ROOT_ONLY),
    Row('mount', BEFORE, ['--new=user,mount', '--mount=tmpfs:/no/such'], 'makes missing mount points only'),
    Row('mount', BEFORE, ['--new=user,mount', '--mount=tmpfs:PLAY/file'], 'Not a directory'),
    Row('mount', BEFORE, ['--new=user,mount', '--mount=overlay:PLAY/root:lowerdir=PLAY/none'], '--mount: lowerdir "PLAY/none": No such file'),
    Row('mount', BEFORE, ['--new=user,mount', '--mount=overlay:PLAY/root:lowerdir=PLAY/source,upperdir=PLAY/upper'], 'an upperdir needs a workdir'),
    Row('mount', BEFORE, ['--new=user,mount', '--mount=sysfs:/sys'], 'add --new=net'),
    Row('mount', BEFORE, ['--new=user,mount', '--mount=mqueue:/mnt'], 'add --new=ipc'),
    Row('mount', BEFORE, ['--new=mount', '--mount=ext4:PLAY/none:/mnt'], '--mount: source "PLAY/none"', ROOT_ONLY),
    Row('mount', BEFORE, ['--new=user,mount', '--mount=ext4:/dev/null:/mnt'], 'takes the machine\'s root'),
    Row('mount', HALFWAY, FULL + ['--mount=tmpfs:/made/more:colour=red'], 'colour=red'),
    Row('mount', BEFORE, FULL + ['--mount=ext4:/dev/null:/made/more'], '--mount: source "/dev/null": No such file', ROOT_ONLY),
    Row('mount', HALFWAY, ['--new=mount,uts', '--mount=tmpfs:/mnt', '--mount=ext4:/dev/null:/mnt/more'], '--mount: mount ext4 "/mnt/more"', ROOT_ONLY),
    Row('mount', HALFWAY, ['--new=mount', '--mount=bind:PLAY/source:/mnt', '--mount=tmpfs:/mnt/new', '--mount=tmpfs:/mnt/other:colour=red'], 'colour=red', ROOT_ONLY),
    Row('propagation', BEFORE, ['--new=mount', '--propagation=none'], 'not one of private, slave, shared'),
    Row('dev', HALFWAY, ['--new=mount', '--mount=bind:PLAY/source:PLAY/root:ro', '--root=PLAY/root', '--dev'], '--dev: mount tmpfs "/dev": No such file'),
    Row('root', BEFORE, ['--new=mount', '--root=PLAY/none'], '--root: folder "PLAY/none": No such file'),
    Row('root', BEFORE, ['--new=mount', '--root=PLAY/file'], '--root: folder "PLAY/file": Not a directory'),
    Row('root', HALFWAY, ['--new=mount', '--root=PLAY/closed/inner'], '--root: mount (bind)', NOBODY_ONLY),
    Row('read-only', BEFORE, ['--new=mount', '--read-only=PLAY/none'], '--read-only: path "PLAY/none": No such file'),
    Row('read-only', HALFWAY, FULL + ['--read-only=/made/tmp/none'], '--read-only: '),
    Row('mask', BEFORE, ['--new=mount', '--mask=here'], 'absolute path'),
    Row('mask', HALFWAY, FULL + [f'--mask=/{NAME}'], '--mask: stat'),
    Row('hostname', BEFORE, ['--new=uts', '--hostname=' + NAME], 'longer than the 64 bytes'),
    Row('domainname', BEFORE, ['--new=uts', '--domainname='], 'a name is needed'),
    Row('loopback', BEFORE, ['--loopback'], 'add --new=net'),
    Row('chdir', BEFORE, ['--chdir=PLAY/none'], '--chdir: folder "PLAY/none": No such file'),
    Row('chdir', BEFORE, ['--chdir=PLAY/file'], 'Not a directory'),
    Row('chdir', HALFWAY, FULL + ['--chdir=/made/tmp/none'], '--chdir: chdir'),
    Row('user', BEFORE, ['--user=no-such-user'], '--user: "no-such-user": not in /etc/passwd', ROOT_ONLY),
    Row('user', BEFORE, ['--new=user,mount', '--root=PLAY/root', '--user=root'], '--user: "root": not in /etc/passwd'),
    Row('user', BEFORE, ['--user=1'], 'needs CAP_SETGID, CAP_SETUID', NOBODY_ONLY),
    Row('user', HALFWAY, FULL + MAPPED + ['--user=1000'], 'has no place in this user namespace', ROOT_ONLY),
    Row('user', HALFWAY, FULL + ['--mount=tmpfs:/etc', '--user=somebody'], '--user: "somebody": not in /etc/passwd', ROOT_ONLY),
    Row('groups', BEFORE, ['--groups=no-such-group'], '--groups: "no-such-group": not in /etc/group', ROOT_ONLY),
    Row('groups', HALFWAY, FULL + MAPPED + ['--groups=77'], '--groups: setgroups', ROOT_ONLY),
    Row('umask', BEFORE, ['--umask=9'], 'not an octal file mode'),
    Row('env', BEFORE, ['--env==x'], '--env: '),
    Row('unset-env', BEFORE, ['--unset-env='], '--unset-env: '),
    Row('clear-env', BEFORE, ['--clear-env=all'], '--clear-env'),
    Row('setsid', BEFORE, ['--setsid=yes'], '--setsid'),
    Row('rlimit', BEFORE, ['--rlimit=wings=2'], 'not one of as, core'),
    Row('rlimit', BEFORE, ['--rlimit=nofile=unlimited'], '--rlimit: '),
    Row('rlimit', HALFWAY, FULL + ['--rlimit=core=10', '--rlimit=core=20:'], '--rlimit: prlimit "core"'),
    Row('oom-score-adj', BEFORE, ['--oom-score-adj=2000'], 'not a number from -1000 to 1000'),
    Row('oom-score-adj', HALFWAY, FULL + ['--oom-score-adj=-900'], '--oom-score-adj: write', NOBODY_ONLY),
    Row('nice', BEFORE, ['--nice=-5'], '--nice: needs CAP_SYS_NICE', NOBODY_ONLY),
    Row('nice', HALFWAY, FULL + ['--rlimit=nice=0:', '--nice=-5'], '--nice: setpriority', NOBODY_ONLY),
    Row('no-new-privs', BEFORE, ['--no-new-privs=yes'], '--no-new-privs'),
    Row('drop-caps', BEFORE, ['--drop-caps=wings'], 'no such capability'),
    Row('drop-caps', BEFORE, ['--drop-caps=all'], 'needs CAP_SETPCAP', NOBODY_ONLY),
    Row('ambient-caps', BEFORE, ['--ambient-caps=net_raw'], 'foster itself does not have it', NOBODY_ONLY),
    Row('ambient-caps', BEFORE, ['--ambient-caps=kill', '--drop-caps=kill'], 'is dropped by --drop-caps as well'),
]


def has_ext4():
    with open('/proc/filesystems') as f:
        return '\text4\n' in f.read()


def processes():
    return [int(name) for name in os.listdir('/proc') if name.isdigit()]


def namespaces():
    """Those that somebody here is in or holds open."""
    found = set()
    for pid in processes():
        for folder in ('ns', 'fd'):
            for name in os.listdir(f'/proc/{pid}/{folder}'):
                try:
                    target = os.readlink(f'/proc/{pid}/{folder}/{name}')
                except OSError:
                    continue  # the descriptor of this very listing
                if re.match(r'\w+:\[\d+\]', target):
                    found.add(target)
    return found


def files(*tops):
    found = []
    for top in tops:
        for folder, folders, names in os.walk(top):
            found += [(os.path.join(folder, name), oct(os.lstat(os.path.join(folder, name)).st_mode)) for name in folders + names]
    return sorted(found)


@needs_root
class NothingIsLeft(Case):
    @classmethod
    def setUpClass(cls):
        cls.play = tempfile.mkdtemp(prefix='foster-play.', dir='/tmp')
        subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', cls.play], check=True)
        os.chmod(cls.play, 0o755)
        for name in ('root', 'source', 'upper', 'closed', 'closed/inner'):
            os.mkdir(f'{cls.play}/{name}')
            os.chmod(f'{cls.play}/{name}', 0o777)
        os.chmod(f'{cls.play}/closed', 0o700)
        for name in ('file', 'uts'):
            open(f'{cls.play}/{name}', 'w').close()
        subprocess.run(['unshare', f'--uts={cls.play}/uts', 'true'], check=True)  # kept by a mount, and root's
        own_etc()
        for name in ('/etc/subuid', '/etc/subgid'):
            with open(name, 'w') as f:
                f.write('nobody:300000:65536\n')

    @classmethod
    def tearDownClass(cls):
        subprocess.run(['umount', '/etc', f'{cls.play}/uts'], check=True)
        subprocess.run(['umount', cls.play], check=True)
        os.rmdir(cls.play)

    def snapshot(self):
        return {'processes': processes(), 'mounts': mounts(), 'namespaces': sorted(namespaces()), 'files': files(self.play, '/mnt') + sorted(os.listdir('/')),
                'names': os.uname().nodename, 'cgroup': open('/proc/self/cgroup').read()}

    def words(self, row, user):
        words = [word.replace('PLAY', self.play) for word in row.words]
        if user is not None and not any(word.startswith('--new=user') for word in words) and any(word.startswith(('--new=', '--time')) for word in words) and 'CAP_SYS' not in row.said:
            words = ['--new=user', *words]
        # Who makes something belongs to what is made.
        return words + ['true']

    def prefix(self, row):
        return ['unshare', '--mount', '--propagation=private', *[word.replace('PLAY', self.play) for word in row.before]] if row.before else []

    def check(self, row):
        for user in row.users:
            if user is not None and not user_namespaces_work():
                continue
            if any('=ext4' in word for word in row.words) and not has_ext4():
                continue  # or not loaded yet
            if '/usr/bin/new' in ' '.join(row.before) and not os.path.exists('/usr/bin/newuidmap'):
                continue
            before = self.snapshot()
            done = run(*self.words(row, user), user=user, prefix=self.prefix(row))
            what = f'{row.option} as {user or "root"}: {done.stderr}'
            self.assertEqual((done.returncode, done.stdout), (125, ''), what)
            self.assertEqual(done.stderr.count('\n'), 1, what)
            self.assertIn(row.said.replace('PLAY', self.play), done.stderr)
            self.assertEqual(before, self.snapshot(), what)

    def check_all(self, when):
        for row in ROWS:
            if row.when == when:
                with self.subTest(option=row.option, words=' '.join(row.words)):
                    self.check(row)

    def test_what_fails_beforehand_leaves_nothing(self):
        self.check_all(BEFORE)

    def test_what_fails_half_way_leaves_nothing(self):
        self.check_all(HALFWAY)

    def test_every_option_of_the_set_up_has_a_row(self):
        sections = re.split(r'\n(?=\S)', run('--help').stdout)
        options = [name for section in sections if re.match('Namespaces|Set-up', section) for name in re.findall(r'--([a-z-]+)', ''.join(re.findall(r'\n  .{0,40}', section)))]
        self.assertGreater(len(options), 25)
        self.assertEqual(set(options) - {row.option for row in ROWS}, set())

    def test_the_full_set_up_works_and_leaves_what_it_made_for_mounts_only(self):
        for user in (None, NOBODY):
            before = self.snapshot()
            self.passes(*self.words(Row('', '', FULL, ''), user), user=user)
            after = self.snapshot()
            made = [name.replace(self.play, 'PLAY') for name, _ in set(after['files']) - set(before['files'])]
            self.assertLessEqual({'PLAY/root/made/deep/down', 'PLAY/root/made/file', 'PLAY/root/proc'}, set(made))
            self.assertEqual({**before, 'files': 0}, {**after, 'files': 0})
            for name in os.listdir(f'{self.play}/root'):
                shutil.rmtree(f'{self.play}/root/{name}')

    def test_when_the_command_is_not_there_or_cannot_be_executed(self):
        for user in (None, NOBODY):
            for command, status in (('/no/such', 127), ('/made/file', 126)):
                before = self.snapshot()
                done = run(*self.words(Row('', '', FULL, ''), user)[:-1], command, user=user)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertEqual(before, self.snapshot())

    def test_what_is_known_beforehand_is_told_before_anything_is_made(self):
        if shutil.which('strace') is None:
            self.skipTest('strace is not installed')
        for row in ROWS:
            if row.when != BEFORE or row.before:
                continue
            if any('=ext4' in word for word in row.words) and not has_ext4():
                continue
            for user in row.users:
                trace = f'{self.play}/trace'
                done = run(*self.words(row, user), user=user, prefix=['strace', '-f', '-qq', '-o', trace, '-e', f'trace=?{",?".join(MAKERS.split(","))}'])
                with open(trace) as f:
                    made = [line for line in f if 'exited with' not in line]
                os.remove(trace)
                self.assertEqual((done.returncode, made), (125, []), f'{row.words}: {done.stderr}')



if __name__ == '__main__':
    main('--pid', '--fork', '--mount-proc', '--kill-child')
