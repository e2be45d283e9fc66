#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The images: what is in them, that tools which know nothing of them accept them, and that they are the same to the byte wherever they are built."""
import gzip
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import counted_tests  # noqa: E402

IMAGE = os.path.join(HERE, 'foster.tar')
DOCKER = os.path.join(HERE, 'foster.docker.tar')
SUITE = os.path.join(HERE, 'kernel_suite.tar')
TOP = os.path.dirname(os.path.dirname(HERE))
NAMES = ['tini', 'tini-static', 'docker-init', 'dumb-init', 'catatonit', 'pause']


def run(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def needs(program):
    return unittest.skipUnless(shutil.which(program), f'{program} is not installed')


class Layout:
    def __init__(self, path):
        with tarfile.open(path) as tar:
            self.files = {m.name: tar.extractfile(m).read() for m in tar if m.isfile()}
            self.members = tar.getmembers()

    def blob(self, descriptor):
        data = self.files['blobs/' + descriptor['digest'].replace(':', '/')]
        assert len(data) == descriptor['size'] and 'sha256:' + hashlib.sha256(data).hexdigest() == descriptor['digest'], descriptor
        return data

    def top(self):
        return json.loads(self.files['index.json'])['manifests'][0]

    def manifests(self):
        document = json.loads(self.blob(self.top()))
        return {m['platform']['architecture']: json.loads(self.blob(m)) for m in document['manifests']} if 'manifests' in document else {'': document}


class TestImage(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='foster-oci-')
        self.addCleanup(shutil.rmtree, self.folder)

    def layer(self, layout, manifest):
        path = os.path.join(self.folder, 'layer')
        with open(path, 'wb') as f:
            f.write(layout.blob(manifest['layers'][0]))
        return tarfile.open(path)

    def test_every_blob_is_what_its_name_says_and_none_is_left_over(self):
        layout = Layout(IMAGE)
        named = {layout.top()['digest']}
        for manifest in layout.manifests().values():
            for descriptor in [manifest['config'], *manifest['layers']]:
                layout.blob(descriptor)
                named.add(descriptor['digest'])
        named |= {m['digest'] for m in json.loads(layout.blob(layout.top()))['manifests']}
        blobs = {name: data for name, data in layout.files.items() if name.startswith('blobs/sha256/')}
        for name, data in blobs.items():
            self.assertEqual(name[13:], hashlib.sha256(data).hexdigest())
        self.assertEqual({'sha256:' + name[13:] for name in blobs}, named)

    def test_one_index_has_both_platforms(self):
        self.assertEqual(sorted(Layout(IMAGE).manifests()), ['amd64', 'arm64'])

    def test_the_binaries_are_of_their_platforms(self):
        machines = {'amd64': 62, 'arm64': 183}  # EM_X86_64, EM_AARCH64
        layout = Layout(IMAGE)
        for architecture, manifest in layout.manifests().items():
            with self.layer(layout, manifest) as tar:
                elf = tar.extractfile('foster').read(20)
            self.assertEqual(int.from_bytes(elf[18:20], 'little'), machines[architecture])

    def test_nothing_shows_who_built_it_or_when(self):
        layout = Layout(IMAGE)
        for manifest in layout.manifests().values():
            with self.layer(layout, manifest) as tar:
                names = tar.getnames()
                self.assertEqual(names, sorted(names))
                for member in tar:
                    self.assertEqual((member.uid, member.gid, member.uname, member.gname, member.mtime), (0, 0, '', '', 0), member.name)
        for member in layout.members:
            self.assertEqual((member.uid, member.gid, member.mtime), (0, 0, 0), member.name)

    def test_labels_and_entry_point(self):
        layout = Layout(IMAGE)
        with open(os.path.join(TOP, 'init', 'version.h')) as f:
            version = f.read().split('kVersion[] = "')[1].split('"')[0]
        for manifest in layout.manifests().values():
            config = json.loads(layout.blob(manifest['config']))
            self.assertEqual(config['config']['Entrypoint'], ['/foster', '--'])
            labels = config['config']['Labels']
            self.assertEqual(labels['org.opencontainers.image.version'], version)
            self.assertEqual(labels['org.opencontainers.image.licenses'], 'Apache-2.0')
            self.assertEqual(labels, manifest['annotations'])

    def test_the_digest_is_the_same_from_two_builds_in_two_folders(self):
        sums = []
        for i, umask in ((1, 0o022), (2, 0o077)):
            folder = os.path.join(self.folder, f'somewhere{i}', 'else' * i)
            os.makedirs(folder)
            for source in ('images/oci/oci.py', 'init/foster', 'init/foster_arm64', 'LICENSE'):
                copy = os.path.join(folder, os.path.basename(source))
                shutil.copyfile(os.path.join(TOP, source), copy)
                os.utime(copy, (i * 1000000000, i * 1000000000))
            digest = run(sys.executable, 'oci.py', '--out=a.tar', '--docker=b.tar', '--name=foster', '--tag=1', '--label=a=b', '--entrypoint=/foster',
                         '--platform=amd64', 'file:/foster=foster', 'file:/usr/share/licence=LICENSE:0644', 'link:/tini=foster',
                         '--platform=arm64', 'file:/foster=foster_arm64', cwd=folder, env={'PATH': os.environ['PATH'], 'TZ': f'UTC{i}', 'LC_ALL': 'C'},
                         preexec_fn=lambda mask=umask: os.umask(mask))
            with open(os.path.join(folder, 'a.tar'), 'rb') as a, open(os.path.join(folder, 'b.tar'), 'rb') as b:
                sums.append((digest, hashlib.sha256(a.read()).hexdigest(), hashlib.sha256(b.read()).hexdigest()))
        self.assertEqual(sums[0], sums[1])

    def test_another_input_makes_another_digest(self):
        digests = []
        for text in ('a', 'b'):
            with open(os.path.join(self.folder, 'input'), 'w') as f:
                f.write(text)
            digests.append(run(sys.executable, os.path.join(HERE, 'oci.py'), f'--out={self.folder}/out.tar', '--name=x', '--tag=1', '--platform=amd64',
                               f'file:/x={self.folder}/input'))
        self.assertNotEqual(*digests)

    @needs('skopeo')
    def test_skopeo_reads_and_copies_it(self):
        for architecture in ('amd64', 'arm64'):
            told = json.loads(run('skopeo', f'--override-arch={architecture}', '--override-os=linux', 'inspect', f'oci-archive:{IMAGE}'))
            self.assertEqual(told['Architecture'], architecture)
        self.assertEqual(told['Labels']['org.opencontainers.image.title'], 'foster')
        run('skopeo', '--insecure-policy', 'copy', '--quiet', '--all', f'oci-archive:{IMAGE}', f'oci:{self.folder}/layout:copied')
        with open(f'{self.folder}/layout/index.json') as f:
            self.assertEqual(json.load(f)['manifests'][0]['digest'], Layout(IMAGE).top()['digest'])

    @needs('skopeo')
    def test_skopeo_reads_what_docker_load_reads(self):
        told = json.loads(run('skopeo', 'inspect', f'docker-archive:{DOCKER}'))
        self.assertEqual(told['Labels']['org.opencontainers.image.title'], 'foster')

    @needs('skopeo')
    @needs('umoci')
    @unittest.skipUnless(os.geteuid() == 0, 'not root: umoci keeps owners, and chroot needs it')
    def test_umoci_unpacks_it_and_the_names_answer(self):
        here = {'x86_64': 'amd64', 'aarch64': 'arm64'}[platform.machine()]
        run('skopeo', '--insecure-policy', f'--override-arch={here}', 'copy', '--quiet', f'oci-archive:{IMAGE}', f'oci:{self.folder}/layout:one')
        run('umoci', 'unpack', '--image', f'{self.folder}/layout:one', f'{self.folder}/bundle')
        root = f'{self.folder}/bundle/rootfs'
        self.assertEqual(os.stat(f'{root}/foster').st_mode & 0o7777, 0o755)
        self.assertTrue(run('chroot', root, '/foster', '--version').startswith('foster '))
        for name in NAMES:
            self.assertTrue(run('chroot', root, f'/{name}', '-v' if name == 'pause' else '-h'), name)
        self.assertTrue(run('chroot', root, '/docker-init', '--version').startswith('tini version '))
        self.assertEqual(subprocess.run(['chroot', root, '/foster', '--', '/foster', '--', '/nothing'], stderr=subprocess.DEVNULL, check=False).returncode, 127)

    def test_the_sbom_names_what_is_linked_in(self):
        with open(os.path.join(HERE, 'sbom_amd64.spdx.json')) as f:
            document = json.load(f)
        self.assertEqual(document['spdxVersion'], 'SPDX-2.3')
        by_name = {p['name']: p for p in document['packages']}
        with open(os.path.join(TOP, 'init', 'foster'), 'rb') as f:
            self.assertEqual(by_name['foster']['checksums'][0]['checksumValue'], hashlib.sha256(f.read()).hexdigest())
        ids = {p['SPDXID'] for p in document['packages']} | {'SPDXRef-DOCUMENT'}
        for one in document['relationships']:
            self.assertLessEqual({one['spdxElementId'], one['relatedSpdxElement']}, ids)
        # The versions are those of the pinned sources, and of the packages that are compiled and linked with.
        with open(os.path.join(TOP, 'third_party', 'sources.txt')) as f:
            pinned = f.read()
        self.assertIn(f"abseil_{by_name['abseil-cpp']['versionInfo']}.orig", pinned)
        self.assertIn(f"llvm-toolchain-16_{by_name['libc++']['versionInfo']}.orig", pinned)
        for package, name in (('musl-dev', 'musl'), ('libgcc-12-dev', 'libgcc')):
            version = subprocess.run(['dpkg-query', '-W', '-f', '${Version}', package], stdout=subprocess.PIPE, text=True, check=False).stdout
            self.assertTrue(version.startswith(by_name[name]['versionInfo'] + '-'), f'{package} is {version}')

    def test_the_suite_is_an_image_with_the_suite_as_its_command(self):
        layout = Layout(SUITE)
        (manifest,) = layout.manifests().values()
        self.assertEqual(json.loads(layout.blob(manifest['config']))['config']['Cmd'], ['/kernel_suite'])
        with self.layer(layout, manifest) as tar:
            self.assertIn('kernel_suite', tar.getnames())

    @needs('busybox')
    def test_the_initramfs_starts_foster_as_init(self):
        with gzip.open(os.path.join(HERE, 'foster.cpio.gz')) as f:
            data = f.read()
        names = subprocess.run(['busybox', 'cpio', '-t'], input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout.decode().split()
        self.assertLessEqual({'foster', 'init', 'dev/console', 'proc', 'sys', 'tmp'}, set(names))


if __name__ == '__main__':
    counted_tests.main()
