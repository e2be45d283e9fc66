# SPDX-License-Identifier: Apache-2.0
"""Runs the meter, table by table, and boils its figures down to medians and quartiles."""
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile

import contestants
import weigh

CPU = max(os.sched_getaffinity(0))


def summary(values):
    if not values:
        return None
    quarters = statistics.quantiles(values, n=4) if len(values) > 1 else [values[0]] * 3
    return {'median': statistics.median(values), 'q1': quarters[0], 'q3': quarters[2], 'n': len(values)}


def meter(measure, field, workload=(), **settings):
    """{contestant: figures} of one run of the meter over `field` ({name: argv}), the workload's words added to each. Lists become summaries."""
    command = [contestants.actor('meter'), measure] + [f'{key}={value}' for key, value in settings.items()]
    for name, argv in field.items():
        command += [':::', name, *argv, *workload]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, timeout=1200)
    if done.returncode != 0:
        raise RuntimeError(f'the meter failed at {measure} (see above)')
    rows = {}
    for line in done.stdout.splitlines():
        figures = json.loads(line)
        name = figures.pop('name')
        rows[name] = {key: summary(value) if isinstance(value, list) else value for key, value in figures.items()}
    return rows


def task(*words):
    return [contestants.actor('workload'), *[str(word) for word in words]]


class Collection:
    """All tables. Each method is one; its counts come from `scale`: tiny (the harness's own test), default, long."""

    def __init__(self, scale):
        self.scale = scale
        self.stamp = [contestants.actor('stamp')]
        self.tables = {}

    def pick(self, tiny, default, long):
        return {'tiny': tiny, 'default': default, 'long': long}[self.scale]

    def start(self):
        return meter('start', contestants.inits(alone=True, wait=True), self.stamp, rounds=self.pick(2, 600, 3000), cpu=CPU)

    def start_plain(self):
        field = {name: argv[:1] + ['-s'] + argv[1:] if name.startswith('tini') else argv for name, argv in contestants.inits(alone=True).items()}
        return meter('start', field, self.stamp, rounds=self.pick(2, 400, 2000), cpu=CPU, pid1=0)

    def steps(self):
        return meter('steps', contestants.inits(), self.stamp)

    def deaf(self):
        field = contestants.inits(floor=False)
        field = {'blocker': [contestants.actor('blocker')], **{name: argv + self.stamp for name, argv in field.items()}}
        return meter('deaf', field, rounds=self.pick(1, 150, 500))

    def orphans(self):
        field = contestants.inits(wait=True, floor=False)
        return meter('orphans', field, task('orphans', 1), total=self.pick(20, 100_000, 100_000), chunk=self.pick(10, 5000, 5000))

    def orphans_in_bursts(self):
        field = contestants.inits(wait=True, floor=False)
        return meter('orphans', field, task('orphans', 100), total=self.pick(200, 100_000, 100_000), chunk=self.pick(100, 5000, 5000))

    def zombies(self):
        field = contestants.inits(wait=True, floor=False)
        return meter('zombies', field, task('zombies', 1), total=self.pick(20, 2000, 10_000), rounds=self.pick(2, 20, 100))

    def zombies_in_bursts(self):
        field = contestants.inits(wait=True, floor=False)
        return meter('zombies', field, task('zombies', 100), total=self.pick(200, 10_000, 100_000), rounds=self.pick(2, 20, 100))

    def signals(self):
        field = contestants.inits(wait=True, floor=False)
        return meter('signals', field, task('signals'), total=self.pick(10, 20_000, 1_000_000), chunk=self.pick(5, 1000, 10_000))

    def stop(self):
        field = contestants.inits(floor=False)
        rows = {}
        with tempfile.TemporaryDirectory() as folder:
            for left in self.pick([1, 3], [1, 10, 100, 1000, 10_000], [1, 10, 100, 1000, 10_000]):
                rounds = self.pick(1, 21 if left < 1000 else 5, 51 if left < 1000 else 15)
                rows[str(left)] = meter('stop', field, task('leave', left), rounds=rounds)
                argv = contestants.busybox(folder, 'leave', str(left))
                if argv and left in (1, 100):  # it sleeps for seconds whatever is left
                    rows[str(left)].update(meter('stop', {'busybox init': argv}, rounds=self.pick(1, 1, 5)))
        return rows

    def idle(self):
        with tempfile.TemporaryDirectory() as folder:
            field = {name: argv + task('sleep') for name, argv in contestants.inits().items()}
            field.update(contestants.supervisors(folder))
            argv = contestants.busybox(folder, 'sleep')
            if argv:
                field['busybox init'] = argv
            os.sync()
            return meter('idle', field, seconds=self.pick(1, 20, 60))

    def density(self):
        field = contestants.inits(alone=True)
        field.pop('tini', None)
        return meter('density', field, task('sleep'), count=self.pick(3, 200, 2000), rounds=self.pick(1, 2, 3), seconds=self.pick(1, 2, 20))

    def wrapper(self):
        return meter('start', contestants.wrappers(), self.stamp, rounds=self.pick(1, 100, 500), pid1=0)

    def curve_field(self):
        names = ('foster', 'foster --reap=wait', 'tini-static', 'tini on musl')
        return {name: argv for name, argv in contestants.inits(wait=True, floor=False).items() if name in names}

    def curve_orphans(self):
        counts = self.pick([10], [10, 100, 1000, 10_000], [10, 100, 1000, 10_000, 100_000])
        field = self.curve_field()
        curve = {str(n): meter('orphans', field, task('orphans', 1), total=n, chunk=n) for n in counts}
        if '100000' not in curve and 'orphans' in self.tables:
            # So many were made already, 5 000 in each turn.
            curve[str(self.tables['orphans']['foster']['orphans'])] = {name: row for name, row in self.tables['orphans'].items() if name in field}
        return curve

    def curve_nesting(self):
        rows = {}
        for depth in self.pick([1, 2], [1, 2, 4, 8, 16, 31], [1, 2, 4, 8, 16, 31]):
            field = {
                'foster': [contestants.FOSTER, '--new=pid', '--'] * depth,
                'unshare + tini-static': ['/usr/bin/unshare', '--fork', '--pid', '/usr/bin/tini-static', '--'] * depth,
            }
            if contestants.TINI_MUSL:
                field['unshare + tini on musl'] = ['/usr/bin/unshare', '--fork', '--pid', contestants.TINI_MUSL, '--'] * depth
            rows[str(depth)] = meter('start', field, self.stamp, rounds=self.pick(1, 15, 60), pid1=0)
        return rows

    def curve_arguments(self):
        field = {name: argv for name, argv in contestants.inits(alone=True).items() if name in ('alone', 'floor', 'foster', 'tini-static', 'tini on musl')}
        sizes = self.pick([1000], [0, 4_000, 64_000, 256_000, 1_000_000, 2_000_000], [0, 4_000, 64_000, 256_000, 1_000_000, 2_000_000])
        # Half of it arguments, half environment. The kernel takes a quarter of the stack's limit: 2 MB where that is 8 MB.
        return {str(n): meter('start', field, self.stamp, rounds=self.pick(1, 60, 200), cpu=CPU, arguments=n * 49 // 100, environment=n * 49 // 100) for n in sizes}

    def file(self):
        sizes = {name: os.stat(argv[0]).st_size for name, argv in contestants.inits().items()}
        return {'bytes': sizes, 'parts': weigh.parts(contestants.TOP)}


TABLES = ('start', 'start_plain', 'steps', 'deaf', 'orphans', 'orphans_in_bursts', 'zombies', 'zombies_in_bursts', 'signals', 'stop', 'idle', 'density', 'wrapper',
          'curve_orphans', 'curve_nesting', 'curve_arguments', 'file')


def machine():
    cpu = next((line.split(':')[1].strip() for line in open('/proc/cpuinfo') if line.startswith('model name')), platform.machine())
    memory = next(int(line.split()[1]) // 1024 for line in open('/proc/meminfo') if line.startswith('MemTotal'))
    hypervisor = any(' hypervisor' in line for line in open('/proc/cpuinfo') if line.startswith('flags'))
    return {'kernel': platform.release(), 'cpu': cpu, 'cpus': os.cpu_count(), 'memory_mb': memory, 'virtual': hypervisor,
            'system': next((line.split('=')[1].strip().strip('"') for line in open('/etc/os-release') if line.startswith('PRETTY_NAME')), '')}


def collect(scale, only=()):
    collection = Collection(scale)
    tables = collection.tables
    for name in TABLES:
        if only and name not in only:
            continue
        print(f'bench: {name}', file=sys.stderr, flush=True)
        tables[name] = getattr(collection, name)()
    versions = subprocess.run(['dpkg-query', '-W', '-f', '${Package} ${Version}\n', 'tini', 'dumb-init', 'catatonit', 's6', 'runit', 'busybox-static', 'bubblewrap', 'util-linux'],
                              capture_output=True, text=True).stdout.split('\n')
    return {'machine': machine(), 'scale': scale, 'versions': [v for v in versions if v], 'tables': tables}
