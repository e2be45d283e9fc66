#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What Kubernetes expects of a pod's infrastructure container. Debian has no package of the original: only foster is run."""
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from harness import FOSTER, Suite, check, children, equal, signals, state, until  # noqa: E402

suite = Suite('pause', None, FOSTER)
case = suite.case


def started(run, **options):
    one = run([], pid1=True, **options)
    until(lambda: 10 in signals(one.init, 'SigBlk'), 'its being ready')  # unshare, before it, blocks INT and TERM only
    return one


@case('it runs nothing, and exits with 0 for SIGTERM and for SIGINT', all_names=True)
def _(run):
    for signo in (signal.SIGTERM, signal.SIGINT):
        one = started(run)
        equal(children(one.init), [])
        equal(one.send(signo).end(), 0)


@case('-v prints a version and exits')
def _(run):
    one = run(['-v'])
    equal(one.end(), 0)
    check(one.output.startswith(b'pause.c '), one.output)


@case('as the PID 1 of a shared PID namespace it reaps what is orphaned to it')
def _(run):
    import subprocess
    one = started(run)
    pod = subprocess.run(['nsenter', '--pid', '-t', str(one.init), 'sh', '-c', 'sh -c "sleep 0.05 & echo made"'], stdout=subprocess.PIPE, check=True)
    equal(pod.stdout, b'made\n')
    until(lambda: children(one.init) == [], 'the orphan to be reaped')
    check(state(one.init) == 'S', state(one.init))
    equal(one.send(15).end(), 0)


@case('wrong usage exits with 1')
def _(run):
    equal(run(['--nothing']).end(), 1)


if __name__ == '__main__':
    suite.main()
