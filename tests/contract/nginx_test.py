#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real server: nginx under foster is stopped by SIGTERM rewritten to SIGQUIT, and finishes the request that is in flight."""
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, 'images'))
import counted_tests  # noqa: E402
from counted_tests import PATIENCE, until  # noqa: E402

FOSTER = counted_tests.find_foster()

ANSWER = b'whole ' * 50000
# Leaves an orphan that ends when /FOLDER/go is written to, then becomes nginx.
START = '''mkfifo "$0/go" "$0/told"
( sh -c 'echo $$ > "$0/told"; read word < "$0/go"' "$0" & ) &
read orphan < "$0/told"
echo $orphan > "$0/orphan"
exec nginx -e stderr -c "$0/conf" -g "daemon off;"'''


def processes_with(mark):
    """(process id, name, state, parent) of all whose environment has the mark; a zombie has none, so it is found by its parent."""
    found, rows = {}, {}
    for name in os.listdir('/proc'):
        if name.isdigit():
            try:
                with open(f'/proc/{name}/stat') as f:
                    left, _, right = f.read().rpartition(')')
                with open(f'/proc/{name}/environ', 'rb') as f:
                    marked = mark in f.read()
            except OSError:
                continue
            rows[int(name)] = (left.partition('(')[2], right.split()[0], int(right.split()[1]))
            if marked:
                found[int(name)] = rows[int(name)]
    grown = True
    while grown:
        more = {pid: row for pid, row in rows.items() if row[2] in found and pid not in found}
        found.update(more)
        grown = bool(more)
    return [(pid, *row) for pid, row in found.items()]


@unittest.skipUnless(shutil.which('nginx'), 'nginx is not installed')
class TestNginx(unittest.TestCase):
    def clean(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        for pid, *_ in processes_with(self.mark):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def refuses(self):
        with socket.socket() as probe:
            probe.settimeout(PATIENCE)
            return probe.connect_ex(('127.0.0.1', self.port)) != 0

    def run_with(self, options):
        folder = tempfile.mkdtemp(prefix='foster-nginx-', dir='/tmp')
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        os.chmod(folder, 0o755)
        upstream = socket.socket(socket.AF_UNIX)
        self.addCleanup(upstream.close)
        upstream.bind(f'{folder}/upstream')
        upstream.listen(1)
        upstream.settimeout(PATIENCE)
        with socket.socket() as chosen:
            chosen.bind(('127.0.0.1', 0))
            self.port = chosen.getsockname()[1]
        temporary = ' '.join(f'{kind}_temp_path {folder}/{kind};' for kind in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
        user = 'user root;' if os.geteuid() == 0 else ''
        with open(f'{folder}/conf', 'w') as f:
            f.write(f'''pid {folder}/pid; error_log stderr notice; worker_processes 2; {user}
events {{}}
http {{ access_log off; {temporary}
server {{ listen 127.0.0.1:{self.port}; location / {{ proxy_pass http://unix:{folder}/upstream:/; proxy_read_timeout 600s; }} }} }}''')
        self.mark = f'FOSTER_NGINX_TEST={folder}'.encode() + b'\0'
        self.process = subprocess.Popen([FOSTER, '--rewrite=TERM:QUIT', *options, '--', 'sh', '-c', START, folder], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, env={'PATH': os.environ['PATH'], 'FOSTER_NGINX_TEST': folder}, cwd=folder)
        self.addCleanup(self.clean)
        until(lambda: self.process.poll() is not None or not self.refuses(), 'nginx')
        self.assertIsNone(self.process.poll())

        client = socket.create_connection(('127.0.0.1', self.port), timeout=PATIENCE)
        self.addCleanup(client.close)
        client.sendall(b'GET / HTTP/1.0\r\n\r\n')
        asked, _ = upstream.accept()
        self.addCleanup(asked.close)
        asked.settimeout(PATIENCE)
        request = b''
        while b'\r\n\r\n' not in request:
            data = asked.recv(65536)
            self.assertTrue(data, request)
            request += data

        # The orphan ends while nginx, its parent's parent, waits for children of its own only: nobody but the init can reap it.
        def orphans():
            return [row for row in processes_with(self.mark) if row[1] == 'sh']
        self.assertEqual([row[1] for row in orphans()], ['sh'])
        with open(f'{folder}/go', 'w') as f:
            f.write('go\n')
        until(lambda: not orphans(), 'the reaping of the orphan')
        self.assertEqual([row for row in processes_with(self.mark) if row[2] == 'Z'], [])
        workers = [pid for pid, name, _, _ in processes_with(self.mark) if name == 'nginx']
        self.assertEqual(len(workers), 3)  # with the master

        self.process.send_signal(signal.SIGTERM)
        until(self.refuses, 'that nginx stops')
        self.assertIsNone(self.process.poll(), 'it ended with a request in flight')
        asked.sendall(b'HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n' % len(ANSWER) + ANSWER)
        asked.close()
        got = b''
        while True:
            data = client.recv(65536)
            if not data:
                break
            got += data
        head, _, body = got.partition(b'\r\n\r\n')
        self.assertIn(b' 200 OK', head.split(b'\r\n')[0])
        self.assertEqual(len(body), len(ANSWER))
        self.assertEqual(body, ANSWER)
        said = self.process.communicate(timeout=PATIENCE)[0].decode()
        self.assertEqual(self.process.returncode, 0, said)
        self.assertIn('gracefully shutting down', said)
        self.assertEqual(processes_with(self.mark), [])

    def test_as_pid_1_it_finishes_the_request_in_flight_and_orphans_are_reaped(self):
        if os.geteuid() != 0:
            self.skipTest('not root: namespaces are needed')
        for reap in ('auto', 'wait'):
            with self.subTest(reap):
                self.run_with([f'--reap={reap}', '--new=pid,mount', '--proc'])

    def test_as_a_plain_process_it_finishes_the_request_in_flight_and_orphans_are_reaped(self):
        for reap in ('auto', 'wait'):
            with self.subTest(reap):
                self.run_with([f'--reap={reap}'])


if __name__ == '__main__':
    counted_tests.main()
