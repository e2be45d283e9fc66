# SPDX-License-Identifier: Apache-2.0
"""The page docs/benchmarks.md: tables, and each goal marked met or not, with the reason."""

REASONS = {
    'start': 'foster makes the calls that an init must and the floor does not: signals blocked and read by a descriptor, a pidfd, the namespace asked whether it is empty.',
    'signals': 'foster waits on two descriptors, signals and the workload\'s pidfd, and reads the one; the others sleep in sigtimedwait, one call less. The pidfd is what makes '
               'orphans cost nothing.',
    'wait': 'What is left is the kernel\'s own work in waitid for each orphan, which nobody can leave out who reaps by waiting.',
    'density': 'Most of what an init takes is the kernel\'s, and the same for all: its task, stack, page tables and descriptors. foster\'s own pages are what it can save.',
    'stop': 'Everybody who is left is asked to end (twice: SIGTERM and SIGCONT), ends in its own exit path and is waited for; whoever lets the kernel kill all leaves that out.',
}


def us(figure, key='median'):
    return None if figure is None else figure[key] / 1000


def number(value, digits=1):
    if value is None:
        return '–'
    return f'{value:,.{digits}f}'.replace(',', ' ')


def table(head, rows):
    lines = ['| ' + ' | '.join(head) + ' |', '|' + '---|' * len(head)]
    return '\n'.join(lines + ['| ' + ' | '.join(str(cell) for cell in row) + ' |' for row in rows]) + '\n'


class Goal:
    def __init__(self, what, goal, figure, met, reason=''):
        self.cells = {'what': what, 'goal': goal, 'figure': figure, 'met': bool(met), 'reason': '' if met else reason}


def median(tables, name, who, key):
    return tables[name][who][key]['median'] / 1000


def best(rows, key, without=('foster', 'floor', 'alone', 'foster --reap=wait', 'blocker', 'busybox init')):
    """(name, figure) of the best peer."""
    found = {name: key(row) for name, row in rows.items() if name not in without}
    name = min(found, key=found.get)
    return name, found[name]


def goals(results):
    t, found = results['tables'], []
    if 'start' in t:
        alone, floor, foster, static = (median(t, 'start', who, 'to_exit_ns') for who in ('alone', 'floor', 'foster', 'tini-static'))
        found.append(Goal('start', 'exec to exit at most 1.3 times the floor', f'{foster / floor:.2f} times ({foster:.0f} of {floor:.0f} µs)', foster <= 1.3 * floor, REASONS['start']))
        found.append(Goal('start', 'adds at most 1/4 of what tini-static adds', f'{(foster - alone) / (static - alone):.2f}', foster - alone <= (static - alone) / 4, REASONS['start']))
        if 'tini on musl' in t['start']:
            musl = median(t, 'start', 'tini on musl', 'to_exit_ns')
            found.append(Goal('start', 'adds less than tini on musl adds', f'{foster - alone:.0f} of {musl - alone:.0f} µs', foster < musl, REASONS['start']))
        alone, floor, foster = (median(t, 'start', who, 'to_workload_ns') for who in ('alone', 'floor', 'foster'))
        found.append(Goal('start', 'exec to exec: adds at most twice what the floor adds', f'{(foster - alone) / (floor - alone):.2f} times', foster - alone <= 2 * (floor - alone), REASONS['start']))
    if 'deaf' in t:
        offset = median(t, 'deaf', 'blocker', 'deaf_ns')
        foster, static = (max(0, median(t, 'deaf', who, 'deaf_ns') - offset) for who in ('foster', 'tini-static'))
        found.append(Goal('deaf window', 'at most 1/5 of tini-static\'s', f'{foster:.1f} of {static:.1f} µs', foster <= static / 5))
    if 'orphans' in t:
        row = t['orphans']['foster']
        found.append(Goal('orphans', '0 CPU and 0 wake-ups where the kernel can', f'{row["init_cpu_ns"] / 1e6:.1f} ms, {row["init_sleeps"]} wake-ups for {row["orphans"]}',
                          row['init_cpu_ns'] == 0 and row['init_sleeps'] == 0, 'A kernel before 6.16 cannot reap and keep the exit status; --reap=wait is what it gets.' if row['init_cpu_ns'] > row['orphans'] * 100 else 'A few wake-ups, not one for each orphan.'))
        name, cpu = best(t['orphans'], lambda r: r['init_cpu_ns'])
        wait = t['orphans']['foster --reap=wait']['init_cpu_ns']
        found.append(Goal('orphans', 'wait reaping at most 1/3 of the best peer, one by one', f'{wait / cpu:.2f} of {name}\'s CPU time', wait <= cpu / 3, REASONS['wait']))
    if 'signals' in t:
        name, latency = best(t['signals'], lambda r: r['latency_p50_ns'])
        foster = t['signals']['foster']
        found.append(Goal('signals', 'latency at most the best peer\'s', f'{foster["latency_p50_ns"] / 1000:.1f} µs, {name} {latency / 1000:.1f} µs', foster['latency_p50_ns'] <= latency, REASONS['signals']))
        name, cpu = best(t['signals'], lambda r: r['init_cpu_ns'])
        found.append(Goal('signals', 'CPU at most the best peer\'s', f'{foster["init_cpu_ns"] / foster["signals"] / 1000:.2f} µs each, {name} {cpu / foster["signals"] / 1000:.2f} µs',
                          foster['init_cpu_ns'] <= cpu, REASONS['signals']))
    # Whoever only sometimes gets a leftover to hear its SIGTERM, at some count, does not wait for them.
    waits = {name for rows in t.get('stop', {}).values() for name in rows}
    for rows in t.get('stop', {}).values():
        waits -= {name for name, row in rows.items() if row['asked'] < row['rounds']}
    for left, rows in t.get('stop', {}).items():
        if left not in ('1', '100', '10000'):
            continue
        others = {name: row for name, row in rows.items() if not name.startswith('foster') and name in waits}
        foster = us(rows['foster']['stop_ns'])
        if not others:
            quick = best(rows, lambda r: r['stop_ns']['median'])
            found.append(Goal('stop', f'{left} left: at most the best peer that lets them finish',
                              f'{foster / 1000:.2f} ms; no peer here lets them finish ({quick[0]}, which kills them, {quick[1] / 1e6:.2f} ms)', True))
        else:
            name = min(others, key=lambda n: others[n]['stop_ns']['median'])
            peer = us(others[name]['stop_ns'])
            found.append(Goal('stop', f'{left} left: at most the best peer that lets them finish', f'{foster / 1000:.2f} ms, {name} {peer / 1000:.2f} ms', foster <= peer, REASONS['stop']))
    if 'idle' in t:
        foster, static = t['idle']['foster'], t['idle']['tini-static']
        found.append(Goal('idle', 'RSS at most 1/10 of tini-static\'s', f'{foster["Rss_kb"]} of {static["Rss_kb"]} kB', foster['Rss_kb'] * 10 <= static['Rss_kb']))
        found.append(Goal('idle', '0 wake-ups', f'{foster["wakeups"]} in {foster["seconds"]} s', foster['wakeups'] == 0))
        found.append(Goal('idle', 'at most 96 kB RSS and 24 kB private dirty', f'{foster["Rss_kb"]} and {foster["Private_Dirty_kb"]} kB', foster['Rss_kb'] <= 96 and foster['Private_Dirty_kb'] <= 24))
    if 'density' in t:
        rows = t['density']
        own = {name: row['bytes_each']['median'] - rows['alone']['bytes_each']['median'] for name, row in rows.items()}
        name = min((n for n in own if n not in ('alone', 'floor', 'foster')), key=own.get)
        found.append(Goal('density', 'memory of the inits at most 1/5 of the best peer\'s, kernel\'s share and all', f'{own["foster"] / 1024:.0f} kB each, {name} {own[name] / 1024:.0f} kB', own['foster'] * 5 <= own[name],
                          REASONS['density'] + f' The floor, which has one page of code and one of stack, takes {own["floor"] / 1024:.0f} kB.' if 'floor' in own else ''))
        name, pss = best(rows, lambda r: r['pss_of_inits_kb']['median'])
        mine = rows['foster']['pss_of_inits_kb']['median']
        found.append(Goal('density', 'the same, of the inits\' own pages (PSS)', f'{mine / rows["foster"]["count"]:.1f} kB each, {name} {pss / rows["foster"]["count"]:.1f} kB', mine * 5 <= pss, REASONS['density']))
        found.append(Goal('density', '0 CPU while idle', f'{rows["foster"]["idle_cpu_ns"]["median"] / 1e6:.1f} ms of all', rows['foster']['idle_cpu_ns']['median'] == 0))
    if 'wrapper' in t:
        name, took = best(t['wrapper'], lambda r: r['to_exit_ns']['median'])
        foster = us(t['wrapper']['foster']['to_exit_ns'])
        found.append(Goal('wrapper', 'faster than each', f'{foster:.0f} µs, {name} {took / 1000:.0f} µs', foster * 1000 < took, 'Two fosters start one after the other.'))
    if 'file' in t:
        sizes = t['file']['bytes']
        found.append(Goal('file', 'at most 1/3 of tini-static\'s', f'{sizes["foster"]} of {sizes["tini-static"]} bytes', sizes['foster'] * 3 <= sizes['tini-static'], 'What the options need.'))
    return [goal.cells for goal in found]


def spread(figure, unit=1000, digits=1):
    if figure is None:
        return '–'
    return f'{number(figure["median"] / unit, digits)} ({number(figure["q1"] / unit, digits)}–{number(figure["q3"] / unit, digits)})'


def bend(curve, value, what):
    """Where foster's curve leaves its flat beginning, in words."""
    xs = list(curve)
    first = value(curve[xs[0]]['foster'])
    for x in xs[1:]:
        if value(curve[x]['foster']) > 2 * first:
            return f' foster needs more than twice as long as at the beginning from {number(int(x), 0)} {what} on.'
    return f' foster needs less than twice as long at the end as at the beginning ({what}).'


def start_table(rows, offset='alone', base='floor'):
    out = []
    for name, row in rows.items():
        workload, end = row['to_workload_ns'], row['to_exit_ns']
        adds = us(end) - us(rows[offset]['to_exit_ns']) if offset in rows else None
        out.append([name, spread(workload), spread(end), number(adds) if name != offset else '',
                    number(us(end) / us(rows[base]['to_exit_ns']), 2) if base in rows else ''])
    return table(['', 'to the workload\'s first instruction, µs', 'to the init\'s end, µs', 'added, µs', f'of the {base}\'s'], out)


def sections(t):
    """(title, words, table) of each table that was measured."""
    if 'start' in t:
        yield ('Start', 'exec of the init, as PID 1 of a new PID namespace, to the end of a workload that does nothing; median (quartiles). "alone" is the workload without an init, "floor" an init '
               'of three system calls (`tests/bench/actors/floor.c`) that does none of an init\'s work. All on one processor.', start_table(t['start']))
    if 'start_plain' in t:
        yield ('Start as a plain process', 'The same where the init is no PID 1, and a child subreaper (tini with `-s`).', start_table(t['start_plain']))
    if 'steps' in t:
        yield ('What a start executes', 'From exec to exec, counted by single steps: the same on every machine.', table(
            ['', 'instructions', 'system calls', 'pages of code', 'page faults', 'instructions until SIGTERM is not lost', 'system calls until then'],
            [[n, number(r['instructions'], 0), r['system_calls'], r['code_pages'], r['page_faults']] + ([number(r['deaf_instructions'], 0), r['deaf_system_calls']] if r['deaf_system_calls'] >= 0 else ['never', '–'])
             for n, r in t['steps'].items()]))
    if 'deaf' in t:
        offset = us(t['deaf']['blocker']['deaf_ns'])
        yield ('Deaf window', 'exec to the call that blocks or handles SIGTERM; before it, a SIGTERM to PID 1 of a namespace is lost for ever. A tracer that stops the init at no other call takes the time; '
               '"blocker" is a program whose first instruction is that call, and shows what exec and the measuring take.', table(
                   ['', 'µs', 'without the blocker\'s'], [[n, spread(r['deaf_ns']), number(max(0, us(r['deaf_ns']) - offset))] for n, r in t['deaf'].items()]))
    for name, title in (('orphans', 'Orphans, one by one'), ('orphans_in_bursts', 'Orphans, a hundred at a time')):
        if name in t:
            yield (title, 'CPU time and wake-ups of PID 1, and how fast the forker got on.', table(
                ['', 'orphans', 'CPU of PID 1, ms', 'per orphan, µs', 'wake-ups', 'orphans per second'],
                [[n, number(r['orphans'], 0), number(r['init_cpu_ns'] / 1e6), number(r['init_cpu_ns'] / r['orphans'] / 1000, 2), number(r['init_sleeps'], 0),
                  number(r['orphans'] / r['forker_ns'] * 1e9, 0)] for n, r in t[name].items()]))
    for name, title in (('zombies', 'Life of a zombie, one by one'), ('zombies_in_bursts', 'Life of a zombie, a hundred at a time')):
        if name in t:
            yield (title, 'From seeing an orphan dead to seeing it reaped, by its pidfd: the longest in each of the rounds, median and quartiles. With `--reap=wait`, foster lets deaths of a storm gather '
                   'for 5 ms, on purpose: that is its bound.', table(['', 'longest, µs', 'seen dead and not reaped'],
                                                                     [[n, spread(r['longest_ns']), f'{r["seen_dead"]} of {r["orphans"]}'] for n, r in t[name].items()]))
    if 'signals' in t:
        yield ('Signals', 'kill(2) from outside to the workload\'s waking up, one after the other.', table(
            ['', 'signals', 'latency µs, median', 'quartiles', '99 %', 'CPU of PID 1 each, µs'],
            [[n, number(r['signals'], 0), number(r['latency_p50_ns'] / 1000), f'{number(r["latency_p25_ns"] / 1000)}–{number(r["latency_p75_ns"] / 1000)}', number(r['latency_p99_ns'] / 1000),
              number(r['init_cpu_ns'] / r['signals'] / 1000, 2)] for n, r in t['signals'].items()]))
    if 'stop' in t:
        yield ('Stop', 'SIGTERM to everything gone. "asked": in how many rounds one of those who were left got a SIGTERM and ended by itself, where the others of its init were killed.' + bend(t['stop'], lambda r: us(r['stop_ns']), 'processes'), table(
            ['left', '', 'ms', 'asked'], [[left, n, spread(r['stop_ns'], 1e6, 2), f'{r["asked"]} of {r["rounds"]}'] for left, rows in t['stop'].items() for n, r in rows.items()]))
    if 'idle' in t:
        yield ('Idle', 'One of each, asleep; kB. s6-svscan and runsvdir have further processes (s6-supervise, runsv) that are not counted.', table(
            ['', 'RSS', 'PSS', 'private dirty', 'page tables', 'wake-ups', 'CPU, µs'],
            [[n, r['Rss_kb'], r['Pss_kb'], r['Private_Dirty_kb'], r['VmPTE_kb'], f'{r["wakeups"]} in {r["seconds"]} s', number(r['cpu_ns'] / 1000, 0)] for n, r in t['idle'].items()]))
    if 'density' in t:
        base = t['density']['alone']['bytes_each']['median']
        yield ('Density', 'Many PID namespaces at once, each with an init and a workload that sleeps. Memory is what the kernel charges to the control group, its own included; "alone" has the workload for PID 1, '
               'and the init\'s share is what comes on top of that.', table(
                   ['', 'namespaces', 'kB each', 'of that the init', 'PSS of an init, kB', 'start all, ms', 'stop all, ms', 'CPU while idle, ms'],
                   [[n, r['count'], number(r['bytes_each']['median'] / 1024), number((r['bytes_each']['median'] - base) / 1024), number(r['pss_of_inits_kb']['median'] / r['count']),
                     number(us(r['start_all_ns']) / 1000, 0), number(us(r['stop_all_ns']) / 1000, 0), number(r['idle_cpu_ns']['median'] / 1e6)] for n, r in t['density'].items()]))
    if 'wrapper' in t:
        yield ('Wrapper', 'New pid, mount, uts and ipc namespaces, a fresh /proc, the host name, a workload that does nothing.', start_table(t['wrapper'], 'none', 'foster'))
    if 'curve_arguments' in t:
        yield ('Arguments and environment', 'Start with so many bytes of both, µs to the init\'s end: the kernel copies them at both execs.' + bend(t['curve_arguments'], lambda r: us(r['to_exit_ns']), 'bytes'), curve_table(t['curve_arguments'], 'bytes', lambda r: number(us(r['to_exit_ns']))))
    if 'curve_nesting' in t:
        yield ('Nesting', 'One namespace with its init in another, µs to the end of the outermost.' + bend(t['curve_nesting'], lambda r: us(r['to_exit_ns']), 'levels'), curve_table(t['curve_nesting'], 'depth', lambda r: number(us(r['to_exit_ns']), 0)))
    if 'curve_orphans' in t:
        yield ('Orphans, more and more', 'Orphans per second, one by one.', curve_table(t['curve_orphans'], 'orphans', lambda r: number(r['orphans'] / r['forker_ns'] * 1e9, 0)))
    if 'file' in t:
        yield ('File', '', table(['', 'bytes'], [[n, number(b, 0)] for n, b in t['file']['bytes'].items()]) + '\nWhat weighs what in foster:\n\n' +
               table(['part', 'bytes'], [[n, number(b, 0)] for n, b in sorted(t['file']['parts'].items(), key=lambda item: -item[1])]))


def curve_table(curve, what, cell):
    names = list(next(iter(curve.values())))
    return table([what] + names, [[number(int(x), 0)] + [cell(rows[name]) if name in rows else '–' for name in names] for x, rows in curve.items()])


def page(results, drawn):
    m = results['machine']
    text = '# Benchmarks\n\nfoster against the other container inits, all of them in turns in one run. Made by `sudo tests/bench/run`, which writes this page; '
    text += 'the figures are in [benchmarks.json](benchmarks.json), why foster is quick in [speed.md](speed.md), what many of it save in [fleet.md](fleet.md).\n\n'
    text += f'Taken on {"a virtual machine" if m["virtual"] else "a machine"} with {m["cpus"]} processors ({m["cpu"]}), {m["memory_mb"]} MB, Linux {m["kernel"]}, {m["system"]}, in {results.get("seconds", 0)} s. '
    text += 'Peers: ' + ', '.join(results['versions']) + '; "tini on musl" is the same tini built static on musl, as Alpine ships it.\n\n## Goals\n\n'
    text += table(['what', 'goal', 'measured', ''], [[g['what'], g['goal'], g['figure'], 'met' if g['met'] else 'not met: ' + g['reason']] for g in results.get('goals', [])])
    shown = dict(drawn)
    for title, words, body in sections(results['tables']):
        text += f'\n## {title}\n\n{words}\n\n' if words else f'\n## {title}\n\n'
        if title in shown:
            text += f'![{title}]({shown.pop(title)})\n\n'
        text += body
    return text
