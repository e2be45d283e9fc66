# SPDX-License-Identifier: Apache-2.0
"""The page docs/fleet.md: what a million containers save, computed from what was measured."""

CONTAINERS = 1_000_000
STARTS_A_DAY = 10         # of each container
ORPHANS_AN_HOUR = 60      # in each container: one a minute, a health check that runs a shell
DAY = 86_400


def row(text, tini, foster, unit, digits=0):
    def show(value):
        return f'{value:,.{digits}f}'.replace(',', ' ')
    return f'| {text} | {show(tini)} {unit} | {show(foster)} {unit} | {show(tini - foster)} {unit} |\n'


def page(results):
    t = results['tables']
    text = f'''# A fleet of a million containers

What foster saves where tini-static stood, on paper: figures of [benchmarks.md](benchmarks.md), multiplied. Made by `tests/bench/run` with it. Assumed: {CONTAINERS:,} containers
that all run; each is started {STARTS_A_DAY} times a day; each makes {ORPHANS_AN_HOUR} orphans an hour (one a minute, as a health check that runs a shell does). Who has other figures puts in his own: all is linear.

'''.replace(',000', ' 000')
    rows = ''
    sums = []
    if 'density' in t and 'tini-static' in t['density']:
        d = t['density']
        base = d['alone']['bytes_each']['median']
        own = {name: (d[name]['bytes_each']['median'] - base) / 1024 for name in ('tini-static', 'foster')}
        rows += row('memory of the inits, the kernel\'s share and all', own['tini-static'] * CONTAINERS / 2**20, own['foster'] * CONTAINERS / 2**20, 'GiB')
        sums += [f'memory, {n}: {v:.1f} kB × {CONTAINERS} ÷ 2²⁰ = {v * CONTAINERS / 2**20:.0f} GiB' for n, v in own.items()]
    if 'start' in t and 'tini-static' in t['start']:
        alone = t['start']['alone']['to_exit_ns']['median']
        adds = {name: (t['start'][name]['to_exit_ns']['median'] - alone) / 1000 for name in ('tini-static', 'foster')}
        hours = {n: a * CONTAINERS * STARTS_A_DAY / 1e6 / 3600 for n, a in adds.items()}
        rows += row('time that the inits add to starts, a day', hours['tini-static'], hours['foster'], 'h', 2)
        sums += [f'starts, {n}: {a:.0f} µs × {CONTAINERS} × {STARTS_A_DAY} ÷ 3600 s = {hours[n]:.2f} h a day' for n, a in adds.items()]
    if 'orphans' in t and 'tini-static' in t['orphans']:
        o = t['orphans']
        each = {n: o[n]['init_cpu_ns'] / o[n]['orphans'] / 1000 for n in ('tini-static', 'foster')}
        wakes = {n: o[n]['init_sleeps'] / o[n]['orphans'] for n in each}
        orphans = CONTAINERS * ORPHANS_AN_HOUR * 24
        rows += row('CPU time for orphans, a day', each['tini-static'] * orphans / 1e6 / 3600, each['foster'] * orphans / 1e6 / 3600, 'h', 2)
        rows += row('wake-ups for orphans, a second', wakes['tini-static'] * orphans / DAY, wakes['foster'] * orphans / DAY, '')
        sums += [f'orphans, {n}: {e:.2f} µs × {CONTAINERS} × {ORPHANS_AN_HOUR} × 24 ÷ 3600 s = {e * orphans / 1e6 / 3600:.2f} h a day; {wakes[n]:.2f} wake-ups each' for n, e in each.items()]
    if 'idle' in t and 'tini-static' in t['idle']:
        i = t['idle']
        rate = {n: i[n]['wakeups'] / i[n]['seconds'] for n in ('tini-static', 'foster')}
        cpu = {n: i[n]['cpu_ns'] / i[n]['seconds'] / 1e9 for n in rate}
        rows += row('wake-ups while nothing happens, a second', rate['tini-static'] * CONTAINERS, rate['foster'] * CONTAINERS, '')
        rows += row('processors busy with these', cpu['tini-static'] * CONTAINERS, cpu['foster'] * CONTAINERS, '', 1)
        sums += [f'idle, {n}: {i[n]["wakeups"]} wake-ups and {i[n]["cpu_ns"] / 1000:.0f} µs in {i[n]["seconds"]} s, × {CONTAINERS}' for n in rate]
    text += '| of all | tini-static | foster | saved |\n|---|---|---|---|\n' + rows
    text += '\n## The arithmetic\n\n' + ''.join(f'- {line}\n' for line in sums)
    text += '''
tini wakes once a second to look for orphans (its sigtimedwait has that timeout); foster is never woken. Kernels before 6.16 cannot reap for foster: there it reaps by waiting, and the rows about
orphans shrink to what `foster --reap=wait` costs in benchmarks.md.
'''
    return text
