# SPDX-License-Identifier: Apache-2.0
"""The client's words that docker and podman share. Whoever is such an engine sets `base` (the words in front), `image`, and `own_init` (those for its own init)."""
import json

from engine import STOP, Engine, output, quietly


class LikeDocker(Engine):
    roles = ('entry point', 'own init')
    base = ()
    image = ''
    own_init = ('--init', '--entrypoint=')

    def ask(self, *words):
        return output(*self.base, *words, env=self.environment)

    def inspect(self, name):
        return json.loads(self.ask('inspect', name))[0]

    def run(self, name, *words):
        return [*self.base, 'run', '--name', name, '--network=none', '--pull=never', *words]

    def command(self, name, argv, tty=False, memory=None, init=False, env=None):
        words = ['-it'] if tty else []
        words += [f'--memory={memory}', f'--memory-swap={memory}'] if memory else []
        words += self.own_init if init else []
        for k, v in (env or {}).items():
            words += ['--env', f'{k}={v}']
        return self.run(name, *words, self.image, *argv)

    def kill(self, name, signo):
        self.ask('kill', '--signal', signo, name)

    def stop(self, name, container):
        self.ask('stop', '--time', str(STOP), name)

    def killed_for_memory(self, name):
        return self.inspect(name)['State']['OOMKilled']

    def remove(self, name):
        quietly(*self.base, 'rm', '--force', name, env=self.environment)
