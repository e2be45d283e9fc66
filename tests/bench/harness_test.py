#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The harness works: each measure, on counts too small to mean anything, gives every figure that the report reads. No time is looked at."""
import json
import os
import subprocess
import sys

HERE = 'tests/bench/'
FOSTER = 'init/foster'
METER = HERE + 'meter'
STAMP = HERE + 'stamp'
WORKLOAD = HERE + 'workload'

CASES = {
    'start': (['rounds=2'], [STAMP], {'to_workload_ns', 'to_exit_ns'}),
    'steps': ([], [STAMP], {'instructions', 'system_calls', 'code_pages', 'page_faults', 'deaf_instructions', 'deaf_system_calls'}),
    'deaf': (['rounds=1'], [STAMP], {'deaf_ns'}),
    'orphans': (['total=20', 'chunk=10'], [WORKLOAD, 'orphans', '2'], {'orphans', 'init_cpu_ns', 'init_sleeps', 'forker_ns'}),
    'zombies': (['total=20', 'rounds=2'], [WORKLOAD, 'zombies', '2'], {'orphans', 'longest_ns', 'seen_dead'}),
    'signals': (['total=10', 'chunk=5'], [WORKLOAD, 'signals'], {'signals', 'latency_p50_ns', 'init_cpu_ns'}),
    'stop': (['rounds=2'], [WORKLOAD, 'leave', '3'], {'stop_ns', 'asked', 'rounds'}),
    'idle': (['seconds=1'], [WORKLOAD, 'sleep'], {'Rss_kb', 'Pss_kb', 'Private_Dirty_kb', 'VmPTE_kb', 'wakeups', 'cpu_ns'}),
    'density': (['count=2', 'seconds=1'], [WORKLOAD, 'sleep'], {'count', 'bytes_each', 'pss_of_inits_kb', 'start_all_ns', 'stop_all_ns', 'idle_cpu_ns'}),
}


def check(measure, settings, workload, wanted):
    done = subprocess.run([METER, measure, *settings, ':::', 'one', FOSTER, '--', *workload, ':::', 'two', FOSTER, '--reap=wait', '--', *workload],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=240)
    if done.returncode != 0:
        return f'exit status {done.returncode}: {done.stderr.strip()}'
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    if [row['name'] for row in rows] != ['one', 'two']:
        return f'not one line for each contestant: {done.stdout!r}'
    for row in rows:
        missing = wanted - set(row)
        if missing:
            return f'no figure for {", ".join(sorted(missing))}'
        empty = [key for key in wanted if row[key] == []]
        if empty:
            return f'nothing measured for {", ".join(empty)}'
    if measure == 'stop' and rows[0]['asked'] != 2:
        return f'those who were left were asked to end in {rows[0]["asked"]} of 2 rounds'
    if measure == 'orphans' and [row['orphans'] for row in rows] != [20, 20]:
        return 'not so many orphans as were asked for'
    return ''


def main():
    probe = subprocess.run(['unshare', '--fork', '--pid', 'true'], capture_output=True)
    if probe.returncode != 0:
        print('SKIP PID namespaces cannot be made here (CAP_SYS_ADMIN)')
        print('0 passed, 0 failed, 1 skipped')
        return 0
    passed = failed = 0
    for measure, case in CASES.items():
        problem = check(measure, *case)
        print(f'{"FAILED" if problem else "ok"} {measure}{": " + problem if problem else ""}')
        failed += bool(problem)
        passed += not problem
    refused = subprocess.run([METER, 'nonsense', ':::', 'one', FOSTER], capture_output=True)
    ended = subprocess.run([METER, 'start', 'rounds=1', ':::', 'one', FOSTER, '--', '/bin/false'], capture_output=True)
    for what, right in (('refuses what it does not know', refused.returncode == 2), ('does not count a start that failed', ended.returncode == 1)):
        print(f'{"ok" if right else "FAILED"} {what}')
        passed += right
        failed += not right
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    os.environ.setdefault('PATH', '/usr/sbin:/usr/bin:/sbin:/bin')
    sys.exit(main())
