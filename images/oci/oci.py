#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a container image without a container engine: an OCI image layout in a tar file, and a docker-archive for `docker load`.

usage: oci.py --out=IMAGE.tar [--docker=IMAGE.tar] --name=NAME --tag=TAG [--label=KEY=VALUE]… [--entrypoint='WORD WORD…'] [--cmd='WORD WORD…']
              --platform=amd64 ENTRY… [--platform=arm64 ENTRY…]

  file:TARGET=SOURCE[:MODE]   a file (mode 0755 for what is named file:/…, 0644 with :0644)
  link:TARGET=TO              a symbolic link

The same input gives the same bytes wherever and whenever it is built: entries are sorted, owners are root, times are those of --epoch (0 unless
said), the compressor's header has neither name nor time. One --platform makes an image, more make an index of images.
The docker-archive holds the first platform.
"""
import argparse
import gzip
import hashlib
import io
import json
import os
import sys
import tarfile
import time


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(',', ':')).encode()


def digest(data):
    return 'sha256:' + hashlib.sha256(data).hexdigest()


def add(tar, name, data=None, link=None, mode=0o644, epoch=0, folder=False):
    info = tarfile.TarInfo(name)
    info.mtime = epoch
    info.uid = info.gid = 0
    info.uname = info.gname = ''
    info.mode = mode
    if folder:
        info.type = tarfile.DIRTYPE
        info.mode = 0o755
        tar.addfile(info)
    elif link is not None:
        info.type = tarfile.SYMTYPE
        info.linkname = link
        info.mode = 0o777
        tar.addfile(info)
    else:
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))


def make_layer(entries, epoch):
    """entries: name without the leading slash -> ('file', data, mode) or ('link', to). The uncompressed tar."""
    folders = set()
    for name in entries:
        above = os.path.dirname(name)
        while above:
            folders.add(above)
            above = os.path.dirname(above)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(folders | set(entries)):
            if name in folders:
                add(tar, name + '/', epoch=epoch, folder=True)
            elif entries[name][0] == 'link':
                add(tar, name, link=entries[name][1], epoch=epoch)
            else:
                add(tar, name, data=entries[name][1], mode=entries[name][2], epoch=epoch)
    return out.getvalue()


def compress(data):
    out = io.BytesIO()
    with gzip.GzipFile(filename='', fileobj=out, mode='wb', compresslevel=9, mtime=0) as f:
        f.write(data)
    return out.getvalue()


class Image:
    """One platform's image, as blobs."""

    def __init__(self, architecture, entries, options):
        created = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(options.epoch))
        self.architecture = architecture
        self.layer = make_layer(entries, options.epoch)
        self.packed = compress(self.layer)
        config = {
            'architecture': architecture,
            'os': 'linux',
            'created': created,
            'config': {'Labels': options.labels, 'Entrypoint': options.entrypoint, 'WorkingDir': '/',
                       'Env': ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/']},
            'rootfs': {'type': 'layers', 'diff_ids': [digest(self.layer)]},
            'history': [{'created': created, 'created_by': 'oci.py', 'comment': 'FROM scratch'}],
        }
        if options.cmd:
            config['config']['Cmd'] = options.cmd
        self.config = canonical(config)
        self.manifest = canonical({
            'schemaVersion': 2,
            'mediaType': 'application/vnd.oci.image.manifest.v1+json',
            'config': {'mediaType': 'application/vnd.oci.image.config.v1+json', 'digest': digest(self.config), 'size': len(self.config)},
            'layers': [{'mediaType': 'application/vnd.oci.image.layer.v1.tar+gzip', 'digest': digest(self.packed), 'size': len(self.packed)}],
            'annotations': options.labels,
        })

    def blobs(self):
        return [self.packed, self.config, self.manifest]

    def descriptor(self):
        return {'mediaType': 'application/vnd.oci.image.manifest.v1+json', 'digest': digest(self.manifest), 'size': len(self.manifest),
                'platform': {'architecture': self.architecture, 'os': 'linux'}}


def write_tar(path, files, epoch):
    """files: name -> data. Replaces `path` in one step."""
    folders = {os.path.dirname(name)[:end] for name in files for end in
               [i for i, c in enumerate(os.path.dirname(name) + '/') if c == '/'] if os.path.dirname(name)}
    new = f'{path}.{os.getpid()}'
    with tarfile.open(new, 'w', format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(folders | set(files)):
            if name in folders:
                add(tar, name + '/', epoch=epoch, folder=True)
            else:
                add(tar, name, data=files[name], epoch=epoch)
    os.replace(new, path)


def write_layout(images, options):
    blobs = {digest(blob): blob for image in images for blob in image.blobs()}
    if len(images) == 1:
        top = images[0].descriptor()
    else:
        index = canonical({'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.index.v1+json',
                           'manifests': [image.descriptor() for image in images], 'annotations': options.labels})
        blobs[digest(index)] = index
        top = {'mediaType': 'application/vnd.oci.image.index.v1+json', 'digest': digest(index), 'size': len(index)}
    top['annotations'] = {'org.opencontainers.image.ref.name': options.tag, 'io.containerd.image.name': f'{options.name}:{options.tag}'}
    files = {
        'oci-layout': canonical({'imageLayoutVersion': '1.0.0'}),
        'index.json': canonical({'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.index.v1+json', 'manifests': [top]}),
    }
    files.update({'blobs/' + name.replace(':', '/'): blob for name, blob in blobs.items()})
    write_tar(options.out, files, options.epoch)
    return top['digest']


def write_docker(image, options):
    config = hashlib.sha256(image.config).hexdigest() + '.json'
    layer = hashlib.sha256(image.layer).hexdigest() + '/layer.tar'
    write_tar(options.docker, {
        config: image.config,
        layer: image.layer,
        'manifest.json': canonical([{'Config': config, 'RepoTags': [f'{options.name}:{options.tag}'], 'Layers': [layer]}]),
    }, options.epoch)


def parse(words):
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument('--out', required=True)
    parser.add_argument('--docker')
    parser.add_argument('--name', required=True)
    parser.add_argument('--tag', required=True)
    parser.add_argument('--label', action='append', default=[])
    parser.add_argument('--entrypoint', default='', type=str.split)
    parser.add_argument('--cmd', default='', type=str.split)
    parser.add_argument('--epoch', type=int, default=int(os.environ.get('SOURCE_DATE_EPOCH', '0')))
    start = next((i for i, word in enumerate(words) if word.startswith('--platform=')), len(words))
    options = parser.parse_args(words[:start])
    options.labels = dict(sorted(label.split('=', 1) for label in options.label))
    platforms = []
    for word in words[start:]:
        if word.startswith('--platform='):
            platforms.append((word.partition('=')[2], {}))
            continue
        kind, _, rest = word.partition(':')
        target, _, source = rest.partition('=')
        name = target.strip('/')
        if kind == 'link':
            platforms[-1][1][name] = ('link', source)
        elif kind == 'file':
            mode = 0o755
            if source[-5:-4] == ':':
                source, mode = source[:-5], int(source[-4:], 8)
            with open(source, 'rb') as f:
                platforms[-1][1][name] = ('file', f.read(), mode)
        else:
            parser.error(f'{word}: neither file: nor link:')
    if not platforms:
        parser.error('no --platform')
    return options, platforms


def main(words):
    options, platforms = parse(words)
    images = [Image(architecture, entries, options) for architecture, entries in platforms]
    print(write_layout(images, options))
    if options.docker:
        write_docker(images[0], options)


if __name__ == '__main__':
    main(sys.argv[1:])
