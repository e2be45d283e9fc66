# SPDX-License-Identifier: Apache-2.0
import json
import os

from engine import STOP, output, quietly
from like_docker import LikeDocker


class Podman(LikeDocker):
    name = 'podman'

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
        self.own_init = ('--init', f'--init-path={self.images.init}', '--entrypoint=')

    def suite_command(self, name):
        return self.run(name, '--privileged', f'localhost/{self.images.suite_name}'), ''

    def pod(self, name, argv):
        try:
            self.ask('pod', 'create', '--name', name, '--share=pid', '--network=none', '--infra-image', self.image, '--infra-command', '/pause')
            told = self.ask('run', '--rm', '--pod', name, '--pull=never', '--entrypoint=', self.image, *argv)
            infra = json.loads(self.ask('pod', 'inspect', name))['InfraContainerID']
            self.ask('pod', 'stop', '--time', str(STOP), name)
            return told, self.inspect(infra)['State']['ExitCode']
        finally:
            quietly(*self.base, 'pod', 'rm', '--force', name, env=self.environment)
