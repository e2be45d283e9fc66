# SPDX-License-Identifier: Apache-2.0
"""One container, by the client that is attached to it."""
import fcntl
import itertools
import os
import pty
import select
import struct
import subprocess
import termios
import time

from engine import PATIENCE, Cannot, Wrong

_numbers = itertools.count(1)


class Container:
    def __init__(self, engine, argv, tty=False, **options):
        self.engine, self.name = engine, f'try{os.getpid()}-{next(_numbers)}'
        self.text = ''
        command = engine.command(self.name, argv, tty=tty, **options)
        if tty:
            self.fd, slave = pty.openpty()
            fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 33, 77, 0, 0))
            self.client = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=engine.environment, start_new_session=True,
                                           preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
            os.close(slave)
        else:
            self.client = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=engine.environment)
            self.fd = self.client.stdout.fileno()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.client.poll() is None:
            try:
                self.engine.kill(self.name, 'KILL')
                self.client.wait(20)
            except (Cannot, subprocess.TimeoutExpired):
                self.client.kill()
                self.client.wait()
        self.engine.remove(self.name)
        if self.client.stdout:
            self.client.stdout.close()
        else:
            os.close(self.fd)

    def _read(self, end):
        ready, _, _ = select.select([self.fd], [], [], max(0, end - time.monotonic()))
        if not ready:
            raise Wrong(f'nothing more is said; so far {self.text[-300:]!r}')
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # a terminal whose last user has gone
            data = b''
        self.text += data.decode(errors='replace')
        return bool(data)

    def wait_for(self, text, times=1):
        """Until the container has said it so often."""
        end = time.monotonic() + PATIENCE
        while self.text.count(text) < times:
            if not self._read(end):
                raise Wrong(f'ended without {text!r}: {self.text[-300:]!r}')
        return self

    def end(self):
        """The client's exit status; all that was said is in text."""
        end = time.monotonic() + PATIENCE
        while self._read(end):
            pass
        return self.client.wait(PATIENCE)
