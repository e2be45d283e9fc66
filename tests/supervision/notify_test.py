#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the workload says of itself, by sd_notify's protocol or a newline on a descriptor: readiness, the watchdog, more time; and who is told outside."""
import array
import json
import os
import pty
import resource
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

from harness import FOSTER, ROOT, SHIPS, TERM, TIMEOUT, Case, main, needs_root, python

NOTIFY = '''
import array, socket
def notify(text, fds=(), to=None):
  s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
  address = to or os.environ["NOTIFY_SOCKET"]
  s.connect("\\0" + address[1:] if address[0] == "@" else address)
  rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
  s.sendmsg([text if isinstance(text, bytes) else text.encode()], rights)
def barrier():
  r, w = os.pipe()
  notify("BARRIER=1", [w])
  os.close(w)
  assert os.read(r, 1) == b""
  os.close(r)
def hang():
  while True: select.select([], [], [])
'''

needs_systemd_notify = unittest.skipUnless(shutil.which('systemd-notify'), 'systemd-notify is not installed')


def speaks(text):
    """A workload in Python that has `notify`, `barrier` and `hang` besides."""
    return python(NOTIFY + text)


def speaks_as_anybody(text):
    """The same by a Python that every user may run."""
    return ['/usr/bin/python3', *speaks(text)[1:]]


needs_a_python_for_all = unittest.skipUnless(os.path.exists('/usr/bin/python3'), '/usr/bin/python3 is not installed')


class Terminal:
    """The master's side of one."""

    def __init__(self, fd):
        self.fd = fd
        self.text = b''

    def type(self, text):
        os.write(self.fd, text.encode())

    def awaits(self, words):
        """Until these words come; what came before them is forgotten."""
        deadline = time.monotonic() + TIMEOUT
        while words.encode() not in self.text:
            if not select.select([self.fd], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f'{words!r} did not come, but {self.text!r}')
            self.text += os.read(self.fd, 4096)
        self.text = self.text.split(words.encode(), 1)[1]


class Outside:
    """Whoever supervises foster: a NOTIFY_SOCKET of the test's."""

    def __init__(self, case, abstract=False):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        case.addCleanup(self.socket.close)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.settimeout(TIMEOUT)
        if abstract:
            self.socket.bind('')
            self.address = '@' + self.socket.getsockname()[1:].decode()
        else:
            folder = tempfile.mkdtemp()
            case.addCleanup(shutil.rmtree, folder)
            self.address = f'{folder}/notify'
            self.socket.bind(self.address)

    def env(self, **more):
        return dict(os.environ, NOTIFY_SOCKET=self.address, **more)

    def hears(self):
        """The next message: its text, who sent it, and the descriptors in it."""
        data, control, flags, _ = self.socket.recvmsg(8192, 4096)
        assert not flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC)
        sender, fds = None, array.array('i')
        for level, kind, payload in control:
            if kind == socket.SCM_CREDENTIALS:
                sender = struct.unpack('iii', payload)[0]
            elif kind == socket.SCM_RIGHTS:
                fds.frombytes(payload)
        return data.decode(), sender, list(fds)


def find_schema():
    """The schema of status lines, where the library that reads it is installed."""
    try:
        import jsonschema
    except ImportError:
        return None
    beside = os.path.join(os.environ.get('TEST_SRCDIR', ''), os.environ.get('TEST_WORKSPACE', 'foster'), 'docs', 'status.schema.json')
    with open(beside if os.path.exists(beside) else 'docs/status.schema.json') as f:
        return jsonschema.Draft7Validator(json.load(f))


SCHEMA = find_schema()


def told(foster):
    """All events that are left."""
    events = foster.events()
    for event in events if SCHEMA else ():
        SCHEMA.validate(event)
    return events


# For tests that look into foster's /proc, which is root's otherwise.
SEEN = '--no-sandbox=undumpable'


def only(events, name):
    return [event for event in events if event['event'] == name]


def names(events):
    return [event['event'] for event in events if 'half' not in event]


class Ready(Case):
    @needs_systemd_notify
    def test_is_what_systemd_notify_says(self):
        def body(options):
            foster = self.start('sh', '-c', 'systemd-notify --ready --status="all is well" && echo said && exec sleep 3600', options=[*options, '--ready=notify'],
                                status=True)
            foster.says('said')
            self.assertEqual(foster.event('status')['text'], 'all is well')
            ready = foster.event('ready')
            self.assertEqual((ready['by'], ready['run']), ('notify', 1))
            foster.send(TERM)
            self.assertEqual(foster.wait()[0], 143)
        self.in_every_setting(body)

    @needs_root
    @needs_a_python_for_all
    def test_is_heard_in_network_namespaces_and_under_another_user_too(self):
        foster = self.start(*speaks_as_anybody('notify("READY=1"); barrier(); say(os.getuid())'), status=True,
                            options=['--new=pid,mount,net', '--proc', '--user=65534:65534', '--ready=notify'])
        self.assertEqual(foster.wait(), (0, ['65534']))
        self.assertEqual(foster.event('ready')['by'], 'notify')

    @needs_root
    def test_is_heard_from_a_root_folder_of_the_workloads_own(self):
        foster = self.start(*speaks('''
import tempfile
folder = tempfile.mkdtemp()
os.chroot(folder)
notify("READY=1"); barrier()
os.chroot(".")
'''), status=True, options=['--ready=notify'])
        self.addCleanup(foster.wait)
        self.assertEqual(foster.event('ready')['run'], 1)

    def test_is_told_even_if_it_is_the_last_word(self):
        def body(options):
            for _ in range(5):
                foster = self.start(*speaks('notify("ERRNO=2\\nEXIT_STATUS=7\\nREADY=1"); os._exit(7)'), options=[*options, '--ready=notify'], status=True)
                self.assertEqual(foster.wait()[0], 7)
                events = told(foster)
                self.assertEqual(names(events), ['setup', 'started', 'ready', 'ended', 'exit'])
                self.assertEqual((only(events, 'ended')[0]['errno'], only(events, 'ended')[0]['exit_status']), (2, 7))
        self.in_every_setting(body)

    def test_is_told_once_a_run_and_again_after_reloading(self):
        def body(options):
            foster = self.start(*speaks('for text in ("READY=1", "READY=1", "RELOADING=1", "READY=1", "READY=1", "STOPPING=1"): notify(text)\nbarrier()'),
                                options=[*options, '--ready=notify'], status=True)
            self.assertEqual(foster.wait()[0], 0)
            self.assertEqual(names(told(foster)), ['setup', 'started', 'ready', 'reloading', 'ready', 'stopping', 'ended', 'exit'])
        self.in_every_setting(body)

    def test_comes_anew_with_each_run(self):
        def body(options):
            foster = self.start(*speaks('notify("READY=1\\nERRNO=5"); os._exit(3)'), status=True,
                                options=[*options, '--ready=notify', '--restart=on-failure:2', '--backoff=1ms'])
            self.assertEqual(foster.wait()[0], 3)
            events = told(foster)
            self.assertEqual([event['run'] for event in only(events, 'ready')], [1, 2, 3])
            self.assertEqual([event['errno'] for event in only(events, 'ended')], [5, 5, 5])
        self.in_every_setting(body)

    def test_can_be_a_newline_on_a_descriptor(self):
        def body(options):
            for number in (3, 5, 77):
                foster = self.start(*python(f'os.write({number}, b"up"); say("half"); sys.stdin.readline(); os.write({number}, b"\\nand more"); sys.stdin.readline()'),
                                    options=[*options, f'--ready=fd:{number}'], status=True, stdin=subprocess.PIPE)
                foster.says('half')
                foster.process.stdin.write(b'\n')
                foster.process.stdin.flush()
                ready = foster.event('ready')
                self.assertEqual((ready['by'], ready['run']), ('fd', 1))
                foster.process.stdin.write(b'\n')
                foster.process.stdin.flush()
                self.assertEqual(foster.wait()[0], 0)
        self.in_every_setting(body)

    def test_on_a_descriptor_is_not_its_end(self):
        def body(options):
            foster = self.start(*python('os.write(4, b"not yet"); os.close(4)'), options=[*options, '--ready=fd:4'], status=True)
            self.assertEqual(foster.wait()[0], 0)
            self.assertNotIn('ready', names(told(foster)))
        self.in_every_setting(body)

    def test_on_a_descriptor_comes_anew_with_each_run(self):
        def body(options):
            foster = self.start('sh', '-c', 'echo >&4; exit 3', options=[*options, '--ready=fd:4', '--restart=on-failure:2', '--backoff=1ms'], status=True)
            self.assertEqual(foster.wait()[0], 3)
            self.assertEqual([event['run'] for event in only(told(foster), 'ready')], [1, 2, 3])
        self.in_every_setting(body)

    def test_on_a_descriptor_gives_the_workload_that_one_and_no_other(self):
        def body(options):
            foster = self.start(*python('say(sorted(int(fd) for fd in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + fd)))'),
                                options=[*options, '--ready=fd:9'])
            self.assertEqual(foster.wait(), (0, ['[0, 1, 2, 9]']))
        self.in_every_setting(body)

    def test_a_descriptor_beyond_the_limit_is_refused(self):
        done = subprocess.run([FOSTER, '--ready=fd:999999999', '--', 'true'], stderr=subprocess.PIPE, universal_newlines=True, timeout=TIMEOUT)
        self.assertEqual((done.returncode, done.stderr.count('\n')), (125, 1))
        self.assertIn('--ready: dup2', done.stderr)

    def test_bad_values_are_refused(self):
        for value in ('', 'fd', 'fd:', 'fd:2', 'fd:-1', 'fd:3x', 'fd: 3', 'fd:99999999999', 'yes'):
            self.refused(f'--ready={value}', 'true', said=f'foster: --ready: "{value}": not notify, and not fd:N')
        self.refused('--watchdog=soon', 'true', said='foster: --watchdog: "soon": not a duration')
        self.refused('--watchdog=1.5us', 'true', said='foster: --watchdog: "1.5us": ')
        self.refused('--watchdog=0.0001', 'true', said='foster: --watchdog: "0.0001": shorter than 1ms')
        self.refused('--pause', '--ready=notify', said='foster: --ready: ')
        self.refused('--pause', '--watchdog=1s', said='foster: --watchdog: ')


class Environment(Case):
    TELLS = 'say(*[f"{k}={os.environ.get(k)}" for k in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")], os.getpid())'

    def tells(self, options, **env):
        foster = self.start(*python(self.TELLS), options=options, env=dict(os.environ, **env))
        code, (line,) = foster.wait()
        self.assertEqual(code, 0)
        *variables, pid = line.split()
        return {key: value.replace(pid, 'me') if key == 'WATCHDOG_PID' else value for key, value in (one.split('=', 1) for one in variables)}

    def test_says_where_to_speak_and_how_often(self):
        def body(options):
            told = self.tells([*options, '--watchdog=1500ms'])
            self.assertRegex(told['NOTIFY_SOCKET'], '^@[0-9a-f]+$')
            self.assertEqual((told['WATCHDOG_USEC'], told['WATCHDOG_PID']), ('1500000', 'me'))
            told = self.tells([*options, '--ready=notify'])
            self.assertRegex(told['NOTIFY_SOCKET'], '^@[0-9a-f]+$')
            self.assertEqual((told['WATCHDOG_USEC'], told['WATCHDOG_PID']), ('None', 'None'))
        self.in_every_setting(body)

    def test_names_the_workload_where_it_named_foster(self):
        def body(options):
            # The shell has the number that foster will have.
            words = [FOSTER, *options, '--', *python(self.TELLS)]
            done = subprocess.run(['sh', '-c', 'WATCHDOG_USEC=5 WATCHDOG_PID=$$ exec "$@"', 'sh', *words], stdout=subprocess.PIPE, text=True, timeout=TIMEOUT)
            told = dict(one.split('=') for one in done.stdout.split()[:-1])
            self.assertEqual((told['WATCHDOG_USEC'], told['WATCHDOG_PID']), ('5', done.stdout.split()[-1]))
        self.in_every_setting(body)

    def test_has_the_shorter_of_two_periods(self):
        for outer, expected in (('700000', '700000'), ('9000000', '1500000'), ('x', '1500000'), ('0', '1500000')):
            self.assertEqual(self.tells(['--watchdog=1500ms'], WATCHDOG_USEC=outer)['WATCHDOG_USEC'], expected)

    def test_has_no_way_past_foster(self):
        outside = Outside(self)
        for options in (['--ready=notify'], ['--watchdog=1h']):
            self.assertRegex(self.tells(options, NOTIFY_SOCKET=outside.address)['NOTIFY_SOCKET'], '^@')
        self.assertEqual(self.tells(['--ready=fd:3'], NOTIFY_SOCKET=outside.address)['NOTIFY_SOCKET'], 'None')

    def test_is_as_it_was_where_nobody_asked(self):
        told = self.tells([], NOTIFY_SOCKET='/run/x', WATCHDOG_USEC='9', WATCHDOG_PID='1234567')
        self.assertEqual(told, {'NOTIFY_SOCKET': '/run/x', 'WATCHDOG_USEC': '9', 'WATCHDOG_PID': '1234567'})
        told = self.tells(['--watchdog=0'], NOTIFY_SOCKET='/run/x')
        self.assertEqual(told['NOTIFY_SOCKET'], '/run/x')


class Senders(Case):
    def test_outside_and_strangers_are_not_heard(self):
        def body(options):
            foster = self.start(*speaks('say(os.environ["NOTIFY_SOCKET"]); sys.stdin.readline(); notify("STATUS=true"); barrier()'),
                                options=[*options, '--ready=notify'], status=True, stdin=subprocess.PIPE)
            address = foster.lines.next()
            stranger = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self.addCleanup(stranger.close)
            stranger.connect('\0' + address[1:])
            for _ in range(5):
                stranger.send(b'STATUS=forged\nREADY=1\nSTOPPING=1')
            foster.process.stdin.write(b'\n')
            foster.process.stdin.flush()
            self.assertEqual(foster.wait()[0], 0)
            events = told(foster)
            self.assertEqual(names(events), ['setup', 'started', 'status', 'ended', 'exit'])
            self.assertEqual(only(events, 'status')[0]['text'], 'true')
        self.in_every_setting(body)

    def test_a_strangers_barrier_holds_nobody_up(self):
        foster = self.start(*speaks('say(os.environ["NOTIFY_SOCKET"]); sys.stdin.readline()'), options=['--ready=notify'], stdin=subprocess.PIPE)
        address = foster.lines.next()
        stranger = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(stranger.close)
        stranger.connect('\0' + address[1:])
        r, w = os.pipe()
        self.addCleanup(os.close, r)
        stranger.sendmsg([b'BARRIER=1'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [w]))])
        os.close(w)
        self.assertTrue(select.select([r], [], [], TIMEOUT)[0])
        foster.process.stdin.close()
        self.assertEqual(foster.wait()[0], 0)

    def test_all_the_workloads_family_is_heard(self):
        def body(options):
            foster = self.start(*speaks('''
if os.fork() == 0:
  if os.fork() == 0:
    os.setsid()
    notify("STATUS=grandchild"); barrier()
    os._exit(0)
  os.wait()
  os._exit(0)
os.wait()
'''), options=[*options, '--ready=notify'], status=True)
            self.assertEqual(foster.wait()[0], 0)
            self.assertEqual(foster.event('status')['text'], 'grandchild')
        self.in_every_setting(body)

    def test_nonsense_does_nothing(self):
        def body(options):
            foster = self.start(*speaks('''
junk = [b"", b"\\n", b"READY=1\\0STATUS=x", b"READY", b"=", b"READY=2", b"STATUS", b"x" * 5000, b"READY=1\\n" + b"y" * 5000, b"\\xff" * 100, b"MAINPID=x\\nWATCHDOG_USEC=-1",
        b"MAINPID=99999999999999\\nERRNO=99999\\nEXIT_STATUS=256\\nEXTEND_TIMEOUT_USEC=999999999999999999"]
r, w = os.pipe()
for round in range(40):
  for text in junk:
    notify(text, [r, w] if round % 2 else [])
notify(b"READY=1\\0")
barrier()
'''), options=[*options, '--ready=notify', '--watchdog=1h'], status=True)
            self.assertEqual(foster.wait()[0], 0)
            self.assertEqual(names(told(foster)), ['setup', 'started', 'ready', 'ended', 'exit'])
        self.in_every_setting(body)

    def test_a_flood_keeps_nothing_else_waiting(self):
        def body(options):
            foster = self.start(*speaks('''
for _ in range(3):
  if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
      for text in ("STATUS=x", "WATCHDOG=1", b"x" * 5000): notify(text)
signal.signal(signal.SIGTERM, lambda *_: os._exit(9))
notify("READY=1")
hang()
'''), options=[*options, '--ready=notify', '--grace=100ms'], status=True)
            foster.event('ready')
            foster.send(TERM)
            self.assertEqual(foster.wait()[0], 9)
        self.in_every_setting(body)

    def test_descriptors_are_not_kept(self):
        def body(options):
            foster = self.start(*speaks('''
fds = [os.open("/dev/null", os.O_RDONLY) for _ in range(5)]
barrier()
say("now"); sys.stdin.readline()
for i in range(30):
  notify("FDSTORE=1\\nFDNAME=x", fds)
  notify(b"x" * 5000, fds)
  notify("", fds)
  barrier()  # for an ordinary user the kernel counts what is on its way

say("now"); sys.stdin.readline()
'''), options=[*options, '--ready=notify', SEEN], stdin=subprocess.PIPE, status=True,
                                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24)))
            seen = []
            for _ in range(2):
                foster.says('now')
                inner = children(foster.process.pid) if '--proc' in options else [foster.process.pid]
                seen.append([os.listdir(f'/proc/{pid}/fd') for pid in inner])
                foster.process.stdin.write(b'\n')
                foster.process.stdin.flush()
            self.assertEqual(*seen)
            self.assertEqual(foster.wait()[0], 0)
        self.in_every_setting(body)


def children(pid):
    with open(f'/proc/{pid}/task/{pid}/children') as f:
        return [int(word) for word in f.read().split()]


class Proxy(Case):
    def test_tells_outside_in_its_own_name(self):
        def body(options):
            for abstract in (False, True):
                outside = Outside(self, abstract)
                foster = self.start(*speaks('notify("READY=1\\nSTATUS=up\\nMAINPID=%d\\nX_OWN=1" % os.getpid()); notify("WATCHDOG=1"); barrier()'),
                                    options=[*options, '--ready=notify'], env=outside.env(), status=True)
                self.assertEqual(outside.hears(), (f'READY=1\nSTATUS=up\nMAINPID={foster.process.pid}\nX_OWN=1', foster.process.pid, []))
                self.assertEqual(outside.hears(), ('WATCHDOG=1', foster.process.pid, []))
                text, sender, fds = outside.hears()
                self.assertEqual((text, sender, len(fds)), ('BARRIER=1', foster.process.pid, 1))
                os.close(fds[0])
                self.assertEqual(foster.wait()[0], 0)
        self.in_every_setting(body)

    @needs_root
    @needs_a_python_for_all
    def test_reaches_outside_from_other_networks_and_roots(self):
        for abstract in (False, True):
            outside = Outside(self, abstract)
            foster = self.start(*speaks_as_anybody('notify("READY=1")'), env=outside.env(),
                                options=['--new=pid,mount,net,uts,ipc', '--proc', '--mount=tmpfs:/tmp', '--ready=notify', '--user=65534'])
            self.assertEqual(outside.hears(), ('READY=1', foster.process.pid, []))
            self.assertEqual(foster.wait()[0], 0)

    def test_passes_descriptors_through(self):
        def body(options):
            outside = Outside(self)
            foster = self.start(*speaks('''
import tempfile
file = tempfile.TemporaryFile()
file.write(b"kept")
file.flush()
notify("FDSTORE=1\\nFDNAME=one", [file.fileno(), 0])
'''), options=[*options, '--ready=notify'], env=outside.env())
            text, sender, fds = outside.hears()
            self.assertEqual((text, sender, len(fds)), ('FDSTORE=1\nFDNAME=one', foster.process.pid, 2))
            self.assertEqual(os.pread(fds[0], 10, 0), b'kept')
            for fd in fds:
                os.close(fd)
            self.assertEqual(foster.wait()[0], 0)
        self.in_every_setting(body)

    def test_a_barrier_stands_until_the_one_outside_lifts_it(self):
        def body(options):
            outside = Outside(self)
            foster = self.start(*speaks('barrier(); say("passed")'), options=[*options, '--ready=notify'], env=outside.env())
            text, _, fds = outside.hears()
            self.assertEqual((text, len(fds)), ('BARRIER=1', 1))
            self.assertEqual(select.select([foster.lines.fd], [], [], 0.1)[0], [])
            os.close(fds[0])
            foster.says('passed')
            self.assertEqual(foster.wait()[0], 0)
        self.in_every_setting(body)

    def test_a_barrier_is_lifted_by_foster_where_nobody_is_outside(self):
        def body(options):
            foster = self.start(*speaks('barrier(); say("passed")'), options=[*options, '--ready=notify'])
            self.assertEqual(foster.wait(), (0, ['passed']))
        self.in_every_setting(body)

    def test_a_newline_is_told_in_the_protocol(self):
        def body(options):
            outside = Outside(self)
            foster = self.start('sh', '-c', 'echo >&3', options=[*options, '--ready=fd:3'], env=outside.env())
            self.assertEqual(outside.hears(), ('READY=1', foster.process.pid, []))
            self.assertEqual(foster.wait()[0], 0)
        self.in_every_setting(body)

    def test_the_last_words_are_passed_on(self):
        def body(options):
            outside = Outside(self)
            foster = self.start(*speaks('notify("STOPPING=1\\nERRNO=5"); os._exit(3)'), options=[*options, '--ready=notify'], env=outside.env())
            self.assertEqual(foster.wait()[0], 3)
            self.assertEqual(outside.hears(), ('STOPPING=1\nERRNO=5', foster.process.pid, []))
        self.in_every_setting(body)

    def test_one_who_cannot_be_reached_is_no_reason_not_to_start(self):
        gone = tempfile.mktemp()
        for address, why in ((gone, 'No such file'), ('vsock:2:1', 'Address family'), ('/' + 'x' * 200, 'name too long')):
            foster = self.start(*speaks('notify("READY=1"); barrier(); say("ran")'), options=['--ready=notify'], env=dict(os.environ, NOTIFY_SOCKET=address),
                                stderr=subprocess.PIPE, status=True)
            self.assertIn(why, foster.remarks('NOTIFY_SOCKET'))
            self.assertEqual(foster.wait(), (0, ['ran']))
            self.assertEqual(foster.event('ready')['by'], 'notify')

    def test_one_who_is_slow_hears_of_readiness_when_he_can(self):
        def body(options):
            outside = Outside(self)
            busy = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self.addCleanup(busy.close)
            busy.setblocking(False)
            busy.connect(outside.address)
            count = 0
            try:
                while True:
                    busy.send(b'BUSY=1')
                    count += 1
            except BlockingIOError:
                pass
            foster = self.start(*speaks('notify("READY=1\\nSTATUS=up"); say("said"); hang()'), options=[*options, '--ready=notify', '--watchdog=1h'], env=outside.env(),
                                status=True)
            foster.says('said')
            foster.event('ready')
            for _ in range(count):
                self.assertEqual(outside.hears()[0], 'BUSY=1')
            text, sender, _ = outside.hears()
            self.assertIn(text, ('READY=1', 'READY=1\nSTATUS=up'))  # the outer half of a wrapper may have come to it just now
            self.assertEqual(sender, foster.process.pid)
            foster.send(TERM)
            self.assertEqual(foster.wait()[0], 143)
        self.in_every_setting(body)

    def test_one_who_goes_away_does_no_harm(self):
        def body(options):
            outside = Outside(self)
            foster = self.start(*speaks('say("up"); sys.stdin.readline(); notify("READY=1"); barrier(); say("passed")'), options=[*options, '--ready=notify'],
                                env=outside.env(), stdin=subprocess.PIPE)
            foster.says('up')
            outside.socket.close()
            foster.process.stdin.close()
            self.assertEqual(foster.wait(), (0, ['passed']))
        self.in_every_setting(body)


class Watchdog(Case):
    def test_ends_a_workload_that_hangs(self):
        def body(options):
            foster = self.start(*speaks('notify("READY=1"); barrier(); say("up"); hang()'), options=[*options, '--ready=notify', '--watchdog=300ms'], status=True,
                                stderr=subprocess.PIPE)
            foster.says('up')
            self.assertEqual(foster.wait()[0], 134)
            events = told(foster)
            self.assertEqual(names(events), ['setup', 'started', 'ready', 'watchdog', 'ended', 'exit'])
            self.assertEqual(only(events, 'watchdog')[0]['pid'], only(events, 'started')[0]['pid'])
            self.assertEqual(only(events, 'ended')[0]['signal'], 'ABRT')
            self.assertEqual((events[-1]['reason'], events[-1]['code']), ('watchdog', 134))
            foster.remarks('the workload is hung')
        self.in_every_setting(body)

    def test_kills_one_that_does_not_even_abort(self):
        def body(options):
            foster = self.start(*speaks('signal.signal(signal.SIGABRT, signal.SIG_IGN); notify("READY=1"); hang()'), status=True,
                                options=[*options, '--ready=notify', '--watchdog=100ms', '--grace=100ms', '--quiet'])
            self.assertEqual(foster.wait()[0], 137)
            self.assertEqual(only(told(foster), 'exit')[0]['reason'], 'watchdog')
        self.in_every_setting(body)

    def test_wakes_one_that_is_stopped(self):
        def body(options):
            foster = self.start(*speaks('notify("READY=1"); os.kill(os.getpid(), signal.SIGSTOP); hang()'), options=[*options, '--ready=notify', '--watchdog=200ms', '--quiet'])
            self.assertEqual(foster.wait()[0], 134)
        self.in_every_setting(body)

    def test_leaves_alone_who_says_that_it_lives(self):
        # For longer than the period; on a machine that stands still for most of that the workload says so.
        for options in (['--reap=wait'], ['--new=pid'] if ROOT else []):
            foster = self.start(*speaks('''
notify("READY=1")
began = last = time.monotonic()
worst = 0
while last - began < 5.5:
  time.sleep(0.1)
  notify("WATCHDOG=1")
  now = time.monotonic()
  worst, last = max(worst, now - last), now
say("slow" if worst > 3 else "lived")
sys.exit(7)
'''), options=[*options, '--ready=notify', '--watchdog=4s', '--quiet'], status=True)
            code, said = foster.wait()
            if said != ['slow'] and code != 134:
                self.assertEqual((code, said), (7, ['lived']))
                self.assertNotIn('watchdog', names(told(foster)))
            else:
                self.skipTest('this machine stood still for seconds')

    @unittest.skipUnless(shutil.which('bash'), 'bash is not installed')
    def test_looks_away_from_one_that_stands_still_at_its_terminal(self):
        works = NOTIFY + '''
import os, select, sys, time
notify("READY=1")
print("work" + "ing", flush=True)
while not select.select([0], [], [], 0.1)[0]: notify("WATCHDOG=1")
sys.exit(7)
'''
        with tempfile.NamedTemporaryFile('w', suffix='.py') as script:
            script.write(works)
            script.flush()
            for options in ('--reap=auto', '--new=pid,mount --proc' if ROOT else '--reap=wait'):
                with self.subTest(options):
                    pid, terminal = pty.fork()
                    if pid == 0:
                        os.execvpe('bash', ['bash', '--norc', '--noprofile', '-i'], dict(os.environ, PS1='$ ', TERM='dumb'))
                    self.addCleanup(os.close, terminal)
                    said = Terminal(terminal)
                    said.type(f'stty -echo; {FOSTER} {options} --ready=notify --watchdog=3s {sys.executable} {script.name}; echo "st""opped $?"\n')
                    said.awaits('working')
                    said.type('\x1a')
                    said.awaits('Stopped')
                    time.sleep(4)
                    said.type('fg\n')
                    time.sleep(1)
                    said.type('\n')
                    said.type('echo "co""de $?"\n')
                    said.awaits('code 7')
                    said.type('exit\n')
                    os.waitpid(pid, 0)

    def test_waits_until_a_workload_is_ready(self):
        foster = self.start(*speaks('time.sleep(0.5); notify("READY=1"); hang()'), options=['--ready=notify', '--watchdog=50ms', '--quiet'], status=True)
        self.assertEqual(foster.wait()[0], 134)
        self.assertEqual(names(told(foster)), ['setup', 'started', 'ready', 'watchdog', 'ended', 'exit'])

    def test_watches_from_the_start_where_nobody_tells_of_readiness(self):
        def body(options):
            foster = self.start('sleep', '3600', options=[*options, '--watchdog=100ms', '--quiet'], status=True)
            self.assertEqual(foster.wait()[0], 134)
        self.in_every_setting(body)

    def test_can_be_triggered(self):
        def body(options):
            for more in (['--watchdog=1h'], ['--ready=notify']):
                outside = Outside(self)
                foster = self.start(*speaks('notify("STATUS=lost\\nWATCHDOG=trigger"); hang()'), options=[*options, *more, '--quiet'], status=True, env=outside.env())
                self.assertEqual(foster.wait()[0], 134)
                self.assertEqual(only(told(foster), 'exit')[0]['reason'], 'watchdog')
                self.assertEqual(outside.hears()[0], 'STATUS=lost')  # foster sees to the rest
        self.in_every_setting(body)

    def test_takes_another_period(self):
        def body(options):
            foster = self.start(*speaks('notify("WATCHDOG_USEC=100000"); hang()'), options=[*options, '--watchdog=1h', '--quiet'])
            self.assertEqual(foster.wait()[0], 134)
        self.in_every_setting(body)

    def test_starts_again_what_hung_however_it_ended(self):
        def body(options):
            foster = self.start(*speaks('''
signal.signal(signal.SIGABRT, lambda *_: os._exit(0))
if sys.stdin.readline() == "": os._exit(5)
notify("WATCHDOG=trigger")
hang()
'''), options=[*options, '--watchdog=1h', '--restart=on-failure:5', '--backoff=1ms', '--expect-exit=5', '--quiet'], status=True, stdin=self.stdin_with(b'\n'))
            self.assertEqual(foster.wait()[0], 0)
            events = told(foster)
            self.assertEqual(names(events), ['setup', 'started', 'watchdog', 'ended', 'restart', 'started', 'ended', 'exit'])
            self.assertEqual((events[-1]['reason'], events[-1]['runs']), ('ended', 2))
        self.in_every_setting(body)

    def test_has_no_say_once_the_workload_is_stopping(self):
        def body(options):
            foster = self.start(*speaks('notify("STOPPING=1"); time.sleep(0.6); sys.exit(5)'), options=[*options, '--watchdog=4s'], status=True)
            self.assertEqual(foster.wait()[0], 5)
            foster = self.start(*speaks('''
def stop(*_):
  time.sleep(1)
  os._exit(6)
signal.signal(signal.SIGTERM, stop)
notify("READY=1\\nWATCHDOG_USEC=4000000"); barrier()
os.kill(os.getppid(), signal.SIGTERM)
time.sleep(0.1)
notify("WATCHDOG_USEC=1000")
hang()
'''), options=[*options, '--ready=notify', '--watchdog=1h'], status=True)
            self.assertEqual(foster.wait()[0], 6)
        self.in_every_setting(body)


class MoreTime(Case):
    def test_is_given_before_the_timeout(self):
        def body(options):
            foster = self.start(*speaks('notify("EXTEND_TIMEOUT_USEC=3600000000"); barrier(); time.sleep(4.5); sys.exit(7)'), options=[*options, '--ready=notify', '--timeout=4s'], status=True)
            code, _ = foster.wait()
            if only(told(foster), 'stop') and code == 143:
                self.skipTest('this machine took seconds to start the workload')
            self.assertEqual(code, 7)
        self.in_every_setting(body)

    def test_is_given_while_stopping(self):
        def body(options):
            for grace in (2, 10, 40):  # a machine that is too slow to ask for more time within it gets more
                foster = self.start(*speaks(f'''
def stop(*_):
  notify("EXTEND_TIMEOUT_USEC=3600000000"); barrier()
  time.sleep({grace + 1})
  os._exit(7)
signal.signal(signal.SIGTERM, stop)
say("up")
hang()
'''), options=[*options, '--ready=notify', f'--grace={grace}s'])
                foster.says('up')
                foster.send(TERM)
                code = foster.wait()[0]
                if code == 7: break
            self.assertEqual(code, 7)
        self.in_every_setting(body)


class Idle(Case):
    def switches(self, pid):
        with open(f'/proc/{pid}/status') as f:
            return [line for line in f if 'ctxt_switches' in line]

    def test_means_not_one_wake_up_that_is_not_due(self):
        def body(options):
            for more in (['--ready=notify', '--watchdog=1h'], ['--ready=fd:3', '--watchdog=1h']):
                outside = Outside(self)
                foster = self.start(*speaks('notify("READY=1"); barrier(); os.write(3, b"\\n") if "fd:3" in sys.argv else 0; say("up"); hang()'), 'fd:3' if 'fd' in more[0] else 'x',
                                    options=[*options, *more, SEEN], env=outside.env())
                for _ in range(2):
                    for fd in outside.hears()[2]:
                        os.close(fd)
                foster.says('up')
                fosters = [foster.process.pid] + (children(foster.process.pid) if '--proc' in options else [])
                while not all(os.readlink(f'/proc/{pid}/cwd') == '/' and open(f'/proc/{pid}/stat').read().split(') ')[1][0] == 'S' for pid in fosters):
                    time.sleep(0.01)
                time.sleep(0.3)
                before = [self.switches(pid) for pid in fosters]
                time.sleep(1)  # what does not happen has no event
                self.assertEqual([self.switches(pid) for pid in fosters], before)
                foster.send(TERM)
                self.assertEqual(foster.wait()[0], 143)
        self.in_every_setting(body)

    @unittest.skipUnless(SHIPS, 'memory is that of the binary that ships')
    def test_memory_stays_small(self):
        foster = self.start(*speaks('''
for i in range(50): notify("STATUS=%d\\nMAINPID=5\\nREADY=1\\nWATCHDOG=1" % i)
barrier(); say("up"); hang()
'''), options=['--ready=notify', '--watchdog=1h', SEEN], status=True)
        foster.says('up')
        with open(f'/proc/{foster.process.pid}/smaps_rollup') as f:
            dirty = {line.split(':')[0]: int(line.split()[1]) for line in f.read().splitlines()[1:]}['Private_Dirty']
        self.assertLessEqual(dirty, 32, 'as much as two datagrams and a line need, and little more')
        foster.send(TERM)


class Allocation(Case):
    @unittest.skipUnless(shutil.which('strace'), 'strace is not installed')
    def test_there_is_none_after_the_start(self):
        for options in (['--ready=notify'], ['--ready=fd:3'], ['--watchdog=1h', '--restart=on-failure:2', '--backoff=1ms']):
            with tempfile.NamedTemporaryFile('r') as log:
                text = 'os.write(3, b"\\n")' if 'fd:3' in options[0] else 'for i in range(20): notify("READY=1\\nSTATUS=x\\nMAINPID=1\\nWATCHDOG=1\\nERRNO=3", [0, 1])\nbarrier()'
                words = ['strace', '-o', log.name, '-e', 'trace=brk,mmap,munmap,mremap,ppoll', FOSTER, *options, '--status-fd=2', '--', *speaks(text + '\nsys.exit(1)')]
                done = subprocess.run(words, stderr=subprocess.PIPE, timeout=TIMEOUT)
                if b'ptrace' in done.stderr.lower() and done.returncode != 1:
                    self.skipTest('strace may not trace here')
                self.assertEqual(done.returncode, 1, done.stderr)
                calls = [line.split('(')[0] for line in log.read().splitlines() if '(' in line]
                waits = [at for at, call in enumerate(calls) if call == 'ppoll']
                self.assertEqual(set(calls[waits[0]:waits[-1]] + ['ppoll']), {'ppoll'})


if __name__ == '__main__':
    main()
