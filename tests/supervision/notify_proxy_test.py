#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the workload says of itself is told to whoever supervises foster."""
import os
import select
import socket
import subprocess
import tempfile

from harness import TERM, Case, main, needs_root
from notify_harness import Outside, needs_a_python_for_all, speaks, speaks_as_anybody


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


if __name__ == '__main__':
    main()
