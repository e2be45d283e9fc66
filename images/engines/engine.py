# SPDX-License-Identifier: Apache-2.0
"""What all engines have in common. One engine is one file beside this one, with one class that fills in what is here."""
import os
import signal
import subprocess
import time

PATIENCE = 120   # seconds until something that is expected is given up
STOP = 30        # the engine's stop timeout; a workload that is killed by it shows by its exit status
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))


class Cannot(Exception):
    """What cannot be done on this machine, and why."""


class NotSo(Exception):
    """What this engine has not, or what makes no sense in this role: words for the table."""


class Wrong(Exception):
    """What did not come out as it should."""


def output(*command, patience=PATIENCE, **options):
    """What the command prints; Cannot where it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=patience, **options)
    if done.returncode != 0:
        raise Cannot(f'{" ".join(command[:3])}: {(done.stderr or done.stdout).strip().splitlines()[-1:] or done.returncode}')
    return done.stdout


def quietly(*command, **options):
    """For clean-up: whether it fails is nobody's business."""
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, timeout=PATIENCE, **options)


class Images:
    """What the engines are given. `oci`, `docker`: archives of an image of foster and busybox, named `name`. `suite`: a docker-archive of the kernel suite,
    named `suite_name`. `init`: foster's binary as a file that an engine can start its containers by."""

    def __init__(self, oci, docker, name, suite, suite_name, init):
        self.oci, self.docker, self.name, self.suite, self.suite_name, self.init = oci, docker, name, suite, suite_name, init


class Engine:
    name = ''                    # as it is called on the command line and in the table
    roles = ('entry point',)     # and 'own init' where the engine starts an init by itself when asked
    environment = dict(os.environ)

    def __init__(self, work, images):
        self.work = os.path.join(work, self.name)
        self.images = images
        os.makedirs(self.work)

    def version(self):
        raise NotImplementedError

    def start(self):
        """Whatever must run, or be known, before a container can."""

    def finish(self):
        """Ends it."""

    def command(self, name, argv, tty=False, memory=None, init=False, env=None):
        """The words of a client that runs argv in a container of that name, attached. `init`: by the engine's own init, else foster is the entry point."""
        raise NotImplementedError

    def kill(self, name, signo):
        raise NotImplementedError

    def remove(self, name):
        """Whatever is left of the container; it may never have been."""

    def stop(self, name, container):
        """As an engine does: the stop signal, and KILL when the time is up."""
        self.kill(name, 'TERM')
        try:
            container.client.wait(STOP)
        except subprocess.TimeoutExpired:
            self.kill(name, 'KILL')

    def killed_for_memory(self, name):
        """Whether the engine says so of a container that has ended."""
        raise NotSo('it does not tell')

    def suite_command(self, name):
        """The words that run the kernel suite's image with every privilege that can be had, and a remark for the table or ''."""
        raise NotSo('not tried')

    def pod(self, name, argv):
        """Runs argv as a container in a pod whose infrastructure container is foster: (what argv said, the infrastructure container's exit status)."""
        raise NotSo('has no pods')

    def init_version(self):
        """What the engine has read of the version of its own init."""
        raise NotSo('does not ask')


class WithDaemon(Engine):
    """An engine with a daemon of its own: folders, sockets and pid files are below self.work, and it is ended by its process id."""
    daemon = None

    def start_daemon(self, command, client):
        """`client`: a command that succeeds once the daemon is up."""
        with open(f'{self.work}/log', 'w') as log:
            self.daemon = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        end = time.monotonic() + PATIENCE
        while subprocess.run(client, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode != 0:
            if self.daemon.poll() is not None:
                raise Cannot(f'{self.name}: ' + (self.log().strip().splitlines() or [''])[-1][-200:])
            if time.monotonic() > end:
                raise Cannot(f'{self.name} never came up')
            time.sleep(0.1)

    def log(self):
        with open(f'{self.work}/log') as f:
            return f.read()

    def finish(self):
        if self.daemon is None:
            return
        self.daemon.send_signal(signal.SIGTERM)
        try:
            self.daemon.wait(60)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()


def capabilities():
    """The names that this process could give to a container, and those that the kernel has but it could not."""
    with open('/proc/self/status') as f:
        bounding = next(int(line.split()[1], 16) for line in f if line.startswith('CapBnd'))
    with open('/proc/sys/kernel/cap_last_cap') as f:
        last = int(f.read())
    names = {n: CAPABILITIES[n] if n < len(CAPABILITIES) else str(n) for n in range(last + 1)}
    return [names[n] for n in names if bounding >> n & 1], [names[n] for n in names if not bounding >> n & 1]


# In the order of their numbers: capabilities(7).
CAPABILITIES = ['CAP_' + name for name in '''CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW
IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL
SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'''.split()]
