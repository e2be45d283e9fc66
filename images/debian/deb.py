#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the Debian packages foster and foster-compat, the same to the byte whenever what goes in is the same.

usage: deb.py --out=FOLDER --version=V --architecture=amd64|arm64 --binary=FILE --manual=FILE --bash=FILE --zsh=FILE --fish=FILE --sbom=FILE
"""
import argparse
import gzip
import os
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
# What files are dated with, and the change log: 2026-11-01. A real clock would make each build another package.
EPOCH = 1793491200
# .invalid (RFC 2606): nobody is to be reached there. Whoever publishes the packages puts their own name in.
MAINTAINER = 'The foster authors <foster@foster.invalid>'

# Names of other inits that foster-compat offers as /usr/bin/NAME, with those that follow each. docker-init and pause are not looked for in PATH.
ALTERNATIVES = {'tini': ['tini-static'], 'dumb-init': [], 'catatonit': []}
NAMES = ['tini', 'tini-static', 'docker-init', 'dumb-init', 'catatonit', 'podman-init', 'pause']

DESCRIPTION = {
    'foster': '''init of a container: reaps orphans, passes signals on
 foster runs one program as PID 1 of a container (or of a PID namespace that it
 makes itself, or of a virtual machine). It reaps every orphan, passes every
 signal on, lets what the program leaves behind end in order, and exits with
 the program's exit status. One small static binary.''',
    'foster-compat': '''foster in the place of tini, dumb-init and catatonit
 Started under the name of another container init, foster takes that program's
 command line and keeps its promises. This package offers the names tini,
 tini-static, dumb-init and catatonit through update-alternatives, and these
 and docker-init, podman-init and pause in /usr/lib/foster.''',
}

COPYRIGHT = '''Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: foster

Files: *
Copyright: 2026 The foster authors
License: Apache-2.0
 On Debian systems, the complete text of the Apache License, Version 2.0, can
 be found in /usr/share/common-licenses/Apache-2.0.
Comment:
 The binary holds parts of Abseil (Apache-2.0, The Abseil Authors), of LLVM's
 libc++ and libc++abi (Apache-2.0 with LLVM exceptions), of musl (MIT, Rich
 Felker and others) and of libgcc (GPL-3.0 with the GCC runtime library
 exception). foster --license prints the notices, and
 /usr/share/doc/foster/sbom.spdx.json names the versions.
'''

OVERRIDES = '''# It must run in images that hold nothing else.
foster: statically-linked-binary [usr/bin/foster]
'''


def write(root, path, data, mode=0o644):
    full = os.path.join(root, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, 'wb') as f:
        f.write(data if isinstance(data, bytes) else data.encode())
    os.chmod(full, mode)


def packed(data):
    return gzip.compress(data if isinstance(data, bytes) else data.encode(), 9, mtime=0)


def read(path):
    with open(path, 'rb') as f:
        return f.read()


def control(name, options, root, **fields):
    size = sum((os.lstat(os.path.join(folder, f)).st_size + 1023) // 1024 for folder, _, files in os.walk(root) for f in files) + \
        sum(len(folders) for _, folders, _ in os.walk(root))
    lines = [f'Package: {name}', f'Version: {options.version}', f'Architecture: {fields.pop("architecture")}', f'Maintainer: {MAINTAINER}',
             f'Installed-Size: {size}']
    lines += [f'{key.replace("_", "-")}: {value}' for key, value in fields.items()]
    lines += ['Section: admin', 'Priority: optional', f'Description: {DESCRIPTION[name]}', '']
    write(root, 'DEBIAN/control', '\n'.join(lines))


def documents(name, options, root):
    write(root, f'usr/share/doc/{name}/copyright', COPYRIGHT)
    write(root, f'usr/share/doc/{name}/changelog.gz', packed(
        f'foster ({options.version}) unstable; urgency=medium\n\n  * Version {options.version}.\n\n -- {MAINTAINER}  Sun, 01 Nov 2026 00:00:00 +0000\n'))


def sums(root):
    import hashlib
    lines = []
    for folder, _, files in os.walk(root):
        for f in files:
            path = os.path.join(folder, f)
            inside = os.path.relpath(path, root)
            if not inside.startswith('DEBIAN/') and not os.path.islink(path):
                lines.append(f'{hashlib.md5(read(path)).hexdigest()}  {inside}\n')
    write(root, 'DEBIAN/md5sums', ''.join(sorted(lines, key=lambda line: line.split('  ', 1)[1])))


def foster(options, root):
    write(root, 'usr/bin/foster', read(options.binary), 0o755)
    write(root, 'usr/share/man/man1/foster.1.gz', packed(read(options.manual)))
    write(root, 'usr/share/bash-completion/completions/foster', read(options.bash))
    write(root, 'usr/share/zsh/vendor-completions/_foster', read(options.zsh))
    write(root, 'usr/share/fish/vendor_completions.d/foster.fish', read(options.fish))
    write(root, 'usr/share/doc/foster/sbom.spdx.json', read(options.sbom))
    write(root, 'usr/share/lintian/overrides/foster', OVERRIDES)
    documents('foster', options, root)
    control('foster', options, root, architecture=options.architecture)


def compat(options, root):
    for name in NAMES:
        path = os.path.join(root, 'usr/lib/foster', name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink('../../bin/foster', path)
    install, remove = [], []
    for name, followers in ALTERNATIVES.items():
        words = [f'update-alternatives --install /usr/bin/{name} {name} /usr/lib/foster/{name} 50']
        words += [f'    --slave /usr/bin/{follower} {follower} /usr/lib/foster/{follower}' for follower in followers]
        install.append(' \\\n'.join('    ' + word for word in words))
        remove.append(f'    update-alternatives --remove {name} /usr/lib/foster/{name}')
    text = '#!/bin/sh\nset -e\n\nif [ "$1" = {} ]; then\n{}\nfi\n'
    write(root, 'DEBIAN/postinst', text.format('configure', '\n'.join(install)), 0o755)
    write(root, 'DEBIAN/prerm', text.format('remove', '\n'.join(remove)), 0o755)
    documents('foster-compat', options, root)
    # The packages of the originals hold the names as plain files, which no alternative can stand beside. Whoever needs one of them is served.
    control('foster-compat', options, root, architecture='all', Depends=f'foster (>= {options.version})', Conflicts='tini, dumb-init, catatonit',
            Provides='tini, dumb-init, catatonit')


def build(make, name, options):
    with tempfile.TemporaryDirectory() as folder:
        root = os.path.join(folder, name)
        os.mkdir(root)
        make(options, root)
        sums(root)
        for where, folders, files in os.walk(root):
            os.chmod(where, 0o755)
            for f in folders + files:
                os.utime(os.path.join(where, f), (EPOCH, EPOCH), follow_symlinks=False)
            os.utime(where, (EPOCH, EPOCH))
        out = os.path.join(options.out, f'{name}.deb')
        subprocess.run(['dpkg-deb', '--root-owner-group', '--uniform-compression', '-Zxz', '--build', root, out], check=True, stdout=subprocess.DEVNULL,
                       env={'PATH': os.environ['PATH'], 'SOURCE_DATE_EPOCH': str(EPOCH), 'LC_ALL': 'C', 'TZ': 'UTC'})


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ('out', 'version', 'architecture', 'binary', 'manual', 'bash', 'zsh', 'fish', 'sbom'):
        parser.add_argument(f'--{name}', required=True)
    options = parser.parse_args()
    os.umask(0o022)
    os.makedirs(options.out, exist_ok=True)
    build(foster, 'foster', options)
    build(compat, 'foster-compat', options)


if __name__ == '__main__':
    main()
