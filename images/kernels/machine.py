# SPDX-License-Identifier: Apache-2.0
"""One virtual machine: QEMU without KVM, a kernel, an initramfs with foster as PID 1, and serial ports for what comes back.

  console  the kernel's messages, foster's, and foster's status lines
  results  what the workload's programs write, live, with lines of guest.sh's between them
  files    the files that are brought back, as a tar archive, at the end

8250 ports (ttyS0, ttyS1…) are built into every kernel that Debian ships, so no module is needed, and whatever a machine has said before it dies is known.
"""
import dataclasses
import os
import re
import subprocess
import time

from architecture import AMD64

PORTS = ('console', 'results', 'files')
# Looking is cheap next to an emulated machine, and nothing depends on it being quick.
LOOK_SECONDS = 0.25


@dataclasses.dataclass
class Outcome:
    """How a machine's life went."""
    how: str  # 'ended' (switched off, or init ended and nothing else was wrong), 'panicked', 'hung', 'broken' (QEMU itself failed)
    reason: str
    seconds: float
    console: str
    results: str
    files: str  # path of the tar archive, or ''
    init_status: int = -1  # wait(2)-style exit code of PID 1 where the kernel told it, else -1

    def troubles(self):
        """What the kernel complained of: lines that should not be in a log."""
        found = []
        for line in self.console.splitlines():
            if re.search(r'\] (?:BUG: |Oops: |WARNING: |INFO: task .* blocked|watchdog: BUG|rcu: INFO: .*stall|Out of memory: )', line):
                found.append(re.sub(r'^\[ *[\d.]+\] ', '', line.strip()))
        return found


def read(path):
    try:
        with open(path, errors='replace') as f:
            return f.read().replace('\r', '')
    except OSError:
        return ''


def boot(kernel, initramfs, folder, *, architecture=AMD64, init='/foster', init_words=(), kernel_words=(), limit=600, silence=120, memory=512, cpus=2):
    """Boots and waits for the end. `limit`: seconds in all; `silence`: seconds without a byte on any port, after which the machine counts as hung.

    `init_words` become init's argv: the kernel passes on what stands behind `--`. Words for the kernel that it does not know and that hold an equals sign
    become init's environment, beside HOME=/ and TERM=linux.
    """
    ports = {name: os.path.join(folder, name) for name in PORTS}
    for path in ports.values():
        open(path, 'w').close()
    # panic=-1 restarts the machine at once, and -no-reboot makes that the end of QEMU.
    line = [f'console={architecture.console}', f'rdinit={init}', 'panic=-1', 'oops=panic', 'loglevel=5', *architecture.kernel_words, *kernel_words, '--', *init_words]
    command = [architecture.qemu, *architecture.board, '-m', str(memory), '-smp', str(cpus), '-nodefaults', '-display', 'none', '-no-reboot',
               '-kernel', kernel, '-initrd', initramfs, '-append', ' '.join(quoted(word) for word in line)]
    for name, serial in zip(PORTS, architecture.serial):
        command += ['-chardev', f'file,id={name},path={ports[name]}', *(word.format(name) for word in serial)]
    began = time.monotonic()
    with open(os.path.join(folder, 'qemu'), 'w+') as said:
        machine = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        try:
            hung = watch(machine, ports, began, limit, silence)
        finally:
            if machine.poll() is None:
                machine.kill()
            machine.wait()
        said.seek(0)
        complaint = said.read().strip()
    outcome = Outcome('ended', '', time.monotonic() - began, read(ports['console']), read(ports['results']), ports['files'])
    judge(outcome, hung, machine.returncode, complaint or f'{architecture.qemu} ended with {machine.returncode}')
    return outcome


def quoted(word):
    """The kernel splits its command line at blanks and knows double quotes, without a way to escape one."""
    if '"' in word or '\n' in word:
        raise ValueError(f'"{word}": the kernel\'s command line cannot hold a double quote or a new line')
    return f'"{word}"' if ' ' in word or word == '' else word


def watch(machine, ports, began, limit, silence):
    """Waits until the machine is off. Returns why it has to be switched off, or ''."""
    size, heard = -1, began
    while True:
        try:
            machine.wait(LOOK_SECONDS)
            return ''
        except subprocess.TimeoutExpired:
            pass
        now = time.monotonic()
        sizes = {name: os.path.getsize(path) for name, path in ports.items()}
        # A kernel that hangs may complain on its console for ever: once the workload has spoken only its own words count.
        total = sizes['console'] if sizes['results'] == 0 else -sizes['results'] - sizes['files']
        if total != size:
            size, heard = total, now
        if now - began > limit:
            return f'not done after {limit} s'
        if now - heard > silence:
            return f'silent for {silence} s'


def judge(outcome, hung, qemu_status, complaint):
    panic = re.search(r'Kernel panic - not syncing: (.*)', outcome.console)
    killed_init = re.search(r'Attempted to kill init! exitcode=0x([0-9a-f]+)', outcome.console)
    if killed_init:
        outcome.init_status = int(killed_init[1], 16)
    if hung:
        outcome.how, outcome.reason = 'hung', hung
    elif panic and not (killed_init and outcome.init_status & 0xff == 0):
        # An init that exits is a panic to the kernel, but only its way of ending to us: the results tell whether it went well. One that was killed is not.
        outcome.how, outcome.reason = 'panicked', panic[1].strip()
    elif qemu_status != 0:
        outcome.how, outcome.reason = 'broken', complaint
    elif not panic and 'reboot: Power down' not in outcome.console and 'reboot: System halted' not in outcome.console:
        outcome.how, outcome.reason = 'broken', 'restarted without a word (a triple fault?)'
