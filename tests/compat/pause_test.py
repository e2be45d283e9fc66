#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What Kubernetes expects of a pod's infrastructure container. The original is built from Kubernetes' own source (build/pause/linux/pause.c)."""
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from harness import FOSTER, Suite, awaits_signals, check, children, equal, signals, state, until  # noqa: E402

suite = Suite('pause', os.path.abspath('external/kubernetes/pause'), FOSTER)
case = suite.case


def ready(one):
    # foster blocks every signal, or waits for it, the original handles CHLD last; unshare, before them, does neither.
    return awaits_signals(one.init) or 10 in signals(one.init, 'SigBlk') or 17 in signals(one.init, 'SigCgt')


def started(run, pid1=True):
    one = run([], pid1=pid1)
    until(lambda: ready(one), 'its being ready')
    return one


def in_pod(one, script):
    """A shell that shares the pod's PID namespace, as the process of another container does."""
    return subprocess.Popen(['nsenter', '--pid', '-t', str(one.init), 'sh', '-c', script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)


@case('it runs nothing, and exits with 0 for SIGTERM and for SIGINT', all_names=True)
def _(run):
    for signo in (signal.SIGTERM, signal.SIGINT):
        one = started(run)
        equal(children(one.init), [])
        equal(one.send(signo).end(), 0)


@case('"pause -v" will return build information for the pause binary, and so does -V')
def _(run):
    for letter in ('-v', '-V'):
        one = run([letter])
        equal(one.end(), 0)
        check(one.output.startswith(b'pause.c ') and one.output.endswith(b'\n'), one.output)


@case('it cleans up orphaned zombie processes: as the PID 1 of a shared PID namespace it reaps them, however many come together')
def _(run):
    one = started(run)
    for orphans in (1, 200):
        with in_pod(one, f'i=0; while [ $i -lt {orphans} ]; do (sleep 0.05 &); i=$((i + 1)); done; echo made') as pod:
            equal(pod.communicate()[0], 'made\n')
        until(lambda: children(one.init) == [], 'the orphans to be reaped')
    check(state(one.init) == 'S', state(one.init))
    equal(one.send(15).end(), 0)


@case('other signals are nothing to it')
def _(run):
    one = started(run)
    for signo in (signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGPIPE, signal.SIGWINCH, signal.SIGRTMIN + 2):
        one.send(signo)
    # They have been seen when an orphan that dies after them has been reaped.
    with in_pod(one, '(sleep 0.05 &); echo made') as pod:
        equal(pod.communicate()[0], 'made\n')
    until(lambda: children(one.init) == [], 'the orphan to be reaped')
    equal(one.send(15).end(), 0)


@case('it ends at once: what is left in the pod is killed, and is not asked first')
def _(run):
    one = started(run)
    with in_pod(one, 'trap "echo asked" TERM; echo up; while :; do sleep 1000 & wait $!; done') as left:
        equal(left.stdout.readline(), 'up\n')
        equal(one.send(15).end(), 0)
        equal(left.stdout.read(), '')


@case('it runs where it is not PID 1 as well')
def _(run):
    one = started(run, pid1=False)
    equal(one.send(15).end(), 0)


@case('wrong usage is refused with 1', bug='it takes no notice of words that it does not know', hangs=True)
def _(run):
    equal(run(['--nothing']).end(), 1)
    equal(run(['a-program']).end(), 1)


if __name__ == '__main__':
    suite.main()
