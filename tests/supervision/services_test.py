#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real servers, Debian's PostgreSQL and Redis: stopped in order with their data intact, started again, and killed for want of memory and told so."""
import glob
import os
import shutil
import subprocess
import tempfile
import unittest

from harness import FOSTER, ROOT, TERM, TIMEOUT, Case, main, needs_root

POSTGRESQL = max((os.path.dirname(path) for path in glob.glob('/usr/lib/postgresql/*/bin/postgres')), default=None)
PSQL = [f'{POSTGRESQL}/psql', '-X', '-q', '-At', '-U', 'foster', '-d', 'postgres']
REDIS = shutil.which('redis-server')


class ServerCase(Case):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='foster-service-', dir='/tmp')
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def given_to(self, user):
        """The options with which foster runs a server as this user; the folder is the user's then."""
        if not ROOT:
            return []
        shutil.chown(self.folder, user, user)
        return [f'--user={user}']

    def serve(self, command, options, cgroup=None):
        """Starts a server; what it says comes among its lines, whichever stream it uses."""
        join = None
        if cgroup:
            def join():
                with open(cgroup, 'w') as f:
                    f.write(str(os.getpid()))
        return self.start(*command, options=options, status=True, stderr=subprocess.STDOUT, cwd='/', preexec_fn=join)

    def hears(self, server, words):
        """Waits for a line with these words; the lines up to it."""
        said = []
        while not said or words not in said[-1]:
            line = server.lines.next()
            self.assertIsNotNone(line, f'the server ended without {words!r}: ' + '\n'.join(said))
            said.append(line)
        return said

    def stopped(self, server):
        """Asks it to stop: foster's exit status, what was said, and the events that are left."""
        server.send(TERM)
        code, said = server.wait()
        return code, said, server.events()


def only(events, name):
    return [event for event in events if event['event'] == name]


@unittest.skipUnless(POSTGRESQL, 'postgresql-15 is not installed')
class PostgreSQL(ServerCase):
    def setUp(self):
        super().setUp()
        self.user = self.given_to('postgres')
        self.data = f'{self.folder}/data'
        subprocess.run([FOSTER, *self.user, f'{POSTGRESQL}/initdb', '--no-sync', '--auth=trust', '--username=foster', '-D', self.data], cwd='/', timeout=TIMEOUT,
                       stdout=subprocess.DEVNULL, check=True)

    def serve_data(self, options, cgroup=None):
        settings = {'listen_addresses': '', 'unix_socket_directories': self.folder, 'fsync': 'off', 'shared_buffers': '1MB', 'max_connections': '8', 'log_min_messages': 'warning'}
        words = [word for name, value in settings.items() for word in ('-c', f'{name}={value}')]
        server = self.serve([f'{POSTGRESQL}/postgres', '-D', self.data, *words], [*self.user, '--rewrite=TERM:INT', *options], cgroup)
        return server, self.hears(server, 'ready to accept connections')

    def query(self, text, check=True):
        done = subprocess.run([*PSQL, '-h', self.folder, '-c', text], cwd='/', timeout=TIMEOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
        if check:
            self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def test_shuts_down_fast_with_a_client_connected_and_its_data_is_intact(self):
        rows = 0

        def body(options):
            nonlocal rows
            server, _ = self.serve_data(options)
            self.query('create table if not exists kept (number integer); insert into kept select generate_series(1, 1000)')
            rows += 1000
            # A client in the midst of a transaction: it would have all the time it wants after SIGTERM, which is a smart shutdown.
            with subprocess.Popen([*PSQL, '-h', self.folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd='/') as client:
                client.stdin.write(b"begin; insert into kept values (0); select 'inserted';\n")
                client.stdin.flush()
                self.assertEqual(client.stdout.readline(), b'inserted\n')
                code, said, events = self.stopped(server)
            self.assertEqual(code, 0, said)
            for words in ('received fast shutdown request', 'database system is shut down'):
                self.assertTrue(any(words in line for line in said), said)
            self.assertEqual((only(events, 'stop')[0]['signal'], only(events, 'ended')[0]['code'], only(events, 'exit')[0]['reason']), ('TERM', 0, 'stopped'))

            server, said = self.serve_data(options)
            self.assertTrue(any('database system was shut down at' in line for line in said), said)
            self.assertFalse(any('recovery' in line for line in said), said)
            self.assertEqual(self.query('select count(*), min(number) from kept'), f'{rows}|1')
            self.assertEqual(self.stopped(server)[0], 0)
        self.in_every_setting(body)

    @needs_root
    def test_killed_for_want_of_memory_is_told(self):
        procs = self.small_cgroup(96)

        def body(options):
            # Told to give up where one of its processes is killed, it ends by itself: only the cgroup knows why.
            server, _ = self.serve_data([*options, '--oom-score-adj=500'], procs)
            self.query('alter system set restart_after_crash = off')
            self.query('select pg_reload_conf()')
            self.query('create table if not exists kept (number integer); insert into kept values (1)')
            server.event('started')
            self.query("select length(repeat('x', 900000000))", check=False)
            code, said = server.wait()
            events = server.events()
            ended, = only(events, 'ended')
            self.assertTrue(any('was terminated by signal 9' in line for line in said), said)
            self.assertEqual((code, ended['code']), (1, 1), said)
            self.assertGreaterEqual(ended['oom_kills'], 1)
            self.assertGreaterEqual(only(events, 'exit')[0]['oom_kills'], 1)

            # What had been committed is there, with memory enough.
            server, _ = self.serve_data(options)
            self.assertEqual(self.query('select count(*) > 0 from kept'), 't')
            code, _, events = self.stopped(server)
            self.assertEqual((code, only(events, 'ended')[0]['oom_kills']), (0, 0))
        self.in_every_setting(body)


@unittest.skipUnless(REDIS and shutil.which('redis-cli'), 'redis-server is not installed')
class Redis(ServerCase):
    def setUp(self):
        super().setUp()
        self.user = self.given_to('redis')

    def serve_data(self, options, cgroup=None):
        server = self.serve([REDIS, '--dir', self.folder, '--port', '0', '--unixsocket', f'{self.folder}/socket', '--save', '3600 1'], [*self.user, *options], cgroup)
        self.hears(server, 'eady to accept connections')
        return server

    def ask(self, *words):
        done = subprocess.run(['redis-cli', '-s', f'{self.folder}/socket', *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, timeout=TIMEOUT)
        return done.stdout.strip()

    def test_saves_its_data_when_it_is_stopped_and_has_it_again(self):
        def body(options):
            server = self.serve_data(options)
            name = ' '.join(['key', *options])
            self.assertEqual(self.ask('set', name, 'kept'), 'OK')
            code, said, events = self.stopped(server)
            self.assertEqual(code, 0, said)
            self.assertTrue(any('DB saved on disk' in line for line in said), said)
            self.assertEqual((only(events, 'stop')[0]['signal'], only(events, 'ended')[0]['code'], only(events, 'exit')[0]['reason']), ('TERM', 0, 'stopped'))
            server = self.serve_data(options)
            self.assertEqual(self.ask('get', name), 'kept')
            self.assertEqual(self.stopped(server)[0], 0)
        self.in_every_setting(body)

    @needs_root
    def test_killed_for_want_of_memory_is_told_and_started_again_with_its_data(self):
        procs = self.small_cgroup(48)

        def body(options):
            server = self.serve_data([*options, '--oom-score-adj=500', '--restart=on-failure:3', '--backoff=1ms'], procs)
            self.assertEqual((self.ask('set', 'key', 'saved'), self.ask('save'), self.ask('set', 'key', 'not saved')), ('OK', 'OK', 'OK'))
            self.ask('eval', "for i = 1, 200000 do redis.call('set', i, string.rep('x', 1000)) end", '0')
            ended = server.event('ended')
            self.assertEqual((ended['signal'], ended['run']), ('KILL', 1))
            self.assertGreaterEqual(ended['oom_kills'], 1)
            self.assertEqual(server.event('restart')['run'], 2)
            self.hears(server, 'eady to accept connections')
            self.assertEqual(self.ask('get', 'key'), 'saved')
            code, _, events = self.stopped(server)
            self.assertEqual((code, only(events, 'ended')[0]['oom_kills'], only(events, 'exit')[0]['reason']), (0, 0, 'stopped'))
            self.assertGreaterEqual(only(events, 'exit')[0]['oom_kills'], 1)
        self.in_every_setting(body)


if __name__ == '__main__':
    main()
