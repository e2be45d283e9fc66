# SPDX-License-Identifier: Apache-2.0
"""What the tests of notifications share: a workload that speaks the protocol, who listens outside, and the status lines that come of it."""
import array
import json
import os
import shutil
import socket
import struct
import tempfile
import unittest

from harness import TIMEOUT, python

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


def children(pid):
    with open(f'/proc/{pid}/task/{pid}/children') as f:
        return [int(word) for word in f.read().split()]
