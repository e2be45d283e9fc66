#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Namespaces made and entered, the maps of user namespaces, clocks, names, loopback; and what is refused, with nothing left behind."""
import os
import shutil
import subprocess
import tempfile
import unittest

from harness import FOSTER, NOBODY, ROOT, TIMEOUT, Case, as_user, main, mounts, needs_root, needs_user_namespaces, own_etc, run, user_namespaces_work

KINDS = {'pid': 'pid', 'mount': 'mnt', 'uts': 'uts', 'ipc': 'ipc', 'net': 'net', 'user': 'user', 'cgroup': 'cgroup', 'time': 'time'}
USERS = ([None] if ROOT else []) + ([NOBODY] if user_namespaces_work() else [])


def own(kind):
    return os.readlink(f'/proc/self/ns/{KINDS[kind]}')


class Made(Case):
    def test_each_kind_by_itself_and_no_other(self):
        for user in USERS:
            for kind in KINDS:
                words = f'--new={kind}' if user is None or kind == 'user' else f'--new=user,{kind}'
                out = dict(line.split(' ') for line in self.passes(words, 'sh', '-c', f'for k in {" ".join(KINDS.values())}; do echo $k $(readlink /proc/self/ns/$k); done', user=user).splitlines())
                for other, file in KINDS.items():
                    same = own(other) == out[file]
                    self.assertEqual(same, other != kind and not (other == 'user' and user), f'{words}: {other} of user {user}')

    def test_the_workload_is_in_the_namespaces_of_its_init(self):
        for user in USERS:
            out = self.passes('--new=user,pid,mount,uts,ipc,net,cgroup,time', '--map-root', '--proc', '--no-sandbox=undumpable', 'sh', '-c',
                              'for k in mnt uts ipc net user cgroup time pid; do test $(readlink /proc/1/ns/$k) = $(readlink /proc/self/ns/$k) || echo $k differs; done', user=user)
            self.assertEqual(out, '')

    def test_the_parent_of_pid_one_is_unknown_inside(self):
        for user in USERS:
            out = self.passes('--new=pid,mount' + (',user' if user else ''), *(['--map-root'] if user else []), '--proc', 'sh', '-c', 'echo $$ $PPID; grep PPid: /proc/1/status', user=user)
            self.assertEqual(out.split(), ['2', '1', 'PPid:', '0'])

    def test_one_that_does_not_exist_is_refused(self):
        self.refused('--new=pid,pids', 'true', said='--new: "pids": no such kind of namespace')
        self.refused('--new=', 'true', said='--new: "": no such kind of namespace')

    @needs_root
    def test_an_ordinary_user_is_told_how(self):
        for kind in KINDS:
            if kind != 'user':
                self.refused(f'--new={kind}', 'true', user=NOBODY, said=[f'--new={kind}: needs CAP_SYS_ADMIN', 'an ordinary user adds user to --new'])

    def test_nesting_ends_where_the_kernel_ends_it(self):
        words = []
        for user in USERS:
            kinds = '--new=user,pid' if user else '--new=pid'
            words = [kinds, *(['--map-root'] if user else [])]
            level = [FOSTER, *words]
            done = run(*words, *(level * 33), 'true', user=user)
            self.assertEqual(done.returncode, 125)
            self.assertEqual(done.stderr.count('\n'), 1, done.stderr)
            self.assertIn('--new: clone', done.stderr)
            self.assertIn('32 deep', done.stderr)
            # Each level less until it works: that one is the deepest that there is, and one more is refused by the kernel. Levels are used up by where this test runs.
            depth = next(n for n in range(32, 0, -1) if run(*words, *(level * (n - 1)), 'true', user=user).returncode == 0)
            self.assertGreaterEqual(depth, 16)
            out = self.passes(*words, *(level * (depth - 1)), 'sh', '-c', 'echo $$', user=user)
            self.assertEqual(out, '2')
            self.refused(*words, *(level * depth), 'true', user=user, said=['--new: clone', '32 deep'])
            # Who can see that he is in no nest himself has all of it.
            if own('pid') == 'pid:[4026531836]' and not user:
                self.assertEqual(depth, 32)

    @needs_root
    def test_a_limit_that_is_reached_is_named(self):
        # The limits of a user namespace of our own can be lowered.
        script = f'echo 0 >/proc/sys/user/max_uts_namespaces; exec {FOSTER} --new=uts true'
        self.refused('--new=user,mount', '--map-root', 'sh', '-c', script, said=['--new=uts: /proc/sys/user/max_uts_namespaces is 0'])
        script = f'echo 1 >/proc/sys/user/max_uts_namespaces; exec {FOSTER} --new=uts {FOSTER} --new=uts true'
        self.refused('--new=user,mount', '--map-root', 'sh', '-c', script, said=['--new: unshare "uts": No space left on device', '/proc/sys/user/max_uts_namespaces is 1'])


class Names(Case):
    def test_host_and_domain_name_are_changed_inside_only(self):
        before = os.uname().nodename
        for user in USERS:
            extra = ',user' if user else ''
            self.assertEqual(self.passes(f'--new=uts{extra}', '--hostname=inside', '--domainname=inner.net', 'sh', '-c', 'uname -n; cat /proc/sys/kernel/domainname', user=user), 'inside\ninner.net')
        self.assertEqual(os.uname().nodename, before)

    def test_bad_names_and_the_machines_own_are_refused(self):
        self.refused('--new=uts', '--hostname=' + 'x' * 65, 'true', said='longer than the 64 bytes')
        self.refused('--new=uts', '--hostname=', 'true', said='a name is needed')
        self.refused('--hostname=x', 'true', said=['would rename the whole machine', '--new=uts'])
        self.refused('--domainname=x', 'true', said=['--domainname', 'would rename the whole machine'])

    @needs_root
    def test_of_pid_one_in_a_pid_namespace_alone_names_mounts_and_network_are_the_machines(self):
        # The machine around is one of its own, so that nothing is lost where foster does not refuse.
        machine = [FOSTER, '--new=pid,mount,uts,net', '--proc', '--']
        self.refused('--proc', 'true', prefix=[*machine, 'unshare', '--fork', '--pid'], said='--proc: would change the mounts of the whole machine (add --new=mount)')
        self.refused('--hostname=x', 'true', prefix=[*machine, 'unshare', '--fork', '--pid'], said='--hostname: would rename the whole machine (add --new=uts)')
        self.refused('--loopback', 'true', prefix=[*machine, 'unshare', '--fork', '--pid'], said='--loopback: is an affair of the whole machine (add --new=net)')
        self.passes('--proc', '--hostname=x', '--loopback', 'true', prefix=[*machine, 'unshare', '--fork', '--pid', '--mount', '--uts', '--net'])
        self.passes('--new=mount,uts,net', '--proc', '--hostname=x', '--loopback', 'true', prefix=[*machine, 'unshare', '--fork', '--pid'])


class Network(Case):
    def test_a_new_network_has_only_lo_and_it_is_down(self):
        for user in USERS:
            extra = ',user' if user else ''
            out = self.passes(f'--new=net{extra}', 'sh', '-c', 'tail -n +3 /proc/net/dev | cut -d: -f1; cat /proc/net/fib_trie', user=user)
            self.assertEqual(out.split(), ['lo'])

    def test_loopback_brings_it_up(self):
        program = 'import socket; s = socket.create_server(("127.0.0.1", 0)); c = socket.create_connection(s.getsockname()); print("connected")'
        for user in USERS:
            extra = ',user' if user else ''
            self.assertEqual(self.passes(f'--new=net{extra}', '--loopback', '/usr/bin/python3', '-c', program, user=user), 'connected')
        self.refused('--loopback', 'true', said=['--loopback', 'add --new=net'])


class Clocks(Case):
    def test_offsets_show_inside_only(self):
        uptime = float(open('/proc/uptime').read().split()[0])
        for user in USERS:
            extra = ',user' if user else ''
            out = self.passes(f'--new=time{extra}', '--time-offset=boottime:30d', '--time-offset=monotonic:1h', 'cat', '/proc/uptime', user=user)
            self.assertGreater(float(out.split()[0]), 30 * 86400)
            out = self.passes(f'--new=time{extra}', '--time-offset=boottime:-1s', 'cat', '/proc/self/timens_offsets', user=user)
            self.assertRegex(out, r'boottime +-1 +0')
        self.assertLess(float(open('/proc/uptime').read().split()[0]), uptime + 86400)

    def test_impossible_ones_are_refused(self):
        self.refused('--new=time', '--time-offset=realtime:1h', 'true', said='not monotonic:DURATION or boottime:DURATION')
        self.refused('--time-offset=boottime:1h', 'true', said='add --new=time')
        if ROOT:
            self.refused('--new=time', '--time-offset=boottime:-36500d', 'true', said=['--time-offset: "boottime"', 'less than nothing'])


@needs_user_namespaces
class UserNamespaces(Case):
    def test_map_root_makes_the_caller_root_inside_with_everything_he_had_outside(self):
        out = self.passes('--new=user', '--map-root', 'sh', '-c', 'id -u; id -g; cat /proc/self/setgroups; cat /proc/self/uid_map; grep CapEff /proc/self/status', user=NOBODY)
        self.assertEqual(out.split()[:6], ['0', '0', 'deny', '0', str(NOBODY) if ROOT else str(os.getuid()), '1'])
        self.assertNotIn('0000000000000000', out)

    def test_without_a_map_the_caller_is_himself(self):
        user = NOBODY if ROOT else os.getuid()
        out = self.passes('--new=user', 'sh', '-c', 'id -u; grep CapEff /proc/self/status', user=NOBODY)
        self.assertEqual(out.split(), [str(user), 'CapEff:', '0000000000000000'])

    def test_what_root_inside_may_not_do(self):
        outside = f'/tmp/foster-mine.{os.getpid()}'
        with open(outside, 'w') as f:
            f.write('x')
        try:
            done = run('--new=user,mount', '--map-root', 'sh', '-c', f'chown 1 {outside}; mknod /tmp/foster-node.{os.getpid()} c 1 3; cat /etc/shadow; hostname x; date -s 2000-01-01', user=NOBODY)
            for said in ('Invalid argument', 'Operation not permitted', 'Permission denied'):
                self.assertIn(said, done.stderr)
            self.assertEqual(os.stat(outside).st_uid, 0 if ROOT else os.getuid())
        finally:
            os.remove(outside)

    @needs_root
    def test_ranges_of_root_are_written_directly(self):
        words = ['--new=user,pid', '--uid-map=0:100000:1000', '--gid-map=0:200000:1000']
        out = self.passes(*words, 'sh', '-c', 'id -u; id -g; cat /proc/self/setgroups; cat /proc/self/uid_map /proc/self/gid_map')
        self.assertEqual(out.split(), ['0', '0', 'allow', '0', '100000', '1000', '0', '200000', '1000'])
        self.assertEqual(self.passes(*words, '--user=999:998', '--groups=5', 'sh', '-c', 'id -u; id -g; id -G'), '999\n998\n998 5')
        self.refused(*words, '--user=1000', 'true', said=['--user: set', 'has no place in this user namespace'])

    @needs_root
    def test_without_a_pid_namespace_as_well(self):
        self.assertEqual(self.passes('--new=user', '--uid-map=0:100000:1000', 'id', '-u'), '0')

    @needs_root
    def test_an_ordinary_users_ranges_through_newuidmap(self):
        if not os.path.exists('/usr/bin/newuidmap'):
            self.skipTest('newuidmap is not installed')
        own_etc()
        self.addCleanup(subprocess.run, ['umount', '/etc'])
        self.mounts_before = mounts()
        for name in ('/etc/subuid', '/etc/subgid'):
            with open(name, 'w') as f:
                f.write('nobody:300000:65536\n')
        script = 'id -u; id -g; cat /proc/self/setgroups /proc/self/uid_map'
        out = self.passes('--new=user,pid', '--uid-map=auto', '--gid-map=auto', 'sh', '-c', script, user=NOBODY)
        self.assertEqual(out.split(), ['0', '0', 'allow', '0', str(NOBODY), '1', '1', '300000', '65536'])
        self.assertEqual(self.passes('--new=user', '--uid-map=auto', '--gid-map=auto', '--user=33:33', 'id', '-u', user=NOBODY), '33')
        self.assertEqual(self.passes('--new=user,pid', '--uid-map=0:300000:10', '--gid-map=0:300000:10', 'id', '-u', user=NOBODY), '0')
        self.refused('--new=user,pid', '--uid-map=0:400000:10', 'true', user=NOBODY, said=['--uid-map', '/etc/subuid', 'and no others'])

    @needs_root
    def test_what_is_not_the_callers_is_refused_before_anything_is_made(self):
        self.refused('--new=user', '--uid-map=0:0:1', 'true', user=NOBODY, said=['--uid-map: an ordinary user may map himself'])
        self.refused('--new=user', '--uid-map=0:0', 'true', said=['--uid-map: "0:0": not INSIDE:OUTSIDE:COUNT'])
        self.refused('--new=user', '--map-root', '--user=5', 'true', said=['just one user, 0'])
        self.refused('--map-root', 'true', said='add --new=user')

    @needs_root
    def test_what_the_machine_forbids_is_named_before_anything_is_made(self):
        folder = tempfile.mkdtemp(prefix='foster-attr.', dir='/tmp')
        self.addCleanup(shutil.rmtree, folder)
        os.chmod(folder, 0o755)
        switch = 'mount -t tmpfs tmpfs /proc/sys/kernel; echo %s >/proc/sys/kernel/%s; '
        label = f'echo "%s" >{folder}/label; mount --bind {folder}/label /proc/$$/attr/current; '

        def prefix(script):
            return ['unshare', '-m', 'sh', '-c', script + 'exec "$@"', 'sh']

        debian = prefix(switch % (0, 'unprivileged_userns_clone'))
        self.refused('--new=user', 'true', user=NOBODY, prefix=debian, said=['--new=user: /proc/sys/kernel/unprivileged_userns_clone is 0', 'no user namespaces'])
        if not os.path.exists('/proc/self/attr/current'):
            self.skipTest('this kernel has no security modules')
        ubuntu = switch % (1, 'apparmor_restrict_unprivileged_userns')
        self.refused('--new=user', 'true', user=NOBODY, prefix=prefix(ubuntu + label % 'unconfined'), said=['--new=user: /proc/sys/kernel/apparmor_restrict_unprivileged_userns is 1: AppArmor'])
        # A profile may allow it, and root may always.
        self.assertEqual(run('--new=user', 'true', user=NOBODY, prefix=prefix(ubuntu + label % 'foster (unconfined)')).returncode, 0)
        self.assertEqual(run('--new=user', 'true', prefix=prefix(ubuntu + label % 'unconfined')).returncode, 0)

    def test_everything_works_as_an_ordinary_user(self):
        out = self.passes('--new=user,pid,mount,uts,ipc,net,cgroup,time', '--map-root', '--proc', '--dev', '--loopback', '--hostname=box', '--mount=tmpfs:/tmp', '--read-only=/usr',
                          '--mask=/proc/sys', '--drop-caps=sys_admin', '--no-new-privs', '--umask=077', '--chdir=/tmp', '--rlimit=core=0', '--env=X=y', 'sh', '-c',
                          'hostname; pwd; umask; echo $X; ls /proc/sys | wc -l; touch x; ls /tmp', user=NOBODY)
        self.assertEqual(out.split(), ['box', '/tmp', '0077', 'y', '0', 'x'])


class Joined(Case):
    """A process in namespaces of its own, and foster entering them."""

    def start(self, *words, user=None):
        process = subprocess.Popen((as_user(user) if user and ROOT else []) + [FOSTER, *words, 'sh', '-c', 'echo ready; exec cat'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdin.close)
        self.assertEqual(process.stdout.readline(), 'ready\n')
        return process

    def workload_of(self, process):
        """The innermost process that was started."""
        pid = process.pid
        while True:
            with open(f'/proc/{pid}/task/{pid}/children') as f:
                children = f.read().split()
            if not children:
                return int(pid)
            pid = children[0]

    @needs_root
    def test_all_that_differ_or_those_that_are_named(self):
        pid = self.workload_of(self.start('--new=uts,net,ipc', '--hostname=there'))
        self.assertEqual(self.passes(f'--join={pid}', 'uname', '-n'), 'there')
        out = self.passes(f'--join={pid},net', 'sh', '-c', 'uname -n; readlink /proc/self/ns/net').split()
        self.assertEqual(out, [os.uname().nodename, os.readlink(f'/proc/{pid}/ns/net')])

    def test_each_kind_can_be_entered_by_process_and_by_file(self):
        for user in USERS:
            for kind, file in KINDS.items():
                words = [f'--new={kind}'] if user is None or kind == 'user' else [f'--new=user,{kind}', '--map-root']
                pid = self.workload_of(self.start(*words, user=user))
                theirs = os.readlink(f'/proc/{pid}/ns/{file}')
                self.assertNotEqual(theirs, own(kind))
                # An ordinary user has a right to it only inside of the user namespace that owns it.
                own_user = f'--join=/proc/{pid}/ns/user' if user is not None and kind != 'user' else '--quiet'
                for target in (f'--join={pid},{kind}', f'--join=/proc/{pid}/ns/{file}'):
                    self.assertEqual(self.passes(own_user, target, 'readlink', f'/proc/self/ns/{file}', user=user), theirs, (kind, target))

    @needs_root
    def test_files_and_several_at_once(self):
        one, two = self.workload_of(self.start('--new=uts', '--hostname=first')), self.workload_of(self.start('--new=net'))
        out = self.passes(f'--join=/proc/{one}/ns/uts', f'--join=/proc/{two}/ns/net', 'sh', '-c', 'uname -n; readlink /proc/self/ns/net').split()
        self.assertEqual(out, ['first', os.readlink(f'/proc/{two}/ns/net')])

    @needs_root
    def test_a_pid_namespace_takes_the_fork_that_it_needs(self):
        pid = self.workload_of(self.start('--new=pid,mount', '--proc'))
        out = self.passes(f'--join={pid}', 'sh', '-c', 'cat /proc/1/comm; echo $$; exit 0').split()
        self.assertEqual(out[0], 'foster')
        self.assertGreater(int(out[1]), 2)
        self.assertEqual(run(f'--join={pid}', 'sh', '-c', 'exit 7').returncode, 7)
        self.assertEqual(run(f'--join={pid}', 'sh', '-c', 'kill -TERM $$').returncode, 143)

    @needs_root
    def test_a_new_pid_namespace_inside_of_one_that_is_entered(self):
        pid = self.workload_of(self.start('--new=pid'))
        out = self.passes(f'--join={pid}', '--new=pid,mount', '--proc', 'sh', '-c', 'echo $$; cat /proc/1/comm').split()
        self.assertEqual(out, ['2', 'foster'])
        # Its init is a child of a process in the one that was entered.
        out = self.passes(f'--join={pid}', '--new=pid', 'sh', '-c', 'grep NSpid: /proc/self/status').split()
        self.assertEqual(len(out) - 1, 3)

    @needs_user_namespaces
    def test_an_ordinary_user_enters_his_own(self):
        pid = self.workload_of(self.start('--new=user,uts,pid', '--map-root', '--hostname=mine', user=NOBODY))
        self.assertEqual(self.passes(f'--join={pid}', 'sh', '-c', 'id -u; uname -n', user=NOBODY), '0\nmine')

    @needs_root
    @needs_user_namespaces
    def test_root_becomes_root_inside(self):
        pid = self.workload_of(self.start('--new=user,pid,uts', '--uid-map=0:100000:1000', '--gid-map=0:100000:1000', '--hostname=mine'))
        self.assertEqual(self.passes(f'--join={pid}', 'sh', '-c', 'id -u; id -g; uname -n'), '0\n0\nmine')

    def test_refusals(self):
        self.refused('--join=4194999', 'true', said=['--join: pidfd_open "4194999"'])
        self.refused('--join=/etc/passwd', 'true', said=['--join: "/etc/passwd": is no namespace'])
        self.refused('--join=/no/such', 'true', said=['--join: open "/no/such": No such file or directory'])
        self.refused('--join=somebody', 'true', said=['neither a process number nor a path'])
        self.refused('--join=/proc/self/ns/uts,net', 'true', said=['is a namespace of another kind: uts'])
        self.refused('--join=1,wing', 'true', said=['"wing": no such kind of namespace'])
        if ROOT:
            # Late 5.10 kernels (5.10.262, not yet 5.10.218) let anybody stat these files; there setns(2) is what refuses.
            said = ['--join: '] if os.uname().release.startswith('5.10.') else ['--join: stat', 'only who may trace a process']
            self.refused('--join=1', 'true', user=NOBODY, said=said)


class NothingIsLeft(Case):
    """After each failure no process of ours, no mount, no namespace."""

    FAILURES = [
        ['--new=user,pid,mount', '--map-root', '--mount=tmpfs:/no/such', 'true'],
        ['--new=user,pid,mount,uts,net,ipc', '--map-root', '--proc', '--mount=tmpfs:/tmp', '--mount=nosuchfs:x:/tmp', 'true'],
        ['--new=user,pid,mount', '--map-root', '--root=/tmp', '--proc', '--mount=bind:/no/such:/x', 'true'],
        ['--new=user,pid', '--map-root', '--chdir=/no/such', 'true'],
        ['--new=user,pid', '--map-root', '--user=no-such-user', 'true'],
        ['--new=user,time', '--map-root', '--time-offset=boottime:-36500d', 'true'],
    ]

    @needs_user_namespaces
    def test_when_a_step_fails_half_way(self):
        for words in self.FAILURES:
            read, write = os.pipe()
            try:
                # Whoever still had this pipe after foster's end would be left behind.
                done = subprocess.run((as_user() if ROOT else []) + [FOSTER, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, universal_newlines=True, pass_fds=[write], timeout=TIMEOUT)
                os.close(write)
                write = -1
                self.assertEqual(os.read(read, 1), b'', words)
                self.assertEqual(done.returncode, 125, done.stderr)
                self.assertEqual(done.stderr.count('\n'), 1, done.stderr)
            finally:
                os.close(read)
                if write >= 0:
                    os.close(write)

    @needs_user_namespaces
    def test_when_the_workload_cannot_be_started(self):
        done = run('--new=user,pid,mount', '--map-root', '--proc', '/no/such/program', user=NOBODY)
        self.assertEqual(done.returncode, 127)
        done = run('--new=user,pid', '--map-root', '/etc/passwd', user=NOBODY)
        self.assertEqual(done.returncode, 126)


if __name__ == '__main__':
    main()
