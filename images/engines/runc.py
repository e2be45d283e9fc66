# SPDX-License-Identifier: Apache-2.0
import copy
import json
import os

from engine import Engine, capabilities, output, quietly


class Bundle:
    """An image as a root file system and a configuration. `source`: as skopeo names it, for example oci-archive:FILE."""

    def __init__(self, source, folder):
        os.makedirs(folder, exist_ok=True)
        output('skopeo', '--insecure-policy', 'copy', '--quiet', source, f'oci:{folder}/layout:one')
        output('umoci', 'unpack', '--image', f'{folder}/layout:one', f'{folder}/unpacked')
        with open(f'{folder}/unpacked/config.json') as f:
            self.spec = json.load(f)
        self.spec['root'] = {'path': f'{folder}/unpacked/rootfs', 'readonly': False}
        self.spec['process'].pop('rlimits', None)
        self.spec['linux']['namespaces'] = [{'type': t} for t in ('pid', 'mount', 'ipc', 'uts', 'network')]
        self.spec['linux'].pop('uidMappings', None)
        self.spec['linux'].pop('gidMappings', None)

    def write(self, folder, change):
        """The bundle's configuration in a folder of its own, after `change` was applied to it."""
        spec = copy.deepcopy(self.spec)
        change(spec)
        os.makedirs(folder)
        with open(f'{folder}/config.json', 'w') as f:
            json.dump(spec, f)
        return folder


class Runc(Engine):
    name = 'runc'
    runtime = ['runc']

    def version(self):
        return output(self.runtime[0], '--version').split()[2]

    def start(self):
        self.bundle = Bundle(f'oci-archive:{self.images.oci}', self.work)

    def run(self, name, bundle, change):
        return [*self.runtime, '--root', f'{self.work}/state', 'run', '--bundle', bundle.write(f'{self.work}/{name}', change), name]

    def command(self, name, argv, tty=False, memory=None, init=False, env=None):
        def change(spec):
            spec['root']['readonly'] = True
            spec['process'].update({'args': ['/foster', '--', *argv], 'terminal': tty})
            spec['process']['env'] += [f'{k}={v}' for k, v in (env or {}).items()]
            if memory:
                spec['linux'].setdefault('resources', {})['memory'] = {'limit': memory, 'swap': memory}
        return self.run(name, self.bundle, change)

    def kill(self, name, signo):
        output(*self.runtime, '--root', f'{self.work}/state', 'kill', name, signo)

    def remove(self, name):
        quietly(*self.runtime, '--root', f'{self.work}/state', 'delete', '--force', name)

    def suite_command(self, name):
        """As podman and docker make a privileged container: all capabilities, nothing masked, everything writable."""
        have, _ = capabilities()

        def change(spec):
            spec['process']['capabilities'] = {kind: have for kind in ('bounding', 'effective', 'permitted')}
            spec['process'].update({'noNewPrivileges': False, 'terminal': False})
            spec['linux'].pop('maskedPaths', None)
            spec['linux'].pop('readonlyPaths', None)
            spec['linux'].pop('seccomp', None)
            spec['linux']['resources'] = {'devices': [{'allow': True, 'access': 'rwm'}]}
            for mount in spec['mounts']:
                mount['options'] = [o for o in mount.get('options', []) if o != 'ro']
        return self.run(name, Bundle(f'docker-archive:{self.images.suite}', f'{self.work}/suite'), change), ''
