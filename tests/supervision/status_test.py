#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What happened, exactly: the status lines, their schema, and readers that are slow or gone."""
import fcntl
import json
import os
import signal
import subprocess
import tempfile

import jsonschema

from harness import FOSTER, INT, TERM, TIMEOUT, USR1, Case, main, needs_root, python


def find_schema():
    beside = os.path.join(os.environ.get('TEST_SRCDIR', ''), os.environ.get('TEST_WORKSPACE', 'foster'), 'docs', 'status.schema.json')
    return beside if os.path.exists(beside) else 'docs/status.schema.json'


with open(find_schema()) as f:
    SCHEMA = jsonschema.Draft7Validator(json.load(f))


class StatusCase(Case):
    def told(self, foster):
        """All events that are left, each checked against the schema."""
        events = foster.events()
        for event in events:
            SCHEMA.validate(event)
        inner = [event['seq'] for event in events if 'seq' in event]
        self.assertEqual(inner, sorted(inner))
        return events

    def run_to_the_end(self, *words, **more):
        foster = self.start(*words, status=True, **more)
        code, _ = foster.wait()
        return code, self.told(foster)


def only(events, name):
    return [event for event in events if event['event'] == name]


class Lines(StatusCase):
    def test_tell_code_and_signal_apart(self):
        def body(options):
            code, events = self.run_to_the_end('sh', '-c', 'exit 137', options=options)
            self.assertEqual((code, only(events, 'ended')[0]['code']), (137, 137))
            code, events = self.run_to_the_end('sh', '-c', 'kill -KILL $$', options=options)
            ended = only(events, 'ended')[0]
            self.assertEqual((code, ended['signal'], ended['number'], ended['core_dumped']), (137, 'KILL', 9, False))
            self.assertNotIn('code', ended)
            self.assertEqual(only(events, 'exit')[0]['code'], 137)
        self.in_every_setting(body)

    def test_come_in_the_order_of_what_they_tell(self):
        def body(options):
            _, events = self.run_to_the_end('true', options=options)
            self.assertEqual([event['event'] for event in events if 'half' not in event], ['setup', 'started', 'ended', 'exit'])
            self.assertEqual([event['seq'] for event in events if 'half' not in event], [1, 2, 3, 4])
        self.in_every_setting(body)

    def test_are_valid_whatever_the_workload_is_called(self):
        for word in (b'\xff\xfe\x01\n"\\', bytes(range(1, 256)), b'x' * 100000, 'h\u00e9 \u20ac \U0001f423'.encode()):
            code, events = self.run_to_the_end('true', word)
            self.assertEqual(code, 0)
            self.assertEqual(len(only(events, 'started')[0]['argv'][1]) > 0, True)
        self.assertEqual(events[1]['argv'][1], 'h\u00e9 \u20ac \U0001f423')

    def test_tell_of_a_core_that_was_dumped(self):
        with open('/proc/sys/kernel/core_pattern') as f:
            pattern = f.read().strip()
        folder = tempfile.mkdtemp()
        self.addCleanup(subprocess.run, ['rm', '-rf', folder])
        if pattern.startswith(('|', '/')):
            self.skipTest(f'cores go elsewhere: {pattern}')

        def body(options):
            _, events = self.run_to_the_end('sh', '-c', f'cd {folder}; ulimit -c unlimited; kill -SEGV $$', options=options)
            ended = only(events, 'ended')[0]
            self.assertEqual((ended['signal'], ended['core_dumped']), ('SEGV', True))
        self.in_every_setting(body)

    def test_tell_the_usage_where_it_is_known(self):
        burns = python('for i in range(300000): pass')
        _, events = self.run_to_the_end(*burns, options=['--reap=wait'])
        usage = only(events, 'ended')[0]['usage']
        self.assertGreater(usage['user'] + usage['system'], 0)
        self.assertGreater(usage['max_rss_kb'], 1000)

    def test_count_orphans_where_they_are_waited_for(self):
        foster = self.start('sh', '-c', '(true &) ; (true &) ; echo made; exec sleep 3600', options=['--reap=wait'], status=True)
        foster.event('started')
        foster.says('made')
        while len(list(children(foster.process.pid))) != 1:  # two orphans come and go
            pass
        foster.send(TERM)
        foster.wait()
        self.assertEqual(only(self.told(foster), 'exit')[0]['orphans'], 2)

    def test_name_who_is_left(self):
        def body(options):
            _, events = self.run_to_the_end('sh', '-c', 'sleep 3600 & exit 3', options=options)
            left = only(events, 'leftovers')[0]
            self.assertEqual((left['signal'], left['count'], len(left['processes'])), ('TERM', 1, 1))
            self.assertIn(left['processes'][0]['name'], ('sleep', 'sh'))  # by how far it had come
        self.in_every_setting(body)

    def test_tell_what_foster_could_not_do(self):
        code, events = self.run_to_the_end('/no/such/program')
        self.assertEqual((code, only(events, 'exit')[0]['code'], only(events, 'exit')[0]['reason']), (127, 127, 'failed'))
        self.assertIn('/no/such/program', only(events, 'failed')[0]['message'])

    def test_tell_of_a_pause(self):
        foster = self.start(options=['--pause'], status=True)
        self.assertIsNone(foster.event('started')['pid'])
        foster.send(TERM)
        self.assertEqual(foster.wait(), (0, []))


class WhoAsked(StatusCase):
    def test_is_told_by_process_and_user(self):
        foster = self.start('sleep', '3600', status=True)
        foster.event('started')
        foster.send(TERM)
        foster.wait()
        events = self.told(foster)
        stop = only(events, 'stop')[0]
        self.assertEqual((stop['why'], stop['signal'], stop['sender']), ('signal', 'TERM', {'from': 'process', 'pid': os.getpid(), 'uid': os.getuid()}))
        self.assertEqual(only(events, 'exit')[0]['reason'], 'stopped')

    @needs_root
    def test_is_outside_for_a_namespace_and_named_by_the_outer_half(self):
        def body(options):
            foster = self.start('sleep', '3600', options=options, status=True)
            foster.event('started')
            foster.send(INT)
            foster.wait()
            events = self.told(foster)
            self.assertEqual(only(events, 'stop')[0]['sender']['from'], 'outside')
            self.assertEqual(only(events, 'relayed')[0]['sender'], {'from': 'process', 'pid': os.getpid(), 'uid': os.getuid()})
        self.in_every_setting(body, plain=False)

    @needs_root
    def test_may_be_inside(self):
        code, events = self.run_to_the_end('sh', '-c', 'kill -TERM 1; sleep 3600', options=['--new=pid'])
        sender = only(events, 'stop')[0]['sender']
        self.assertEqual((code, sender['from'], sender['pid']), (143, 'process', 2))

    def test_may_be_the_timeout(self):
        def body(options):
            code, events = self.run_to_the_end('sleep', '3600', options=[*options, '--timeout=10ms'])
            self.assertEqual((code, only(events, 'stop')[0]['why'], only(events, 'exit')[0]['reason']), (143, 'timeout', 'timeout'))
        self.in_every_setting(body)

    @needs_root
    def test_an_init_that_was_killed_is_told_by_the_outer_half(self):
        foster = self.start('sleep', '3600', options=['--new=pid'], status=True)
        init = foster.event('wrapper')['init']
        os.kill(init, signal.SIGKILL)
        self.assertEqual(foster.wait()[0], 137)
        self.assertEqual(only(self.told(foster), 'init-killed')[0]['signal'], 'KILL')


class Readers(StatusCase):
    def test_that_are_gone_do_no_harm(self):
        def body(options):
            r, w = os.pipe()
            os.close(r)
            foster = self.start('sh', '-c', 'exit 5', options=[*options, f'--status-fd={w}'], pass_fds=[w])
            os.close(w)
            self.assertEqual(foster.wait()[0], 5)
        self.in_every_setting(body)

    def test_that_are_slow_cost_lines_and_are_told_how_many(self):
        r, w = os.pipe()
        fcntl.fcntl(w, fcntl.F_SETPIPE_SZ, 4096)
        filler = b'x' * (4096 - 300) + b'\n'
        os.write(w, filler)
        foster = self.start('sh', '-c', 'trap "exit 6" USR1; echo ready; while :; do sleep 0.01; done', 'y' * 2000,
                            options=[f'--status-fd={w}', '-vv'], pass_fds=[w], stderr=subprocess.PIPE)
        os.close(w)
        foster.says('ready')
        foster.send(signal.SIGWINCH)  # which the shell ignores; foster takes it when it has told of the start, or tried to
        foster.remarks('passed on WINCH')
        self.assertEqual(os.read(r, 100000)[:len(filler)], filler)  # now there is room again
        foster.send(USR1)
        self.assertEqual(foster.wait()[0], 6)
        with os.fdopen(r) as reader:
            events = [json.loads(line) for line in reader]
        for event in events:
            SCHEMA.validate(event)
        self.assertIn(events[0]['event'], ('started', 'ended'))  # the workload may be quicker than the line that tells of it
        self.assertGreaterEqual(events[0]['lost'], 1)
        self.assertNotIn('lost', events[-1])

    def test_see_the_end_when_foster_ends_and_no_sooner(self):
        # The workload leaves nobody, but would keep the descriptor if it had it.
        code, events = self.run_to_the_end('sh', '-c', 'ls /proc/self/fd | wc -l')
        self.assertEqual((code, events[-1]['event']), (0, 'exit'))

    def test_may_be_on_a_socket_that_takes_only_a_part(self):
        import socket
        ours, theirs = socket.socketpair()
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4608)
        foster = self.start('true', 'z' * 3000, options=[f'--status-fd={theirs.fileno()}', '--restart=on-failure:1', '--backoff=1ms', '--expect-exit=9'],
                            pass_fds=[theirs.fileno()])
        theirs.close()
        self.assertEqual(foster.wait()[0], 0)
        with ours.makefile() as reader:
            for line in reader:
                if line.endswith('\n'):
                    SCHEMA.validate(json.loads(line))
        ours.close()


class Files(StatusCase):
    def test_are_appended_to(self):
        with tempfile.NamedTemporaryFile() as file:
            for code in (1, 2):
                self.assertEqual(self.start('sh', '-c', f'exit {code}', options=[f'--status-file={file.name}']).wait()[0], code)
            events = [json.loads(line) for line in file]
        for event in events:
            SCHEMA.validate(event)
        self.assertEqual([event['code'] for event in only(events, 'exit')], [1, 2])

    @needs_root
    def test_on_a_full_disk_cost_lines_and_never_half_a_line(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(os.rmdir, folder)
        script = (f'mount -t tmpfs -o size=8k none {folder}; head -c 4000 /dev/zero | tr "\\0" "\\n" >{folder}/filler; '
                  f'{FOSTER} --status-file={folder}/status --restart=on-failure:8 --backoff=0..0 sh -c "exit 7" {"w" * 700}; echo $?; cat {folder}/status')
        done = subprocess.run(['unshare', '-m', 'sh', '-c', script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True, timeout=TIMEOUT)
        code, *lines = done.stdout.splitlines()
        self.assertEqual(code, '7')
        self.assertGreater(len(lines), 2)
        self.assertTrue(done.stdout.endswith('\n'))
        for line in lines:
            SCHEMA.validate(json.loads(line))

    def test_that_cannot_be_opened_are_refused(self):
        self.refused('--status-file=/no/such/folder/file', 'true', said='foster: --status-file "/no/such/folder/file": No such file or directory')
        self.refused('--status-fd=77', 'true', said='foster: --status-fd "77": Bad file descriptor')
        self.refused('--status-fd=x', 'true', said='foster: --status-fd: "x": not a descriptor')


class Memory(StatusCase):
    EATS = python('say("eating")\nfood = []\nwhile True: food.append(bytearray(1 << 20))')

    @needs_root
    def test_kills_for_want_of_it_are_told(self):
        procs = self.small_cgroup(48)

        def body(options):
            join = ['sh', '-c', f'echo $$ >{procs}; exec "$@"', 'join']
            told, told_end = os.pipe()
            out = subprocess.run([*join, FOSTER, f'--status-fd={told_end}', '--oom-score-adj=500', *options, '--', *self.EATS], pass_fds=[told_end],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT)
            os.close(told_end)
            with os.fdopen(told) as reader:
                events = [json.loads(line) for line in reader]
            for event in events:
                SCHEMA.validate(event)
            ended = only(events, 'ended')[0]
            self.assertEqual((out.returncode, ended['signal']), (137, 'KILL'), out.stderr)
            self.assertGreaterEqual(ended['oom_kills'], 1)
            self.assertGreaterEqual(only(events, 'exit')[0]['oom_kills'], 1)
        self.in_every_setting(body)


class Log(StatusCase):
    def test_may_be_json(self):
        done = subprocess.run([FOSTER, '--log=json', '-v', 'sh', '-c', 'exit 3'], stderr=subprocess.PIPE, timeout=TIMEOUT)
        lines = [json.loads(line) for line in done.stderr.splitlines()]
        self.assertEqual((done.returncode, {line['event'] for line in lines}, {line['level'] for line in lines}), (3, {'log'}, {'info'}))
        self.assertIn('the workload exited with 3', [line['message'] for line in lines])
        done = subprocess.run([FOSTER, '--log=json', b'no\xffsuch"thing'], stderr=subprocess.PIPE, timeout=TIMEOUT)
        self.assertEqual((done.returncode, json.loads(done.stderr)['level']), (127, 'error'))


def children(pid):
    with open(f'/proc/{pid}/task/{pid}/children') as f:
        return f.read().split()


if __name__ == '__main__':
    main()
