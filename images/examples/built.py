# SPDX-License-Identifier: Apache-2.0
"""Builds the examples' Dockerfiles with buildah and runs the images under runc, as docker would run them. No daemon; nothing of the machine's own images or settings is used."""
import json
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'engines'))
from engine import Cannot, Images, Wrong, output  # noqa: E402,F401
from runc import Bundle, Runc  # noqa: E402

# What docker gives a container that asks for nothing.
CAPABILITIES = ['CAP_' + name for name in 'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split()]
LONG = 1800  # seconds; a package that is installed comes over a network


def missing():
    """Why nothing can be built here, or None."""
    if os.geteuid() != 0:
        return 'not root: buildah and runc need it here'
    for program in ('buildah', 'skopeo', 'umoci', 'runc'):
        if not shutil.which(program):
            return f'{program} is not installed'
    return None


class Store:
    """buildah's images, in a folder of its own. `foster`: the docker-archive of foster's image, from which the Dockerfiles copy the binary."""

    def __init__(self, folder, foster):
        self.folder = folder
        self.base = ['buildah', '--storage-driver', 'vfs', '--root', f'{folder}/store', '--runroot', f'{folder}/run']
        self.policy = f'{folder}/policy.json'
        with open(self.policy, 'w') as f:
            json.dump({'default': [{'type': 'insecureAcceptAnything'}]}, f)
        output(*self.base, 'pull', '--signature-policy', self.policy, f'docker-archive:{foster}')

    def build(self, name, folder, dockerfile='Dockerfile'):
        output(*self.base, 'bud', '--isolation', 'chroot', '--signature-policy', self.policy, '--pull-never', '--file', os.path.join(folder, dockerfile),
               '--tag', name, folder, patience=LONG)

    def add_base(self, name, root):
        """An image of what is in the folder `root`, or in the tar file of that name, under the name that Dockerfiles start from."""
        context = root if os.path.isdir(root) else os.path.dirname(root)
        what = '.' if os.path.isdir(root) else os.path.basename(root)
        with open(f'{self.folder}/Base', 'w') as f:
            f.write(f'FROM scratch\nADD {what} /\nENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n')
        self.build(name, context, f'{self.folder}/Base')

    def build_example(self, example):
        # A copy: links, as which Bazel hands files to its tests, lead out of what buildah may read.
        self.build(f'example-{example}', shutil.copytree(os.path.join(HERE, example), f'{self.folder}/context-{example}'))

    def export(self, name):
        """The image as a docker-archive; its path."""
        path = f'{self.folder}/{name}.tar'
        output(*self.base, 'push', '--signature-policy', self.policy, '--quiet', name, f'docker-archive:{path}:{name}:1', patience=LONG)
        return path

    def forget(self, name):
        output(*self.base, 'rmi', '--force', name)


class Built(Runc):
    """An engine for one image: what its ENTRYPOINT and CMD say runs, with the capabilities and the network of a container that asks for nothing."""
    name = 'built'

    def __init__(self, work, archive):
        super().__init__(work, None)
        self.archive = archive

    def start(self):
        self.bundle = Bundle(f'docker-archive:{self.archive}', self.work)
        os.makedirs(f'{self.work}/unpacked/rootfs/etc', exist_ok=True)
        with open(f'{self.work}/unpacked/rootfs/etc/hosts', 'w') as f:  # engines write it
            f.write('127.0.0.1 localhost\n')

    def command(self, name, argv, tty=False, memory=None, init=False, env=None):
        """`argv`: in the place of CMD, as after an image's name on docker's command line; [] for what the image says."""
        def change(spec):
            entry = self.config()['Entrypoint']
            spec['process'].update({'terminal': False, 'noNewPrivileges': False,
                                    'args': [*entry, *(argv or self.config()['Cmd'])],
                                    'capabilities': {kind: CAPABILITIES for kind in ('bounding', 'effective', 'permitted')}})
            spec['mounts'] = [m for m in spec['mounts'] if m['destination'] != '/sys/fs/cgroup']
        return self.run(name, self.bundle, change)

    def config(self):
        return json.loads(output('skopeo', 'inspect', '--config', f'docker-archive:{self.archive}'))['config']

    def inside(self, name, *words, user='0:0'):
        """What the words print as another process of the container; Cannot where they fail."""
        return output(*self.runtime, '--root', f'{self.work}/state', 'exec', '--user', user, name, *words)
