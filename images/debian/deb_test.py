#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The Debian packages: what is in them, that they are the same to the byte from two builds, that they install and leave nothing behind.

They are installed into a copy-on-write view of this machine (an overlay in a mount namespace of its own), so that the machine itself is not touched.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
import counted_tests  # noqa: E402


def output(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def deb(name, architecture='amd64'):
    return os.path.join(HERE, architecture, f'{name}.deb')


# Runs in the namespace: $1 is a folder for the overlay, $2 the script that runs inside of it.
ENTER = '''
set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o lowerdir=/,upperdir="$1/upper",workdir="$1/work" "$1/root"
mount -t proc proc "$1/root/proc"
mount --rbind /dev "$1/root/dev"
mkdir "$1/root/debs"
cp "$3" "$1/root/debs/foster.deb"
cp "$4" "$1/root/debs/foster-compat.deb"
exec chroot "$1/root" /bin/sh -ec "$2"
'''


class TestPackages(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='foster-deb-')
        self.addCleanup(shutil.rmtree, self.folder)

    def inside(self, script):
        done = subprocess.run(['unshare', '--mount', '--propagation', 'private', '--fork', '--pid', '--kill-child', 'sh', '-c', ENTER, 'sh', self.folder,
                               'export DEBIAN_FRONTEND=noninteractive; cd /\n' + script, deb('foster'), deb('foster-compat')],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if 'wrong fs type' in done.stdout or 'mount: ' in done.stdout:
            self.skipTest('no overlay over this machine\'s root: ' + done.stdout.splitlines()[0])
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def test_what_is_in_them(self):
        names = output('dpkg-deb', '-c', deb('foster'))
        for path in ('/usr/bin/foster', '/usr/share/man/man1/foster.1.gz', '/usr/share/bash-completion/completions/foster', '/usr/share/doc/foster/copyright'):
            self.assertIn(f' .{path}\n', names)
        self.assertIn(' ./usr/lib/foster/docker-init -> ../../bin/foster\n', output('dpkg-deb', '-c', deb('foster-compat')))

    def test_control(self):
        for architecture in ('amd64', 'arm64'):
            self.assertEqual(output('dpkg-deb', '-f', deb('foster', architecture), 'Package', 'Architecture').split(), ['Package:', 'foster', 'Architecture:', architecture])
        self.assertIn('tini', output('dpkg-deb', '-f', deb('foster-compat'), 'Provides'))

    def test_everything_is_root_s_and_of_no_time(self):
        for name in ('foster', 'foster-compat'):
            for line in output('dpkg-deb', '-c', deb(name), env={**os.environ, 'TZ': 'UTC'}).splitlines():
                self.assertIn(' root/root ', line)
                self.assertIn(' 2026-11-01 00:00 ', line)

    def test_the_packages_are_the_same_from_two_builds_in_two_folders(self):
        found = []
        for i, umask in ((1, 0o022), (2, 0o077)):
            folder = os.path.join(self.folder, 'x' * i)
            os.mkdir(folder)
            words = {'binary': 'init/foster', 'manual': 'docs/manual/foster.1', 'bash': 'docs/manual/foster.bash', 'zsh': 'docs/manual/_foster',
                     'fish': 'docs/manual/foster.fish', 'sbom': 'images/oci/sbom_amd64.spdx.json'}
            for key, source in words.items():
                words[key] = shutil.copyfile(os.path.join(TOP, source), os.path.join(folder, key))
                os.utime(words[key], (i * 1000000000,) * 2)
            subprocess.run([sys.executable, os.path.join(HERE, 'deb.py'), f'--out={folder}/out', '--version=1', '--architecture=amd64',
                            *(f'--{key}={value}' for key, value in words.items())], check=True, preexec_fn=lambda mask=umask: os.umask(mask))
            found.append(output('sha256sum', *(f'{name}.deb' for name in ('foster', 'foster-compat')), cwd=f'{folder}/out'))
        self.assertEqual(found[0], found[1])

    @unittest.skipUnless(os.geteuid() == 0, 'not root: packages are installed by root')
    def test_foster_installs_works_and_leaves_nothing_behind(self):
        said = self.inside('''
list() { find /usr /etc /var/lib/dpkg/info /var/lib/dpkg/alternatives -xdev 2>/dev/null | sort; }
list >/debs/before
dpkg -i /debs/foster.deb
foster --version
test "$(foster -- sh -c 'exit 7' || echo $?)" = 7
dpkg -P foster
list >/debs/after
diff /debs/before /debs/after && echo nothing is left
''')
        self.assertIn('foster 0.', said)
        self.assertIn('nothing is left', said)

    @unittest.skipUnless(os.geteuid() == 0, 'not root: packages are installed by root')
    def test_foster_compat_offers_the_names_and_takes_them_back(self):
        said = self.inside('''
for name in tini dumb-init catatonit; do dpkg -P --force-depends $name >/dev/null 2>&1 || true; done
rm -f /usr/bin/tini /usr/bin/tini-static /usr/bin/dumb-init /usr/bin/catatonit
list() { find /usr /etc /var/lib/dpkg/info /var/lib/dpkg/alternatives -xdev 2>/dev/null | sort; }
list >/debs/before
dpkg -i /debs/foster.deb /debs/foster-compat.deb
update-alternatives --display tini
tini --version; tini-static --version; dumb-init --version; catatonit --version
test "$(tini -- sh -c 'exit 3' || echo $?)" = 3
test "$(dumb-init sh -c 'exit 4' || echo $?)" = 4
test "$(/usr/lib/foster/docker-init -- sh -c 'exit 5' || echo $?)" = 5
dpkg -r --force-depends foster-compat  # something on this machine may need a tini, and be content with ours
test ! -e /usr/bin/tini -a ! -L /usr/bin/tini -a ! -L /usr/bin/tini-static -a ! -L /usr/bin/dumb-init -a ! -L /usr/bin/catatonit
dpkg -P --force-depends foster-compat foster
list >/debs/after
diff /debs/before /debs/after && echo nothing is left
''')
        self.assertEqual(said.count('\ntini version 0.'), 3, said)
        self.assertIn('\ndumb-init v1.', said)
        self.assertIn('nothing is left', said)

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which('tini'), 'not root, or tini is not installed')
    def test_foster_compat_does_not_overwrite_the_originals(self):
        said = self.inside('''
dpkg -s tini >/dev/null 2>&1 || { echo no package; exit 0; }
before=$(sha256sum </usr/bin/tini)
dpkg -i /debs/foster.deb /debs/foster-compat.deb && echo installed || true
test "$(sha256sum </usr/bin/tini)" = "$before" && echo kept
''')
        self.assertTrue('kept' in said and 'conflicting packages' in said or 'no package' in said, said)

    @unittest.skipUnless(shutil.which('lintian'), 'lintian is not installed (tools/setup engines)')
    def test_lintian_has_nothing_to_say(self):
        done = subprocess.run(['lintian', '--no-cfg', '--allow-root', '--display-info', '--fail-on', 'error,warning,info', deb('foster'), deb('foster-compat')],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotRegex(done.stdout, '(?m)^[EWI]: ')


if __name__ == '__main__':
    counted_tests.main()
