# SPDX-License-Identifier: Apache-2.0
"""What differs between the architectures of the machines: the emulator and its ports, where Bazel puts their programs, what brings tools into them."""
import dataclasses
import os
import platform
import shutil


@dataclasses.dataclass(frozen=True)
class Architecture:
    name: str  # as Debian calls it
    machine: str  # as the kernel calls it
    qemu: str
    package: str  # that has the emulator
    board: tuple  # words for the emulator
    serial: tuple  # how it makes the console and the two other ports, {} being the channel's name
    console: str
    ports: dict  # the guest's names of the other two
    kernel_words: tuple = ()
    user: tuple = ()  # in front of one of its programs, to run it on this machine
    tools: str = '/bin'  # where its static busybox and shell are; below the cache where that is no absolute path
    tools_from: str = ''  # what puts them there
    shell: str = ''  # a static bash among them
    room: str = ''  # where its programs are built, all beside one another; '' for each at its own place
    suffix: str = ''  # of foster's own name
    group: str = 'build'  # of tools/packages.txt
    python: bool = False  # whether this machine's Python and tools run there

    def built(self, folder, inside):
        """The program that is at `inside` in the guest and in Bazel's runfiles."""
        if inside == 'init/foster':
            return os.path.join(folder, inside + self.suffix)
        return os.path.join(folder, self.room, os.path.basename(inside)) if self.room else os.path.join(folder, inside)

    def target(self, inside):
        """Its Bazel label."""
        return '//' + ':'.join(os.path.split(self.built('', inside)))

    def tool(self, name):
        folder = self.tools
        if not os.path.isabs(folder):
            cache = os.environ.get('FOSTER_CACHE') or os.path.join(os.environ.get('XDG_CACHE_HOME') or os.path.join(os.environ.get('HOME') or '/root', '.cache'), 'foster')
            folder = os.path.join(cache, folder)
        return os.path.join(folder, name)

    def run_here(self):
        return () if platform.machine() == self.machine else self.user

    def missing(self):
        """Why no machine of it can be had here, or ''."""
        if not shutil.which(self.qemu):
            return f'{self.qemu} is not installed (package {self.package})'
        if not os.access(self.tool('busybox'), os.X_OK):
            return f'{self.tool("busybox")} is not there ({self.tools_from})'
        run_here = self.run_here()
        if run_here and not shutil.which(run_here[0]):
            return f'{run_here[0]} is not installed (package qemu-user-static)'
        return ''


# One thread for all processors: a kernel patches itself while it runs (static keys: the clock, cpusets), and emulated processors that really run at the
# same time do not survive that every time (Oops: int3, or a processor that never gets past the patched place). That is x86's way of patching.
AMD64 = Architecture(
    name='amd64', machine='x86_64', qemu='qemu-system-x86_64', package='qemu-system-x86', board=('-machine', 'q35', '-accel', 'tcg,thread=single', '-cpu', 'max'),
    serial=(('-serial', 'chardev:{}'),) * 3, console='ttyS0', ports={'results': '/dev/ttyS1', 'files': '/dev/ttyS2'}, kernel_words=('tsc=reliable',),
    tools_from='package busybox-static', python=True)

# The board has one port of its own. The algorithm of pointer authentication that is quick to emulate: the architecture's own takes half of the machine's time.
ARM64 = Architecture(
    name='arm64', machine='aarch64', qemu='qemu-system-aarch64', package='qemu-system-arm', board=('-machine', 'virt', '-cpu', 'max,pauth-impdef=on'),
    serial=(('-serial', 'chardev:{}'),) + (('-device', 'pci-serial,chardev={}'),) * 2, console='ttyAMA0', ports={'results': '/dev/ttyS0', 'files': '/dev/ttyS1'},
    user=('qemu-aarch64-static',), tools='arm64', tools_from='tools/setup arm64', shell='bash', room='images/arm64/suites', suffix='_arm64', group='arm64')

ALL = {one.name: one for one in (AMD64, ARM64)}
