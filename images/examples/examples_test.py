#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the entry point and the command of each example's Dockerfile with this machine's programs."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import counted_tests  # noqa: E402
from counted_tests import PATIENCE, until  # noqa: E402
from dockerfile import words_of  # noqa: E402


@unittest.skipUnless(os.geteuid() == 0, 'not root: namespaces and other users are needed')
class TestServers(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='foster-example-', dir='/tmp')
        os.chmod(self.folder, 0o777)
        self.binary = shutil.copy(os.path.join(TOP, 'init', 'foster'), os.path.join(self.folder, 'foster'))
        os.chmod(self.binary, 0o755)
        self.running = []
        self.addCleanup(self.clean)

    def clean(self):
        for process in self.running:
            if process.poll() is None:
                process.kill()  # the wrapper's death ends the namespace
            process.wait()
            if process.stdout:
                process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, entry, command, **options):
        """In new PID and mount namespaces, as in a container. Its process, which is the outer half: a signal to it goes on to PID 1."""
        self.assertEqual(entry[0], '/foster')
        words = [self.binary, '--new=pid,mount', '--proc', *entry[1:], *command]
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=self.folder, **options)
        self.running.append(process)
        return process

    def stop(self, process):
        process.send_signal(signal.SIGTERM)
        text = process.communicate(timeout=PATIENCE)[0].decode(errors='replace')
        return process.returncode, text

    @unittest.skipUnless(shutil.which('nginx'), 'nginx is not installed')
    def test_nginx_answers_what_it_has_begun(self):
        entry, command = words_of('nginx')
        socket, config = f'{self.folder}/socket', f'{self.folder}/conf'
        os.mkdir(f'{self.folder}/www')
        with open(f'{self.folder}/www/index.html', 'w') as f:
            f.write('x' * 2000000)
        with open(config, 'w') as f:
            f.write(f'''pid {self.folder}/pid; error_log stderr notice; user root;
events {{}}
http {{ access_log off; client_body_temp_path {self.folder}/t1; proxy_temp_path {self.folder}/t2; fastcgi_temp_path {self.folder}/t3;
uwsgi_temp_path {self.folder}/t4; scgi_temp_path {self.folder}/t5;
server {{ listen unix:{socket}; root {self.folder}/www; }} }}''')
        process = self.start(entry, [*command, '-c', config])
        until(lambda: os.path.exists(socket), 'the socket')
        import socket as sockets
        client = sockets.socket(sockets.AF_UNIX)
        client.connect(socket)
        client.sendall(b'GET / HTTP/1.0\r\n\r\n')
        self.assertIn(b'200 OK', client.recv(100))
        process.send_signal(signal.SIGTERM)
        # Half of the answer is still to come, and comes.
        until(lambda: not os.path.exists(socket) or process.poll() is None, 'the stop')
        got = 0
        while True:
            data = client.recv(65536)
            if not data:
                break
            got += len(data)
        client.close()
        self.assertGreater(got, 1999900)
        text = process.communicate(timeout=PATIENCE)[0].decode(errors='replace')
        self.assertEqual(process.returncode, 0, text)
        self.assertIn('gracefully shutting down', text)

    @unittest.skipUnless(os.path.exists('/usr/lib/postgresql/15/bin/postgres'), 'postgresql-15 is not installed')
    def test_postgresql_shuts_down_in_order_though_a_client_stays(self):
        entry, command = words_of('postgresql')
        postgres = ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', '--reset-env']
        data = f'{self.folder}/data'
        subprocess.run([*postgres, '/usr/lib/postgresql/15/bin/initdb', '--no-sync', '-D', data], check=True, stdout=subprocess.DEVNULL, cwd='/')
        command = [data if word == '/etc/postgresql/15/main' else word for word in command]
        process = self.start(entry, [*command, '-c', 'listen_addresses=', '-c', f'unix_socket_directories={self.folder}', '-c', 'fsync=off'])
        until(lambda: os.path.exists(f'{self.folder}/.s.PGSQL.5432'), 'the socket')
        ask = [*postgres, '/usr/lib/postgresql/15/bin/psql', '-h', self.folder, 'postgres', '-Atc']
        until(lambda: subprocess.run([*ask, 'select 6 * 7'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd='/', check=False).stdout == b'42\n', 'an answer')
        client = subprocess.Popen([*ask, 'select pg_sleep(1000)'], stderr=subprocess.PIPE, cwd='/')
        try:
            until(lambda: subprocess.run([*ask, "select count(*) from pg_stat_activity where query like 'select pg_sleep%'"], stdout=subprocess.PIPE, cwd='/',
                                         check=True).stdout == b'1\n', 'the client')
            status, text = self.stop(process)
        finally:
            client.kill()
            client.wait()
            client.stderr.close()
        self.assertEqual(status, 0, text)
        self.assertIn('received fast shutdown request', text)
        self.assertIn('database system is shut down', text)

    @unittest.skipUnless(shutil.which('redis-server'), 'redis-server is not installed')
    def test_redis_saves_its_data(self):
        entry, command = words_of('redis')
        command = [self.folder if word == '/var/lib/redis' else word for word in command]
        process = self.start(entry, [*command, '--port', '0', '--unixsocket', f'{self.folder}/socket', '--save', '3600 1'])
        until(lambda: os.path.exists(f'{self.folder}/socket'), 'the socket')
        subprocess.run(['redis-cli', '-s', f'{self.folder}/socket', 'set', 'a', 'b'], check=True, stdout=subprocess.DEVNULL)
        status, text = self.stop(process)
        self.assertEqual(status, 0, text)
        with open(f'{self.folder}/dump.rdb', 'rb') as f:
            self.assertIn(b'\x01a\x01b', f.read())

    def test_daemons_of_a_script_hear_the_signal_and_end_in_order(self):
        entry, command = words_of('daemons')
        log = f'{self.folder}/log'
        process = self.start(entry, [os.path.join(HERE, 'daemons', command[0].lstrip('/')), self.folder])

        def said():
            try:
                with open(log) as f:
                    return f.read()
            except OSError:
                return ''
        until(lambda: said().count('started') == 2, 'both daemons')
        status, text = self.stop(process)
        self.assertEqual(status, 0, text)
        self.assertEqual(sorted(said().splitlines()), ['one ended in order', 'one started', 'script asked', 'two ended in order', 'two started'])

    def test_a_forker_leaves_no_zombies(self):
        entry, command = words_of('cron')
        script = (f'"{HERE}/cron/jobs.sh" 0 30; i=0; while grep -qs ") Z " /proc/[0-9]*/stat; do i=$((i + 1)); [ $i -lt 300 ] || exit 1; sleep 0.1; done')
        self.assertEqual(command, ['/jobs.sh', '1'])
        process = self.start(entry, ['sh', '-c', script])
        text = process.communicate(timeout=PATIENCE)[0].decode()
        self.assertEqual((process.returncode, text), (0, '30 jobs\n'))


if __name__ == '__main__':
    counted_tests.main()
