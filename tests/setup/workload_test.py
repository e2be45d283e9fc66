#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the workload starts with: folder, umask, environment, limits, user, groups, capabilities."""
import os
import unittest

from harness import NOBODY, ROOT, Case, main, needs_root, needs_user_namespaces, run

EVERYBODY = [None, NOBODY] if ROOT else [None]


def status_of(text):
    return dict(line.split(':\t', 1) for line in text.splitlines() if ':\t' in line)


class Folder(Case):
    def test_the_workload_starts_where_chdir_says(self):
        for user in EVERYBODY:
            self.assertEqual(self.passes('--chdir=/usr/bin', 'pwd', user=user), '/usr/bin')
            self.assertEqual(self.passes('--chdir', '../lib', 'pwd', user=user, cwd='/usr/bin'), '/usr/lib')

    def test_a_folder_that_is_not_there_is_told(self):
        self.refused('--chdir=/no/such', 'true', said='--chdir: folder "/no/such": No such file or directory')
        self.refused('--chdir=', 'true', said='--chdir: "": a folder is needed')

    @needs_root
    def test_either_root_or_the_user_may_enter_it(self):
        folder = f'/tmp/foster-closed.{os.getpid()}'
        os.mkdir(folder, 0o700)
        try:
            self.assertEqual(self.passes(f'--chdir={folder}', f'--user={NOBODY}', 'pwd'), folder)
        finally:
            os.rmdir(folder)


class Limits(Case):
    def test_umask(self):
        for user in EVERYBODY:
            self.assertEqual(self.passes('--umask=0137', 'sh', '-c', 'umask', user=user), '0137')

    def test_one_value_sets_both_limits_and_two_set_each(self):
        for user in EVERYBODY:
            self.assertEqual(self.passes('--rlimit=nofile=64', 'sh', '-c', 'ulimit -Sn; ulimit -Hn', user=user), '64\n64')
            self.assertEqual(self.passes('--rlimit=nofile=32:48', '--rlimit=core=0', 'sh', '-c', 'ulimit -Sn; ulimit -Hn; ulimit -Sc', user=user), '32\n48\n0')
        hard = self.passes('sh', '-c', 'ulimit -Hn')
        self.assertEqual(self.passes('--rlimit=nofile=32:', 'sh', '-c', 'ulimit -Sn; ulimit -Hn'), f'32\n{hard}')

    def test_fosters_own_limits_stay(self):
        self.assertNotIn(' 20 ', self.passes('--rlimit=nofile=20', 'sh', '-c', 'grep "Max open" /proc/$PPID/limits'))

    def test_raising_a_hard_limit_is_refused_with_what_it_needs(self):
        self.refused('--rlimit=nofile=1000', 'true', prefix=['prlimit', '--nofile=100:100'] + (['setpriv', '--reuid=65534'] if ROOT else []),
                     said=['--rlimit: needs CAP_SYS_RESOURCE', 'a hard limit above'])

    def test_nice_and_oom_score(self):
        for user in EVERYBODY:
            now = int(self.passes('nice', user=user))
            self.assertEqual(self.passes(f'--nice={now + 3}', 'nice', user=user), str(now + 3))
            self.assertEqual(self.passes('--oom-score-adj=900', 'cat', '/proc/self/oom_score_adj', user=user), '900')
        self.refused('--nice=-15', 'true', user=NOBODY, said=['--nice: needs CAP_SYS_NICE', 'a higher priority'])
        self.refused('--oom-score-adj=-900', 'true', user=NOBODY, said=['--oom-score-adj', '"-900"', 'CAP_SYS_RESOURCE'])

    def test_fosters_own_standing_with_the_oom_killer_stays(self):
        before = open('/proc/self/oom_score_adj').read().strip()
        self.assertEqual(self.passes('--oom-score-adj=900', 'sh', '-c', 'cat /proc/$PPID/oom_score_adj'), before)


class Environment(Case):
    def run_env(self, *words, **more):
        return sorted(self.passes(*words, '/usr/bin/env', env={'A': '1', 'B': '2', 'PATH': '/usr/bin:/bin', **more}).splitlines())

    def test_set_unset_and_clear(self):
        self.assertEqual(self.run_env('--env=C=3', '--env', 'A=x=y', '--unset-env=B'), ['A=x=y', 'C=3', 'PATH=/usr/bin:/bin'])
        self.assertEqual(self.run_env('--clear-env', '--env=B', '--env=C='), ['B=2', 'C='])
        self.assertEqual(self.run_env('--clear-env'), [])

    def test_twins_add_up_and_are_gone(self):
        self.assertEqual(self.run_env('--env=C=3', FOSTER_ENV='D=4', FOSTER_ENV_2='E=5', FOSTER_CLEAR_ENV='yes'), ['C=3', 'D=4', 'E=5'])

    def test_an_ordinary_user_as_well(self):
        for user in EVERYBODY:
            out = self.passes('--clear-env', '--env=A=1', '--env=B=2', '--unset-env=B', '/usr/bin/env', user=user)
            self.assertEqual(out.splitlines(), ['A=1', 'B=2'])  # unset first, then set
            self.assertNotIn('\nHOME=', '\n' + self.passes('--unset-env=HOME', '/usr/bin/env', user=user))

    def test_the_command_is_looked_for_in_the_workloads_path(self):
        self.assertEqual(run('--env=PATH=/nowhere', 'true').returncode, 127)


@needs_root
class Users(Case):
    def test_a_number_in_no_file_is_a_user_with_one_group_of_his_own(self):
        out = self.passes('--user=54321', 'sh', '-c', 'id -u; id -g; id -G; echo $HOME; echo ${USER-none}')
        self.assertEqual(out, '54321\n54321\n54321\n/\nnone')

    def test_a_name_brings_its_groups_and_its_home(self):
        root = Root(passwd='web:x:3001:3002::/srv/web:/bin/sh\n', group='web:x:3002:\nlog:x:3003:web\n')
        with root:
            for wanted in ('web', '3001'):
                out = self.passes(f'--user={wanted}', 'sh', '-c', 'id -u; id -g; id -G; echo $HOME $USER $LOGNAME', prefix=root.enter)
                self.assertEqual(out, '3001\n3002\n3002 3003\n/srv/web web web')
            out = self.passes('--user=web:log', 'sh', '-c', 'id -g; grep Groups: /proc/self/status', prefix=root.enter)
            self.assertEqual(out.split(), ['3003', 'Groups:'])
            out = self.passes('--user=web', '--groups=log,77', 'sh', '-c', 'grep Groups: /proc/self/status', prefix=root.enter)
            self.assertEqual(out.split(), ['Groups:', '77', '3003'])
            out = self.passes('--user=web', '--env=HOME=/mine', 'sh', '-c', 'echo $HOME', prefix=root.enter)
            self.assertEqual(out, '/mine')

    def test_names_that_are_nobodys_are_refused_before_anything_runs(self):
        self.refused('--user=no-such-user', 'true', said='--user: "no-such-user": not in /etc/passwd')
        self.refused('--user=root:no-such-group', 'true', said='--user: "no-such-group": not in /etc/group')
        self.refused('--groups=no-such-group', 'true', said='--groups: "no-such-group": not in /etc/group')
        self.refused('--user=', 'true', said='foster: --user: "": a user is needed')

    def test_groups_can_be_none(self):
        self.assertEqual(self.passes('--groups=', 'sh', '-c', 'grep Groups: /proc/self/status', prefix=['setpriv', '--groups=5,6']).split(), ['Groups:'])

    def test_another_user_is_a_privilege(self):
        self.refused('--user=1', 'true', user=NOBODY, said=['--user: needs CAP_SETGID, CAP_SETUID', '--uid-map'])
        self.assertEqual(self.passes(f'--user={NOBODY}', 'id', '-u', user=NOBODY), str(NOBODY))


class Root:
    """A namespace's worth of /etc/passwd and /etc/group, by bind mounts that die with it."""

    def __init__(self, passwd, group):
        self.files = {f'/tmp/foster-passwd.{os.getpid()}': passwd, f'/tmp/foster-group.{os.getpid()}': group}

    def __enter__(self):
        for path, text in self.files.items():
            with open(path, 'w') as f:
                f.write(text)
        passwd, group = self.files
        self.enter = ['unshare', '-m', 'sh', '-c', f'mount --bind {passwd} /etc/passwd && mount --bind {group} /etc/group && exec "$@"', 'sh']

    def __exit__(self, *_):
        for path in self.files:
            os.remove(path)


class Session(unittest.TestCase):
    def test_setsid_makes_the_workload_the_leader_of_a_session(self):
        program = 'import os; print(os.getsid(0) == os.getpid() == os.getpgid(0))'
        for user in EVERYBODY:
            self.assertEqual(run('--setsid', '/usr/bin/python3', '-c', program, user=user).stdout, 'True\n')
            self.assertEqual(run('/usr/bin/python3', '-c', program, user=user).stdout, 'False\n')


NET_RAW = 1 << 13
KILL = 1 << 5


class Capabilities(Case):
    def caps(self, *words, **more):
        status = status_of(self.passes(*words, 'cat', '/proc/self/status', **more))
        return {name: int(status[name], 16) for name in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb')}

    @needs_root
    def test_what_is_dropped_is_in_no_set(self):
        caps = self.caps('--drop-caps=net_raw,CAP_KILL', prefix=['setpriv', '--inh-caps=+net_raw', '--ambient-caps=+net_raw'])
        for name, value in caps.items():
            self.assertEqual(value & (NET_RAW | KILL), 0, name)
        self.assertNotEqual(caps['CapEff'], 0)
        self.assertEqual(set(self.caps('--drop-caps=all').values()), {0})

    @needs_root
    def test_ambient_ones_outlive_the_change_of_user(self):
        self.assertEqual(set(self.caps('--drop-caps=all', '--ambient-caps=net_raw', f'--user={NOBODY}').values()), {NET_RAW})
        caps = self.caps('--ambient-caps=net_raw', f'--user={NOBODY}')
        self.assertEqual((caps['CapEff'], caps['CapPrm'], caps['CapAmb']), (NET_RAW,) * 3)
        self.assertEqual(self.caps(f'--user={NOBODY}')['CapEff'], 0)

    @needs_user_namespaces
    def test_inside_of_his_own_user_namespace_an_ordinary_user_has_all_to_give(self):
        self.assertEqual(set(self.caps('--new=user', '--drop-caps=all', '--ambient-caps=net_raw', user=NOBODY).values()), {NET_RAW})
        self.assertEqual(self.caps('--new=user', '--map-root', '--drop-caps=kill', user=NOBODY)['CapEff'] & KILL, 0)

    def test_an_ordinary_user_has_none_to_give(self):
        self.refused('--ambient-caps=net_raw', 'true', user=NOBODY, said=['--ambient-caps', 'foster itself does not have'])
        self.refused('--drop-caps=all', 'true', user=NOBODY, said=['--drop-caps', 'CAP_SETPCAP'])

    def test_wishes_that_contradict_each_other_are_refused(self):
        self.refused('--drop-caps=net_raw', '--ambient-caps=net_raw', 'true', said='--ambient-caps: "net_raw": is dropped by --drop-caps as well')
        self.refused('--drop-caps=wings', 'true', said='--drop-caps: "wings": no such capability')

    def test_no_new_privs(self):
        for user in EVERYBODY:
            status = status_of(self.passes('--no-new-privs', 'cat', '/proc/self/status', user=user))
            self.assertEqual(status['NoNewPrivs'], '1')


if __name__ == '__main__':
    main()
