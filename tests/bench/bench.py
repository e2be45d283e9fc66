# SPDX-License-Identifier: Apache-2.0
"""The benchmark behind tests/bench/run: see there."""
import argparse
import json
import pathlib
import time

import collect
import contestants
import fleet
import plots
import report


def main():
    parser = argparse.ArgumentParser(prog='tests/bench/run')
    parser.add_argument('--long', action='store_true', help='a million signals, 2 000 containers, a minute of idling')
    parser.add_argument('--tiny', action='store_true', help='counts too small to mean anything: whether all of it works')
    parser.add_argument('--only', default='', help='these tables: ' + ', '.join(collect.TABLES))
    parser.add_argument('--out', default=str(contestants.TOP / 'docs'), help='where to write')
    parser.add_argument('--from-json', help='measure nothing: write the pages from this file')
    arguments = parser.parse_args()
    out = pathlib.Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    if arguments.from_json:
        results = json.loads(pathlib.Path(arguments.from_json).read_text())
        results['goals'] = report.goals(results)
    else:
        begin = time.monotonic()
        scale = 'long' if arguments.long else 'tiny' if arguments.tiny else 'default'
        only = [name for name in arguments.only.split(',') if name]
        for name in only:
            if name not in collect.TABLES:
                parser.error(f'--only={name}: no such table')
        results = collect.collect(scale, only)
        results['seconds'] = round(time.monotonic() - begin)
        if only and (out / 'benchmarks.json').exists():
            # What was measured again stands beside what was not.
            old = json.loads((out / 'benchmarks.json').read_text())
            results['tables'] = {**old['tables'], **results['tables']}
        results['goals'] = report.goals(results)
        (out / 'benchmarks.json').write_text(json.dumps(results, indent=1) + '\n')
    drawn = plots.draw(results, out)
    page = report.page(results, drawn)
    (out / 'benchmarks.md').write_text(page)
    (out / 'fleet.md').write_text(fleet.page(results))
    print(f'{sum(goal["met"] for goal in results["goals"])} goals met, {sum(not goal["met"] for goal in results["goals"])} not: see {out / "benchmarks.md"}')


if __name__ == '__main__':
    main()
