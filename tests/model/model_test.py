#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The event loop's model, checked by spin: every state that it can reach, with either reaper, in every scope; and broken on purpose, where spin must
find out.

  model_test.py           what ./test runs: about a minute
  model_test.py --deep    with more signals, stops, births, keys and readings at once: a quarter of an hour, and four gigabytes of memory
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
PARTS = ['event_loop', 'kernel', 'stop_ladder', 'ear', 'terminal', 'signals', 'ends', 'taking', 'world']
SOURCES = os.path.dirname(os.path.dirname(HERE))

# What spin looks for. `safety`: no assertion fails and nothing is stuck. `spinning`: foster is never busy without anything to be done (no cycle without
# progress: time that passes is progress). `ends`: the model's formula, where everybody who can go on does so in the end.
VERIFIERS = {
    'safety': (['-DSAFETY', '-DNOCLAIM'], []),
    'spinning': (['-DNP', '-DNOCLAIM'], ['-l']),
    'ends': (['-DNFAIR=3'], ['-a', '-f']),
}
MEMORY = '-DMEMLIM=5000'  # megabytes, of one search

SOME = {'SIGNALS': 1, 'STOPS': 1, 'BIRTHS': 2, 'BOUNDED': 1}
FEW = {'SIGNALS': 1, 'STOPS': 1, 'BIRTHS': 1, 'BOUNDED': 1}
STOPS = {'SIGNALS': 0, 'STOPS': 2, 'BIRTHS': 1, 'BOUNDED': 1}

NAMESPACE, DESCENDANTS, NOBODY = 0, 1, 2
KILL_THEM, WAIT_FOR_THEM, LEAVE_THEM = 1, 2, 3
ONCE, FOR_EVER = 1, 2
BY_SHELL, OF_LEADER, ORPHANED = 1, 2, 3

# What else there is: without a workload, with a longest life, with a watchdog, at a terminal.
PAUSE = {'PAUSES': 1, 'SIGNALS': 1, 'STOPS': 1, 'BIRTHS': 2}
LIMIT = {'LIMITED': 1, 'STOPS': 1, 'BIRTHS': 1}
WATCH = {'WATCHDOG': 1, 'HANGS': 1, 'STOPS': 1, 'BIRTHS': 1}
SHELL = {'TERMINAL': BY_SHELL, 'KEYS': 2, 'READS': 1, 'RESUMES': 2, 'STOPS': 1}
LEADER = {'TERMINAL': OF_LEADER, 'KEYS': 2, 'READS': 1, 'HALTS': 1, 'STOPS': 1}


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
            for kind in VERIFIERS:
                yield f'{scope}, {reaper} reaps: after a first moment', kind, dict(FEW, KERNEL=kernel, SCOPE=number, HURRIES=1, TRACER=1)
            yield f'{scope}, {reaper} reaps: restarts for ever', 'ends', dict(STOPS, KERNEL=kernel, SCOPE=number, RESTARTS=FOR_EVER)
        yield f'init, {reaper} reaps: a tracer holds the workload', 'safety', dict(FEW, KERNEL=kernel, TRACER=1)
        yield f'init, {reaper} reaps: somebody from outside', 'safety', dict(FEW, KERNEL=kernel, OUTSIDER=1, TIMELESS=1)
        yield f'init, {reaper} reaps: a stop signal is held back', 'safety', dict(FEW, KERNEL=kernel, DELAYED=1, BOUNDED=0, STOPS=2)
        yield f'init, {reaper} reaps: leftovers are killed', 'safety', dict(FEW, KERNEL=kernel, LEFTOVERS=KILL_THEM)
        yield f'init, {reaper} reaps: leftovers are waited for', 'safety', dict(FEW, KERNEL=kernel, LEFTOVERS=WAIT_FOR_THEM)
        yield f'subreaper, {reaper} reaps: leftovers are left', 'safety', dict(FEW, KERNEL=kernel, SCOPE=DESCENDANTS, LEFTOVERS=LEAVE_THEM)
        yield f'pause, {reaper} reaps', 'safety', dict(PAUSE, KERNEL=kernel, OUTSIDER=1)
        yield f'pause, {reaper} reaps: without its time limits', 'safety', dict(PAUSE, KERNEL=kernel, TIMELESS=1)
        yield f'pause that leaves what is left, {reaper} reaps', 'ends', dict(PAUSE, KERNEL=kernel, LEFTOVERS=LEAVE_THEM)
        yield f'pause of a subreaper with a longest life and a stop signal held back, {reaper} reaps', 'ends', dict(PAUSE, KERNEL=kernel, SCOPE=DESCENDANTS, LIMITED=1, DELAYED=1, BIRTHS=1)
        yield f'a longest life, {reaper} reaps', 'ends', dict(LIMIT, KERNEL=kernel)
        yield f'a longest life with a stop signal held back, {reaper} reaps', 'safety', dict(LIMIT, KERNEL=kernel, DELAYED=1, STOPS=2)
        yield f'a longest life of a subreaper, restarts for ever, {reaper} reaps', 'ends', dict(LIMIT, KERNEL=kernel, SCOPE=DESCENDANTS, STOPS=0, RESTARTS=FOR_EVER)
        yield f'watchdog, {reaper} reaps', 'spinning', dict(WATCH, KERNEL=kernel)
        yield f'watchdog, {reaper} reaps', 'ends', dict(WATCH, KERNEL=kernel, STOPS=0)
        yield f'watchdog and readiness, {reaper} reaps: one restart', 'safety', dict(WATCH, KERNEL=kernel, SAYS_READY=1, ANOTHER_SAYS=1, RESTARTS=ONCE)
        yield f'watchdog and readiness, {reaper} reaps', 'safety', dict(WATCH, KERNEL=kernel, SAYS_READY=1, STOPS=0)
        yield f'watchdog at a terminal, {reaper} reaps', 'safety', dict(SHELL, KERNEL=kernel, WATCHDOG=1, HANGS=1, KEYS=1, RESUMES=1, STOPS=0)
        yield f'a job of a shell, {reaper} reaps', 'safety', dict(SHELL, KERNEL=kernel)
        yield f'a job of a shell, {reaper} reaps', 'spinning', dict(SHELL, KERNEL=kernel, SCOPE=DESCENDANTS, KEYS=1)
        yield f'a job whose shell is gone, {reaper} reaps', 'safety', dict(LEADER, KERNEL=kernel, SCOPE=DESCENDANTS, TERMINAL=ORPHANED)
        yield f'a session\'s leader, {reaper} reaps', 'safety', dict(LEADER, KERNEL=kernel)
        yield f'a session\'s leader, {reaper} reaps', 'ends', dict(LEADER, KERNEL=kernel, HALTS=0, BOUNDED=1)
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
    (15, 'a longest life does not bound the workload that it has asked', 'ends', LIMIT),
    (16, 'a workload that was asked has no longest life any more', 'safety', LIMIT),
    (17, 'a pause whose stop signal was held back goes on', 'safety', dict(PAUSE, DELAYED=1)),
    (18, 'what a run left behind says is believed of the next', 'safety', dict(WATCH, SAYS_READY=1, ANOTHER_SAYS=1, RESTARTS=ONCE)),
    (19, 'the watchdog does not begin', 'ends', dict(WATCH, STOPS=0)),
    (20, 'the watchdog does not begin with readiness', 'safety', dict(WATCH, SAYS_READY=1, STOPS=0)),
    (21, 'that foster was resumed is left to the SIGCONT in its queue', 'safety', SHELL),
    (22, 'a workload that stopped is left alone', 'safety', SHELL),
    (23, 'the terminal is not taken back', 'safety', SHELL),
    (24, 'a workload that stands still is watched', 'safety', dict(LEADER, WATCHDOG=1)),
    (25, 'a stopped workload that is asked to stop is not continued', 'safety', dict(LEADER, BOUNDED=0)),
    (26, 'a hung workload that does not end by SIGABRT is left alone', 'ends', dict(WATCH, STOPS=0)),
    (27, 'foster stands still with a workload that was killed as it stood', 'safety', dict(SHELL, BOUNDED=1)),
    (28, 'what was said in time is not heard when the time is over', 'safety', WATCH),
    (29, 'that it was stopped is not heard when the time is over', 'safety', dict(SHELL, WATCHDOG=1)),
    (30, 'a SIGCONT for a workload that has the terminal lets foster forget that', 'safety', SHELL),
    (31, 'what died in the first moment is not looked for when the kernel begins to reap', 'safety', dict(FEW, KERNEL=1, HURRIES=1)),
    (13, 'a stop signal does not end the pause before a restart', 'safety', dict(SOME, RESTARTS=ONCE)),
]

DEEP = [('deep', 'safety', dict(configuration, KERNEL=kernel, SCOPE=scope))
        for configuration in (
            dict(SIGNALS=2, STOPS=2, BIRTHS=2, BOUNDED=1),
            dict(SIGNALS=1, STOPS=2, BIRTHS=2, BOUNDED=1, RESTARTS=ONCE),
            dict(PAUSE, SIGNALS=2, STOPS=2, BIRTHS=3, LIMITED=1, OUTSIDER=1),
            dict(LIMIT, SIGNALS=1, STOPS=2, BIRTHS=2, RESTARTS=ONCE),
            dict(WATCH, STOPS=2, BIRTHS=1, BOUNDED=1, SAYS_READY=1, ANOTHER_SAYS=1, RESTARTS=ONCE),
            dict(SHELL, SIGNALS=1, KEYS=3, READS=2, HALTS=1, RESUMES=3, STOPS=2, BOUNDED=1),
        ) for kernel in (1, 0) for scope in (NAMESPACE, DESCENDANTS)]


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
    check_names(tally, '\n'.join(source_of(f'tests/model/{part}.pml') for part in PARTS))
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
