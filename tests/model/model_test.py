#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The event loop's model, checked by spin: every state that it can reach, with either reaper, in every scope; and broken on purpose, where spin must
find out.

  model_test.py           what ./test runs: about a minute
  model_test.py --deep    with more signals, stops and births at once: many minutes and gigabytes
"""
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = os.path.join(HERE, 'event_loop.pml')
SOURCES = os.path.dirname(os.path.dirname(HERE))

# What spin looks for. `safety`: no assertion fails and nothing is stuck. `spinning`: foster is never busy without anything to be done (no cycle without
# progress: time that passes is progress). `ends`: the model's formula, where everybody who can go on does so in the end.
VERIFIERS = {
    'safety': (['-DSAFETY', '-DNOCLAIM'], []),
    'spinning': (['-DNP', '-DNOCLAIM'], ['-l']),
    'ends': ([], ['-a', '-f']),
}
MEMORY = '-DMEMLIM=3000'  # megabytes

SOME = {'SIGNALS': 1, 'STOPS': 1, 'BIRTHS': 2, 'BOUNDED': 1}
FEW = {'SIGNALS': 1, 'STOPS': 1, 'BIRTHS': 1, 'BOUNDED': 1}
STOPS = {'SIGNALS': 0, 'STOPS': 2, 'BIRTHS': 1, 'BOUNDED': 1}

NAMESPACE, DESCENDANTS, NOBODY = 0, 1, 2
KILL_THEM, WAIT_FOR_THEM, LEAVE_THEM = 1, 2, 3
ONCE, FOR_EVER = 1, 2


def claims():
    """(the claim, what is looked for, the configuration)"""
    for reaper, kernel in (('wait', 0), ('kernel', 1)):
        for scope, number in (('init', NAMESPACE), ('subreaper', DESCENDANTS)):
            yield f'{scope}, {reaper} reaps', 'safety', dict(SOME, KERNEL=kernel, SCOPE=number)
            yield f'{scope}, {reaper} reaps: without its time limits', 'safety', dict(SOME, KERNEL=kernel, SCOPE=number, TIMELESS=1)
            yield f'{scope}, {reaper} reaps: one restart', 'safety', dict(FEW, KERNEL=kernel, SCOPE=number, RESTARTS=ONCE)
            yield f'{scope}, {reaper} reaps: restarts for ever', 'safety', dict(STOPS, KERNEL=kernel, SCOPE=number, RESTARTS=FOR_EVER)
            yield f'{scope}, {reaper} reaps', 'spinning', dict(FEW, KERNEL=kernel, SCOPE=number, TRACER=1)
            yield f'{scope}, {reaper} reaps', 'ends', dict(FEW, KERNEL=kernel, SCOPE=number)
            yield f'{scope}, {reaper} reaps: restarts for ever', 'ends', dict(STOPS, KERNEL=kernel, SCOPE=number, RESTARTS=FOR_EVER)
        yield f'init, {reaper} reaps: a tracer holds the workload', 'safety', dict(FEW, KERNEL=kernel, TRACER=1)
        yield f'init, {reaper} reaps: somebody from outside', 'safety', dict(FEW, KERNEL=kernel, OUTSIDER=1, TIMELESS=1)
        yield f'init, {reaper} reaps: a stop signal is held back', 'safety', dict(FEW, KERNEL=kernel, DELAYED=1, BOUNDED=0, STOPS=2)
        yield f'init, {reaper} reaps: leftovers are killed', 'safety', dict(FEW, KERNEL=kernel, LEFTOVERS=KILL_THEM)
        yield f'init, {reaper} reaps: leftovers are waited for', 'safety', dict(FEW, KERNEL=kernel, LEFTOVERS=WAIT_FOR_THEM)
        yield f'subreaper, {reaper} reaps: leftovers are left', 'safety', dict(FEW, KERNEL=kernel, SCOPE=DESCENDANTS, LEFTOVERS=LEAVE_THEM)
    yield 'outer half of a wrapper', 'safety', dict(SIGNALS=2, STOPS=2, BIRTHS=0, SCOPE=NOBODY)


# Mistakes that could be made, or were: the number in the model, what it is, and where spin must find it.
BUGS = [
    (1, 'RunBegins does not look for who is dead already', 'safety', dict(SOME, KERNEL=1)),
    (2, 'Reap does not ask the pidfd of a workload that the kernel reaped', 'spinning', dict(FEW, KERNEL=1)),
    (3, 'WorkloadEnded does not look once more', 'safety', dict(SOME, KERNEL=1, SCOPE=DESCENDANTS, TIMELESS=1)),
    (4, 'that nobody was left by one run is believed of the next', 'safety', dict(SOME, RESTARTS=ONCE)),
    (5, 'of the signals that one read took only the first is passed on', 'safety', dict(SOME, SIGNALS=2)),
    (6, 'WorkloadEnded leaves SIGCHLD held back', 'spinning', dict(SOME)),
    (7, 'the stop signal that was held back is forgotten', 'safety', dict(SOME, DELAYED=1, BOUNDED=0)),
    (8, 'in the round that waited for it the workload is known by its number still', 'safety', dict(SOME)),
    (9, 'a workload that ended can end again', 'safety', dict(SOME, BIRTHS=3)),
    (10, 'a round that ended at its bound is the last', 'safety', dict(SOME)),
    (11, 'the pidfd is watched for the death (POLLIN) where the release (POLLHUP) is waited for', 'spinning', dict(FEW, KERNEL=1, TRACER=1)),
    (12, 'whose parent is outside is not looked for again', 'safety', dict(SOME, OUTSIDER=1, TIMELESS=1)),
    (14, 'signals are not looked for before a further run', 'ends', dict(STOPS, RESTARTS=FOR_EVER)),
    (13, 'a stop signal does not end the pause before a restart', 'safety', dict(SOME, RESTARTS=ONCE)),
]

DEEP = [('deep', kind, dict(configuration, SIGNALS=2, STOPS=2, BIRTHS=3, KERNEL=kernel, SCOPE=scope, BOUNDED=1))
        for configuration in ({}, {'RESTARTS': ONCE}) for kernel in (1, 0) for scope in (NAMESPACE, DESCENDANTS) for kind in ('safety',)]


class Tally:
    def __init__(self):
        self.passed = self.failed = 0
        self.states = {kind: 0 for kind in VERIFIERS}
        self.lock = threading.Lock()

    def note(self, fine, words):
        with self.lock:
            self.passed += fine
            self.failed += not fine
            print(('' if fine else 'FAILED ') + words, flush=True)


def named_functions(text):
    models = re.findall(r'models (\w+(?:::\w+)?) ([\w/]+\.(?:cc|h))', text)
    leaves_out = re.findall(r'leaves out (Supervisor::\w+): ', text)
    return models, leaves_out


def source_of(path):
    with open(os.path.join(SOURCES, path)) as f:
        return f.read()


def check_names(tally, text):
    """What the model names is there, and all that the supervisor does is in it or left out for a reason."""
    models, leaves_out = named_functions(text)
    for name, path in models:
        try:
            source = source_of(path)
        except OSError:
            source = ''
        called = name if path.endswith('.cc') else name.split('::')[-1]
        if not re.search(r'\b' + re.escape(called) + r'\(', source):
            tally.note(False, f'the model names {name}, and {path} has no such function')
            return
    tally.note(len(models) > 25, f'the {len(models)} functions that the model names are in the source')
    body = re.search(r'^class Supervisor \{(.*?)^\};', source_of('init/supervisor.h'), re.S | re.M).group(1)
    declared = set(re.findall(r'^  [\w:<>&*\s]*?(\w+)\([^;{]*\)(?: const)?(?:;| \{)', body, re.M)) - {'Supervisor'}
    known = {name.split('::')[1] for name, _ in models if name.startswith('Supervisor::')} | {name.split('::')[1] for name in leaves_out}
    tally.note(len(declared) > 25 and declared == known,
               f'each of the {len(declared)} functions of the supervisor is modelled, or left out for a reason'
               + (f': not so {sorted(declared - known)} (add a line "models" or "leaves out" to event_loop.pml), gone are {sorted(known - declared)}'
                  if declared != known else ''))


def build(folder):
    subprocess.run(['spin', '-a', MODEL], cwd=folder, check=True, stdout=subprocess.DEVNULL)

    def compile_one(kind):
        subprocess.run(['gcc', '-O2', '-w', '-DNOREDUCE', MEMORY, *VERIFIERS[kind][0], '-o', f'verify-{kind}', 'pan.c'], cwd=folder, check=True)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(compile_one, VERIFIERS))


def verify(folder, kind, configuration):
    """(states, what was found or '') of one search; None for the states where it was not completed."""
    with tempfile.TemporaryDirectory(dir=folder) as mine:  # for the trail that it writes
        environment = dict(os.environ, **{name: str(value) for name, value in configuration.items()})
        done = subprocess.run([os.path.join(folder, f'verify-{kind}'), '-m1000000', *VERIFIERS[kind][1]], cwd=mine, env=environment,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    states = re.search(r'(\d+) states, stored', done.stdout)
    errors = re.search(r'errors: (\d+)', done.stdout)
    if states is None or errors is None:
        return None, done.stdout[-400:]
    found = re.search(r'pan:1: (.*)', done.stdout)
    if int(errors[1]) == 0 and 'Search not completed' in done.stdout:
        return None, 'the search was not completed: ' + (found[1] if found else '')
    return int(states[1]), found[1] if int(errors[1]) > 0 and found else ''


def main():
    deep = '--deep' in sys.argv[1:]
    tally = Tally()
    with open(MODEL) as f:
        check_names(tally, f.read())
    with tempfile.TemporaryDirectory(dir=os.environ.get('TEST_TMPDIR')) as folder:
        build(folder)

        def claim(entry):
            name, kind, configuration = entry
            states, found = verify(folder, kind, configuration)
            if states is not None:
                with tally.lock:
                    tally.states[kind] += states
            tally.note(states is not None and found == '', f'{kind}: {name} {configuration}: '
                       + (found if found else f'{states} states'))

        def mistake(entry):
            number, name, kind, configuration = entry
            states, found = verify(folder, kind, dict(configuration, BUG=number))
            tally.note(states is not None and found != '', f'mistake {number}: {name}: ' + (f'found ({found})' if found else f'NOT found in {states} states'))

        with concurrent.futures.ThreadPoolExecutor(1 if deep else 2) as pool:
            list(pool.map(claim, DEEP if deep else claims()))
            if not deep:
                list(pool.map(mistake, BUGS))
    for kind, states in tally.states.items():
        print(f'states visited, {kind}: {states}')
    print(f'states visited: {sum(tally.states.values())}; mistakes found: {0 if deep else len(BUGS)} of {len(BUGS)}' if tally.failed == 0 else 'see FAILED')
    print(f'{tally.passed} passed, {tally.failed} failed')
    sys.exit(1 if tally.failed or tally.passed == 0 else 0)


if __name__ == '__main__':
    main()
