# SPDX-License-Identifier: Apache-2.0
from engine import STOP, WithDaemon, Wrong, capabilities, output
from like_docker import LikeDocker


class Docker(LikeDocker, WithDaemon):
    name = 'docker'

    def version(self):
        return output('/usr/sbin/dockerd', '--version').split()[2].rstrip(',')

    def start(self):
        socket = f'unix://{self.work}/docker.sock'
        with open(f'{self.work}/none.json', 'w') as f:  # not the machine's own configuration
            f.write('{}')
        self.base = ['/usr/bin/docker', '-H', socket]
        self.start_daemon(['/usr/sbin/dockerd', '--bridge=none', '--iptables=false', '--ip6tables=false', '--storage-driver=vfs', '-H', socket,
                           f'--data-root={self.work}/data', f'--exec-root={self.work}/exec', f'--pidfile={self.work}/pid',
                           f'--init-path={self.images.init}', f'--config-file={self.work}/none.json'], [*self.base, 'version'])
        for image in (self.images.docker, self.images.suite):
            self.ask('load', '--input', image)
        self.image = self.images.name

    def suite_command(self, name):
        _, missing = capabilities()
        if not missing:
            return self.run(name, '--privileged', self.images.suite_name), ''
        # --privileged asks for all capabilities, and the runtime refuses where one cannot be had: everything else that it means, one by one.
        words = ['--cap-add=ALL', *(f'--cap-drop={one}' for one in missing), '--security-opt=seccomp=unconfined', '--security-opt=apparmor=unconfined',
                 '--security-opt=systempaths=unconfined', '--device-cgroup-rule=a *:* rwm', '--volume=/sys/fs/cgroup:/sys/fs/cgroup:rw']
        return self.run(name, *words, self.images.suite_name), f'docker --privileged is impossible here, where {", ".join(missing)} cannot be given: with all the others'

    def pod(self, name, argv):
        try:
            self.ask('run', '--detach', '--name', f'{name}-infra', '--network=none', '--pull=never', '--entrypoint=/pause', self.image)
            told = self.ask('run', '--rm', f'--pid=container:{name}-infra', '--network=none', '--pull=never', '--entrypoint=', self.image, *argv)
            self.ask('stop', '--time', str(STOP), f'{name}-infra')
            return told, self.inspect(f'{name}-infra')['State']['ExitCode']
        finally:
            self.remove(f'{name}-infra')

    def init_version(self):
        told = self.ask('info', '--format', '{{.InitCommit.ID}} {{.InitBinary}}').strip()
        if 'unknown output format' in self.log():
            raise Wrong('dockerd cannot read the version')
        return told
