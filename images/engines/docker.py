# SPDX-License-Identifier: Apache-2.0
import json

from engine import STOP, WithDaemon, Wrong, capabilities, output, quietly


class Docker(WithDaemon):
    name = 'docker'
    roles = ('entry point', 'own init')

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

    def ask(self, *words):
        return output(*self.base, *words)

    def command(self, name, argv, tty=False, memory=None, init=False, env=None):
        words = [*self.base, 'run', '--name', name, '--network=none', '--pull=never']
        words += ['-it'] if tty else []
        words += [f'--memory={memory}', f'--memory-swap={memory}'] if memory else []
        words += ['--init', '--entrypoint='] if init else []
        for k, v in (env or {}).items():
            words += ['--env', f'{k}={v}']
        return [*words, self.images.name, *argv]

    def kill(self, name, signo):
        self.ask('kill', '--signal', signo, name)

    def stop(self, name, container):
        self.ask('stop', '--time', str(STOP), name)

    def killed_for_memory(self, name):
        return json.loads(self.ask('inspect', name))[0]['State']['OOMKilled']

    def remove(self, name):
        quietly(*self.base, 'rm', '--force', name)

    def suite_command(self, name):
        words = [*self.base, 'run', '--name', name, '--network=none', '--pull=never']
        _, missing = capabilities()
        if not missing:
            return [*words, '--privileged', self.images.suite_name], ''
        # --privileged asks for all capabilities, and the runtime refuses where one cannot be had: everything else that it means, one by one.
        words += ['--cap-add=ALL', *(f'--cap-drop={one}' for one in missing), '--security-opt=seccomp=unconfined', '--security-opt=apparmor=unconfined',
                  '--security-opt=systempaths=unconfined', '--device-cgroup-rule=a *:* rwm', '--volume=/sys/fs/cgroup:/sys/fs/cgroup:rw']
        return [*words, self.images.suite_name], f'docker --privileged is impossible here, where {", ".join(missing)} cannot be given: with all the others'

    def pod(self, name, argv):
        try:
            self.ask('run', '--detach', '--name', f'{name}-infra', '--network=none', '--pull=never', '--entrypoint=/pause', self.images.name)
            told = self.ask('run', '--rm', f'--pid=container:{name}-infra', '--network=none', '--pull=never', '--entrypoint=', self.images.name, *argv)
            self.ask('stop', '--time', str(STOP), f'{name}-infra')
            return told, json.loads(self.ask('inspect', f'{name}-infra'))[0]['State']['ExitCode']
        finally:
            self.remove(f'{name}-infra')

    def init_version(self):
        told = self.ask('info', '--format', '{{.InitCommit.ID}} {{.InitBinary}}').strip()
        if 'unknown output format' in self.log():
            raise Wrong('dockerd cannot read the version')
        return told
