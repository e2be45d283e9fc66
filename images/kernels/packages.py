# SPDX-License-Identifier: Apache-2.0
"""The kernels that Debian offers, by package name: found, fetched, verified and unpacked into a cache, never installed.

apt does the fetching, with a configuration and lists of its own in the cache: the user's apt is not touched. apt checks the signature of each release
against Debian's keyring and each package against the release's index.
"""
import functools
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import time

# A release and where it lives on a mirror. Packages of a security archive count as the release's own. The newer ones are there for their newer kernels.
FAMILIES = {
    'bullseye': ('bullseye', 'bullseye-security'),
    'bookworm': ('bookworm', 'bookworm-security', 'bookworm-backports'),
    'trixie': ('trixie', 'trixie-security', 'trixie-backports'),
    'forky': ('forky',),
    'sid': ('sid',),
    'experimental': ('experimental',),
}
KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
PACKAGE = r'linux-(?:image|binary)-(\d+\.\d+)[^ ]*-cloud-'  # and the architecture
LISTS_LAST_DAYS = 3
# Of these the oldest point release is looked at as well: stable series change.
OLDEST_TOO = ('bullseye-5.10',)


class Unavailable(Exception):
    """A kernel cannot be had here. The text says why."""


def cache_folder():
    base = os.environ.get('FOSTER_CACHE')
    if not base:
        home = os.environ.get('HOME') or '/root'
        base = os.path.join(os.environ.get('XDG_CACHE_HOME') or os.path.join(home, '.cache'), 'foster')
    return os.path.join(base, 'kernels')


def sha256(path):
    digest = hashlib.sha256()
    with open(path, 'rb') as f:
        for block in iter(lambda: f.read(1 << 20), b''):
            digest.update(block)
    return digest.hexdigest()


def newest_last(versions):
    """Sorted as dpkg sorts versions."""
    def compare(a, b):
        return -1 if subprocess.run(['dpkg', '--compare-versions', a['version'], 'lt', b['version']]).returncode == 0 else 1
    return sorted(versions, key=functools.cmp_to_key(compare))


class Apt:
    """apt with its state in the cache, for one family of releases."""

    def __init__(self, family, architecture):
        self.family, self.architecture = family, architecture
        self.folder = os.path.join(cache_folder(), 'apt', family if architecture == 'amd64' else f'{family}-{architecture}')

    def _options(self):
        d = self.folder
        return ['-o', f'Dir::Etc::SourceList={d}/sources.list', '-o', 'Dir::Etc::SourceParts=/dev/null', '-o', f'Dir::State::Lists={d}/lists',
                '-o', f'Dir::State::status={d}/status', '-o', f'Dir::Cache={d}', '-o', 'APT::Sandbox::User=', '-o', 'Debug::NoLocking=true',
                '-o', 'Acquire::Languages=none', '-o', 'Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false',
                '-o', f'APT::Architecture={self.architecture}', '-o', f'APT::Architectures={self.architecture}', '-o', 'Acquire::Retries=2', '-o', 'APT::Update::Post-Invoke-Success=', '-qq']

    def _run(self, program, *words, cwd=None):
        try:
            return subprocess.run([program, *self._options(), *words], cwd=cwd, capture_output=True, text=True)
        except FileNotFoundError:
            raise Unavailable(f'this is no Debian machine (no {program}); boot a kernel of your own with --kernel=FILE')

    def refresh(self, force=False):
        """Reads the releases' indices where the cached ones are missing or old. Tells of failure only where there is nothing to go by."""
        offers = os.path.join(self.folder, 'offers.json')
        if not force and os.path.exists(offers) and time.time() - os.path.getmtime(offers) < LISTS_LAST_DAYS * 86400:
            return
        os.makedirs(os.path.join(self.folder, 'lists', 'partial'), exist_ok=True)
        os.makedirs(os.path.join(self.folder, 'archives', 'partial'), exist_ok=True)
        open(os.path.join(self.folder, 'status'), 'a').close()
        main, security = mirrors()
        with open(os.path.join(self.folder, 'sources.list'), 'w') as f:
            for suite in FAMILIES[self.family]:
                f.write(f'deb [arch={self.architecture} signed-by={KEYRING}] {security if suite.endswith("-security") else main} {suite} main\n')
        run = self._run('apt-get', 'update')
        if not self._indices():
            reason = (run.stderr.strip().splitlines() or ['no answer'])[-1]
            raise Unavailable(f'cannot read the package lists of {self.family}: {reason}')
        read = self._read_offers()
        with open(f'{offers}.{os.getpid()}', 'w') as f:
            json.dump(read, f, indent=1)
        os.replace(f.name, offers)

    def _indices(self):
        return glob.glob(os.path.join(self.folder, 'lists', '*_Packages*'))

    def offered(self):
        """Every kernel image of the family: dicts of package, version, release, series, sha256. After refresh()."""
        with open(os.path.join(self.folder, 'offers.json')) as f:
            return json.load(f)

    def _read_offers(self):
        run = self._run('apt-get', 'indextargets', '--format', '$(RELEASE) $(FILENAME)', 'Created-By: Packages')
        found = []
        for line in run.stdout.splitlines():
            release, path = line.split(' ', 1)
            for entry in self._entries(path):
                match = re.fullmatch(PACKAGE + self.architecture, entry.get('Package', ''))
                # A binary package of a few kilobytes is the frame of a split package: the image is elsewhere.
                if match and int(entry['Size']) > 1 << 20:
                    found.append({'family': self.family, 'release': release, 'series': match[1], 'package': entry['Package'],
                                  'version': entry['Version'], 'sha256': entry['SHA256']})
        return found

    @staticmethod
    def _entries(path):
        text = subprocess.run(['/usr/lib/apt/apt-helper', 'cat-file', path], capture_output=True, text=True).stdout
        # Looking at every paragraph of a release takes long in Python: only those that begin as a kernel image does.
        for match in re.finditer(r'^Package: linux-(?:image|binary)-.*?(?:\n\n|\Z)', text, re.M | re.S):
            yield dict(re.findall(r'^(Package|Version|Size|SHA256): (.*)$', match[0], re.M))

    def download(self, offer, folder):
        run = self._run('apt-get', 'download', f'{offer["package"]}={offer["version"]}', cwd=folder)
        files = glob.glob(os.path.join(folder, '*.deb'))
        if run.returncode != 0 or len(files) != 1:
            reason = (run.stderr.strip().splitlines() or ['no answer'])[-1]
            raise Unavailable(f'cannot fetch {offer["package"]}: {reason}')
        if sha256(files[0]) != offer['sha256']:
            raise Unavailable(f'{offer["package"]}: not the file that the release\'s index names (sha256 differs)')
        return files[0]


def mirrors():
    """Where this machine gets Debian and its security updates from."""
    main, security = 'http://deb.debian.org/debian', 'http://deb.debian.org/debian-security'
    run = subprocess.run(['apt-get', 'indextargets', '--format', '$(ORIGIN)|$(REPO_URI)|$(LABEL)', 'Created-By: Packages'], capture_output=True, text=True)
    for line in run.stdout.splitlines():
        origin, uri, label = line.split('|')
        if origin == 'Debian' and label == 'Debian':
            main = uri
        elif origin == 'Debian' and label == 'Debian-Security':
            security = uri
    return main.rstrip('/'), security.rstrip('/')


def name_of(offer):
    return f'{offer["family"]}-{offer["series"]}'


def exact_name(offer):
    """bullseye-5.10.218, for a version that is not its series's newest."""
    return f'{offer["family"]}-{offer["version"].split("-")[0]}'


def architecture_of(offer):
    return offer['package'].rpartition('-')[2]


def cached(architecture='amd64'):
    """Kernels that are unpacked here: name -> manifest, the newest of each name."""
    found = {}
    for path in glob.glob(os.path.join(cache_folder(), '*', 'kernel.json')):
        with open(path) as f:
            manifest = json.load(f)
        if architecture_of(manifest) != architecture:
            continue
        manifest['folder'] = os.path.dirname(path)
        found.setdefault(name_of(manifest), []).append(manifest)
    there = {}
    for name, manifests in found.items():
        *older, newest = newest_last(manifests)
        there[name] = newest
        there.update({exact_name(manifest): manifest for manifest in older})
    return there


def catalogue(families=None, update=False, tell=lambda text: None, architecture='amd64'):
    """name -> the newest package of each series in each release family. What cannot be read is told; what is cached is always there."""
    newest = {}
    for family in families or FAMILIES:
        try:
            apt = Apt(family, architecture)
            apt.refresh(update)
            by_name = {}
            for offer in apt.offered():
                by_name.setdefault(name_of(offer), []).append(offer)
            for name, offers in by_name.items():
                *older, best = newest_last(offers)
                newest[name] = dict(best, older=older[:-3:-1])
                if name in OLDEST_TOO and older:
                    newest[exact_name(older[0])] = older[0]
        except Unavailable as e:
            tell(str(e))
    for name, manifest in cached(architecture).items():
        # Other versions of the same series stay in the cache; they have to be asked for by name.
        if name == name_of(manifest) and (families is None or manifest['family'] in families):
            newest.setdefault(name, manifest)
    return dict(sorted(newest.items(), key=lambda item: ([int(n) for n in item[1]['series'].split('.')], list(FAMILIES).index(item[1]['family']))))


def find_package(name, families=None, architecture='amd64'):
    """The newest offer of the package `name` that the lists, as they were read last, know of; or None."""
    found = []
    for family in families or FAMILIES:
        try:
            found += [offer for offer in Apt(family, architecture).offered() if offer['package'] == name]
        except FileNotFoundError:
            pass
    return newest_last(found)[-1] if found else None


def obtain(offer, tell=lambda text: None):
    """The manifest of `offer`, with 'vmlinuz': a path. Where an archive no longer has what its own index names (the end of a release's support is such a time), the next older one."""
    for candidate in [offer, *offer.get('older', [])]:
        try:
            return obtain_exactly(candidate, tell)
        except Unavailable as e:
            reason = e
            tell(str(e))
    raise reason


def obtain_exactly(offer, tell):
    """Fetches and unpacks what is not cached; checks what is."""
    folder = os.path.join(cache_folder(), f'{offer["package"]}_{offer["version"]}'.replace('~', '_').replace(':', '_'))
    manifest_path = os.path.join(folder, 'kernel.json')
    if not os.path.exists(manifest_path):
        tell(f'fetching {offer["package"]} {offer["version"]} ({offer["release"]})')
        new = f'{folder}.{os.getpid()}'
        shutil.rmtree(new, ignore_errors=True)
        os.makedirs(new)
        try:
            unpack(Apt(offer['family'], architecture_of(offer)).download(offer, new), offer, new)
            shutil.rmtree(folder, ignore_errors=True)
            os.rename(new, folder)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    with open(manifest_path) as f:
        manifest = json.load(f)
    manifest['vmlinuz'] = os.path.join(folder, 'vmlinuz')
    if sha256(manifest['vmlinuz']) != manifest['vmlinuz_sha256']:
        raise Unavailable(f'{manifest["vmlinuz"]}: not what was unpacked (remove {folder} and try again)')
    return manifest


def unpack(package, offer, folder):
    """Keeps the kernel image and its configuration. Everything a machine here needs is built in, so the modules are not kept."""
    whole = os.path.join(folder, 'whole')
    os.makedirs(whole)
    subprocess.run(['dpkg-deb', '-x', package, whole], check=True)
    images = glob.glob(f'{whole}/boot/vmlinuz-*') + glob.glob(f'{whole}/usr/lib/modules/*/vmlinuz')
    if len(images) != 1:
        raise Unavailable(f'{offer["package"]}: {len(images)} kernel images in it, one was expected')
    shutil.move(images[0], os.path.join(folder, 'vmlinuz'))
    for config in glob.glob(f'{whole}/boot/config-*') + glob.glob(f'{whole}/usr/lib/modules/*/config'):
        shutil.move(config, os.path.join(folder, 'config'))
    shutil.rmtree(whole)
    os.unlink(package)
    manifest = {key: offer[key] for key in ('family', 'release', 'series', 'package', 'version', 'sha256')}
    manifest['vmlinuz_sha256'] = sha256(os.path.join(folder, 'vmlinuz'))
    with open(os.path.join(folder, 'kernel.json'), 'w') as f:
        json.dump(manifest, f, indent=1)
