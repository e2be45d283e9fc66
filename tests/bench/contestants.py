# SPDX-License-Identifier: Apache-2.0
"""Who takes part, and with what command line."""
import os
import pathlib

TOP = pathlib.Path(__file__).resolve().parents[2]
BIN = TOP / 'bazel-bin'


def actor(name):
    return str(BIN / 'tests/bench' / name)


FOSTER = str(BIN / 'init/foster')
TINI_MUSL = os.environ.get('FOSTER_BENCH_TINI', '')

# Debian's package, the program, and what stands between it and the workload.
PEERS = {
    'tini-static': ['/usr/bin/tini-static', '--'],
    'tini': ['/usr/bin/tini', '--'],
    'dumb-init': ['/usr/bin/dumb-init', '--'],
    'catatonit': ['/usr/bin/catatonit', '--'],
}
if TINI_MUSL:
    PEERS['tini on musl'] = [TINI_MUSL, '--']


def present(argv):
    return os.access(argv[0], os.X_OK)


def inits(wait=False, floor=True, alone=False):
    """{name: argv} of those that start a workload given on their command line, in the order of the tables."""
    found = {}
    if alone:
        found['alone'] = []
    if floor:
        found['floor'] = [actor('floor')]
    found['foster'] = [FOSTER, '--']
    if wait:
        found['foster --reap=wait'] = [FOSTER, '--reap=wait', '--']
    found.update({name: argv for name, argv in PEERS.items() if present(argv)})
    return found


def supervisors(folder):
    """{name: argv}: PID 1s that take no command line. Each gets the sleeping workload for a service, in its own way, below `folder`."""
    sleep = [actor('workload'), 'sleep']
    found = {}
    for name, program in (('s6-svscan', '/usr/bin/s6-svscan'), ('runsvdir', '/usr/bin/runsvdir')):
        if not os.access(program, os.X_OK):
            continue
        service = pathlib.Path(folder) / name / 'one'
        service.mkdir(parents=True)
        (service / 'run').write_text('#!/bin/sh\nexec ' + ' '.join(sleep) + '\n')
        (service / 'run').chmod(0o755)
        found[name] = [program, str(service.parent)]
    return found


def busybox(folder, *words):
    """busybox init with `words` for its one job: in a mount namespace of its own, where /etc is empty but for an inittab."""
    if not present(['/bin/busybox']):
        return None
    inittab = pathlib.Path(folder) / ('inittab-' + '-'.join(words))
    inittab.write_text('::once:' + ' '.join([actor('workload'), *words]) + '\n')
    script = f'mount -t tmpfs none /etc && cp {inittab} /etc/inittab && exec /bin/busybox init'
    return ['/usr/bin/unshare', '--mount', '--propagation', 'private', '/bin/busybox', 'sh', '-c', script.replace('mount -t', '/bin/busybox mount -t').replace('cp ', '/bin/busybox cp ')]


def wrappers():
    """{name: argv} of what makes the namespaces itself."""
    unshare = ['/usr/bin/unshare', '--fork', '--pid', '--mount', '--uts', '--ipc', '--mount-proc', '--kill-child']
    found = {
        'foster': [FOSTER, '--new=pid,mount,uts,ipc', '--proc', '--hostname=x', '--'],
        'unshare + tini-static': unshare + ['/bin/sh', '-c', 'hostname x; exec /usr/bin/tini-static -- "$@"', 'sh'],
        'unshare + tini-static, no host name': unshare + ['/usr/bin/tini-static', '--'],
        'bwrap': ['/usr/bin/bwrap', '--unshare-pid', '--unshare-uts', '--unshare-ipc', '--hostname', 'x', '--dev-bind', '/', '/', '--proc', '/proc', '--'],
    }
    if TINI_MUSL:
        found['unshare + tini on musl, no host name'] = unshare + [TINI_MUSL, '--']
    return {name: argv for name, argv in found.items() if present(argv)}
