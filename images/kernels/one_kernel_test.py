#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The kernel-behaviour suite and foster's contract in one virtual machine with foster as PID 1, counted test by test."""
import collections
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import machine_test  # noqa: E402
import matrix  # noqa: E402
from architecture import AMD64  # noqa: E402


def main(arch=AMD64, only=()):
    """`only`: names of programs; all that there are unless said."""
    missing = machine_test.missing(arch)
    if missing:
        print(f'SKIP {missing}')
        print('0 passed, 0 failed, 1 skipped')
        return 0
    with tempfile.TemporaryDirectory(dir=os.environ.get('TEST_TMPDIR')) as folder:
        path = os.path.join(folder, 'results.json')
        run = subprocess.run([os.path.join(HERE, 'run'), f'--built={machine_test.BUILT}', f'--arch={arch.name}', f'--on={machine_test.KERNEL}', f'--json={path}', f'--only={",".join(only)}'])
        if not os.path.exists(path):
            print('0 passed, 1 failed')
            return 1
        made = matrix.load(path)
    counts = matrix.total(made, machine_test.KERNEL)
    skipped = collections.defaultdict(list)
    for test in made['tests']:
        answer = made['results'][machine_test.KERNEL].get(matrix.key(test))
        if answer and answer['outcome'] == 'skipped':
            skipped[(answer.get('reason') or 'no reason given').splitlines()[-1]].append(test['name'])
    # One line a reason: an old kernel lacks the same thing many times.
    for reason, names in skipped.items():
        print(f'SKIP {names[0]}' + (f' and {len(names) - 1} more' if len(names) > 1 else '') + f': {reason}')
    # A machine that did not end well is a failure, whatever its tests said.
    bad = counts['failed'] + counts['died'] + (made['kernels'][0]['how'] != 'ended')
    print(f'{counts["passed"]} passed, {bad} failed' + (f', {counts["skipped"]} skipped' if counts['skipped'] else ''))
    return 1 if bad or run.returncode or not counts['passed'] else 0


if __name__ == '__main__':
    sys.exit(main())
