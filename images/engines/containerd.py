# SPDX-License-Identifier: Apache-2.0
from engine import WithDaemon, capabilities, output, quietly


class Containerd(WithDaemon):
    name = 'containerd'

    def version(self):
        return output('containerd', '--version').split()[2]

    def start(self):
        config = f'{self.work}/config.toml'
        with open(config, 'w') as f:
            f.write(f'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\nroot = "{self.work}/root"\nstate = "{self.work}/state"\n'
                    f'[grpc]\n  address = "{self.work}/containerd.sock"\n[ttrpc]\n  address = "{self.work}/containerd.sock.ttrpc"\n')
        self.base = ['ctr', '--address', f'{self.work}/containerd.sock']
        self.start_daemon(['containerd', '--config', config], [*self.base, 'version'])
        self.ask('images', 'import', '--snapshotter', 'native', self.images.oci)
        # ctr takes an archive's annotation for the image's name, a docker-archive's tag needs a registry before it.
        self.ask('images', 'import', '--snapshotter', 'native', self.images.suite)

    def ask(self, *words):
        return output(*self.base, *words)

    def command(self, name, argv, tty=False, memory=None, init=False, env=None):
        words = [*self.base, 'run', '--rm', '--snapshotter', 'native']
        words += ['--tty'] if tty else []
        words += ['--memory-limit', str(memory)] if memory else []
        for k, v in (env or {}).items():
            words += ['--env', f'{k}={v}']
        return [*words, self.images.name, name, '/foster', '--', *argv]

    def kill(self, name, signo):
        self.ask('task', 'kill', '--signal', 'SIG' + signo, name)

    def remove(self, name):
        quietly(*self.base, 'task', 'rm', '--force', name)
        quietly(*self.base, 'container', 'rm', name)

    def suite_command(self, name):
        have, missing = capabilities()
        words = [*self.base, 'run', '--rm', '--snapshotter', 'native']
        if not missing:
            return [*words, '--privileged', f'docker.io/library/{self.images.suite_name}', name], ''
        for one in have:
            words += ['--cap-add', one]
        return [*words, f'docker.io/library/{self.images.suite_name}', name], f'ctr --privileged is impossible here, where {", ".join(missing)} cannot be given: with all the others'
