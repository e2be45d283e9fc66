# SPDX-License-Identifier: Apache-2.0
import json
import os

from engine import STOP, Engine, output, quietly


class Podman(Engine):
    name = 'podman'
    roles = ('entry point', 'own init')

    def version(self):
        return output('podman', '--version').split()[2]

    def start(self):
        conf, policy = f'{self.work}/containers.conf', f'{self.work}/policy.json'
        with open(conf, 'w') as f:
            f.write('[containers]\ndefault_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]\n[engine]\nevents_logger = "file"\n')
        with open(policy, 'w') as f:
            f.write('{"default": [{"type": "insecureAcceptAnything"}]}')
        self.environment = {**os.environ, 'CONTAINERS_CONF': conf}
        self.base = ['podman', '--root', f'{self.work}/root', '--runroot', f'{self.work}/run', '--storage-driver', 'vfs', '--runtime', 'runc',
                     '--cgroup-manager', 'cgroupfs', '--tmpdir', f'{self.work}/tmp']
        for image in (self.images.docker, self.images.suite):
            self.ask('load', '--signature-policy', policy, '--input', image)
        self.image = f'localhost/{self.images.name}'

    def ask(self, *words):
        return output(*self.base, *words, env=self.environment)

    def command(self, name, argv, tty=False, memory=None, init=False, env=None):
        words = [*self.base, 'run', '--name', name, '--network=none', '--pull=never']
        words += ['-it'] if tty else []
        words += [f'--memory={memory}', f'--memory-swap={memory}'] if memory else []
        words += ['--init', f'--init-path={self.images.init}', '--entrypoint='] if init else []
        for k, v in (env or {}).items():
            words += ['--env', f'{k}={v}']
        return [*words, self.image, *argv]

    def kill(self, name, signo):
        self.ask('kill', '--signal', signo, name)

    def stop(self, name, container):
        self.ask('stop', '--time', str(STOP), name)

    def killed_for_memory(self, name):
        return json.loads(self.ask('inspect', name))[0]['State']['OOMKilled']

    def remove(self, name):
        quietly(*self.base, 'rm', '--force', name, env=self.environment)

    def suite_command(self, name):
        return [*self.base, 'run', '--name', name, '--privileged', '--network=none', '--pull=never', f'localhost/{self.images.suite_name}'], ''

    def pod(self, name, argv):
        try:
            self.ask('pod', 'create', '--name', name, '--share=pid', '--network=none', '--infra-image', self.image, '--infra-command', '/pause')
            told = self.ask('run', '--rm', '--pod', name, '--pull=never', '--entrypoint=', self.image, *argv)
            infra = json.loads(self.ask('pod', 'inspect', name))['InfraContainerID']
            self.ask('pod', 'stop', '--time', str(STOP), name)
            return told, json.loads(self.ask('inspect', infra))[0]['State']['ExitCode']
        finally:
            quietly(*self.base, 'pod', 'rm', '--force', name, env=self.environment)
