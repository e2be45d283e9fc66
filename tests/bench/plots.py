# SPDX-License-Identifier: Apache-2.0
"""The plots of docs/benchmarks.md, as SVG."""
import matplotlib

matplotlib.use('svg')
matplotlib.rcParams['svg.hashsalt'] = 'foster'  # the same figures make the same file
import matplotlib.pyplot as plt  # noqa: E402

COLOURS = {'foster': '#d1495b', 'foster --reap=wait': '#edae49'}
OTHERS = ['#30638e', '#003d5b', '#00798c', '#7a7a7a', '#9c89b8', '#5c8001', '#b5b5b5']


def colour(name, index):
    return COLOURS.get(name, OTHERS[index % len(OTHERS)])


def save(figure, out, name):
    figure.tight_layout()
    figure.savefig(out / name, metadata={'Date': None})
    plt.close(figure)
    return name


def bars(rows, out, name, title, label):
    """`rows`: {contestant: (value, low, high)}."""
    figure, axis = plt.subplots(figsize=(8, 0.45 * len(rows) + 1.2))
    names = list(rows)[::-1]
    values = [rows[n][0] for n in names]
    errors = [[max(0, rows[n][0] - rows[n][1]) for n in names], [max(0, rows[n][2] - rows[n][0]) for n in names]]
    axis.barh(names, values, xerr=errors, color=[colour(n, i) for i, n in enumerate(names)], error_kw={'lw': 1})
    axis.bar_label(axis.containers[-1], fmt=' %.4g', fontsize=8)
    axis.set_xlabel(label)
    axis.set_title(title)
    axis.margins(x=0.12)
    return save(figure, out, name)


def lines(curve, value, out, name, title, xlabel, ylabel, log=True):
    figure, axis = plt.subplots(figsize=(8, 4.5))
    xs = [int(x) for x in curve]
    for index, who in enumerate(next(iter(curve.values()))):
        points = [(x, value(curve[str(x)][who])) for x in xs if who in curve[str(x)]]
        if len(points) < 2:
            continue
        axis.plot(*zip(*points), marker='o', ms=4, label=who, color=colour(who, index), lw=2 if who == 'foster' else 1.2)
    if log:
        axis.set_xscale('log' if min(xs) > 0 else 'symlog', **({} if min(xs) > 0 else {'linthresh': 1000}))
        axis.set_yscale('log')
    axis.set_ylim(bottom=None if log else 0)
    axis.set_xlabel(xlabel)
    axis.set_ylabel(ylabel)
    axis.set_title(title)
    axis.grid(True, which='major', alpha=0.3)
    axis.legend(fontsize=8)
    return save(figure, out, name)


def of(figure):
    return tuple(figure[key] / 1000 for key in ('median', 'q1', 'q3'))


def flat(value):
    return value, value, value


def draw(results, out):
    """[(title of the page's section, file)]."""
    t, drawn = results['tables'], []

    def add(title, file):
        drawn.append((title, file))

    if 'start' in t:
        add('Start', bars({n: of(r['to_exit_ns']) for n, r in t['start'].items()}, out, 'benchmarks-start.svg', 'exec of the init to its end, workload: nothing', 'µs (quartiles)'))
    if 'deaf' in t:
        add('Deaf window', bars({n: of(r['deaf_ns']) for n, r in t['deaf'].items()}, out, 'benchmarks-deaf.svg', 'exec to signals not lost any more', 'µs (quartiles), measuring included'))
    if 'orphans' in t:
        add('Orphans, one by one', bars({n: flat(r['init_cpu_ns'] / r['orphans'] / 1000) for n, r in t['orphans'].items()}, out, 'benchmarks-orphans.svg', 'CPU time of PID 1 for one orphan', 'µs'))
    if 'idle' in t:
        add('Idle', bars({n: flat(r['Rss_kb']) for n, r in t['idle'].items()}, out, 'benchmarks-idle.svg', 'Resident memory of an idle PID 1', 'kB'))
    if 'stop' in t and len(t['stop']) > 1:
        add('Stop', lines(t['stop'], lambda r: r['stop_ns']['median'] / 1e6, out, 'benchmarks-stop.svg', 'SIGTERM to everything gone', 'processes left', 'ms'))
    if 'wrapper' in t:
        add('Wrapper', bars({n: of(r['to_exit_ns']) for n, r in t['wrapper'].items()}, out, 'benchmarks-wrapper.svg', 'namespaces, /proc, host name, nothing, end', 'µs (quartiles)'))
    if len(t.get('curve_orphans', ())) > 1:
        add('Orphans, more and more', lines(t['curve_orphans'], lambda r: r['orphans'] / r['forker_ns'] * 1e9, out, 'benchmarks-curve-orphans.svg', 'Orphans per second, one by one', 'orphans', 'per second'))
    if len(t.get('curve_nesting', ())) > 1:
        add('Nesting', lines(t['curve_nesting'], lambda r: r['to_exit_ns']['median'] / 1000, out, 'benchmarks-curve-nesting.svg', 'Namespaces in namespaces, each with an init', 'depth', 'µs', log=False))
    if len(t.get('curve_arguments', ())) > 1:
        add('Arguments and environment', lines(t['curve_arguments'], lambda r: r['to_exit_ns']['median'] / 1000, out, 'benchmarks-curve-arguments.svg', 'Start with long arguments and environment', 'bytes of both', 'µs'))
    return drawn
