#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The forms in which the suite tells its results: the list, KTAP, JSON, and what it says to an option that it does not know.

usage: forms_test.py SUITE
"""
import json
import os
import re
import subprocess
import sys
import tempfile

SUITE = sys.argv[1]
FEW = '--gtest_filter=InitSignals.*'
passed, failed = 0, 0


def run(*arguments):
    # Bazel's variables would make GoogleTest choose a shard and write an XML file.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(('TEST_', 'GTEST_', 'XML_'))}
    return subprocess.run([SUITE, *arguments], capture_output=True, text=True, env=environment, timeout=300)


def check(claim, holds, evidence=''):
    global passed, failed
    passed, failed = passed + bool(holds), failed + (not holds)
    if not holds:
        print(f'failed: {claim}\n{evidence}')


def listed():
    """name -> [id, statement, source, since]"""
    entries = {}
    for entry in run('--list').stdout.strip().split('\n\n')[:-1]:
        lines = entry.split('\n')
        head = re.fullmatch(r'(\w+\.\w+)  \[([\w-]+)\]', lines[0])
        entries[head[1]] = [head[2], lines[1].strip(), lines[2].strip().removeprefix('source: '), lines[3].strip().removeprefix('since: ')]
    return entries


behaviours = listed()
ids = [entry[0] for entry in behaviours.values()]
check('every behaviour has an id of its own', len(ids) == len(set(ids)), sorted(i for i in ids if ids.count(i) > 1))
# A sentence may begin with the name of a system call, which is in lower case.
check('every statement is a sentence', all(len(entry[1].split()) > 3 and entry[1].endswith('.') for entry in behaviours.values()),
      [name for name, entry in behaviours.items() if len(entry[1].split()) < 4 or not entry[1].endswith('.')])
check('every behaviour has a source', all(len(entry[2]) > 3 for entry in behaviours.values()))
check('every behaviour says since when', all(re.match(r'\d+\.\d+|all', entry[3]) for entry in behaviours.values()), [entry for entry in behaviours.values() if not re.match(r'\d+\.\d+|all', entry[3])])
tests = run('--gtest_list_tests').stdout
check('every test is a behaviour, and the other way round', len(re.findall(r'^  \w', tests, re.M)) == len(behaviours), len(behaviours))

ktap = run('--ktap', FEW).stdout.splitlines()
chosen = [name for name in behaviours if name.startswith('InitSignals.')]
check('KTAP begins with its version and the plan', ktap[:2] == ['KTAP version 1', f'1..{len(chosen)}'], ktap[:2])
lines = [re.fullmatch(r'(ok|not ok) (\d+) (\w+\.\w+)( # SKIP .+)?', line) for line in ktap[2:] if not line.startswith('#')]
check('KTAP has a numbered line for each test', all(lines) and [int(line[2]) for line in lines] == list(range(1, len(chosen) + 1)), '\n'.join(ktap))
check('KTAP names them', sorted(line[3] for line in lines) == sorted(chosen))

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, 'results.json')
    told = run(f'--json={path}', FEW)
    with open(path) as file:
        results = json.load(file)
    check('GoogleTest prints beside the JSON', 'InitSignals' in told.stdout)
    check('JSON names the kernel', results['kernel'] == os.uname().release and results['machine'] == os.uname().machine, results)
    check('JSON has each test with its id', {b['name']: b['id'] for b in results['behaviours']} == {name: behaviours[name][0] for name in chosen})
    check('JSON tells outcomes', {b['outcome'] for b in results['behaviours']} <= {'passed', 'failed', 'skipped'})
    check('JSON tells why', all(b.get('reason') for b in results['behaviours'] if b['outcome'] != 'passed'))
    check('JSON tells what was seen', all(b['seen'] for b in results['behaviours'] if b['outcome'] == 'passed'))

missing = run('--json=/nowhere/results.json', FEW)
check('a JSON file that cannot be opened is an error before anything runs', missing.returncode == 125 and missing.stdout == '' and '/nowhere/results.json' in missing.stderr, missing)
unknown = run('--jason')
check('an unknown option is an error', unknown.returncode == 125 and '--jason' in unknown.stderr, unknown)

print(f'{passed} passed, {failed} failed')
sys.exit(1 if failed else 0)
