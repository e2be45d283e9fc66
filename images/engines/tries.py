# SPDX-License-Identifier: Apache-2.0
"""What is tried under every engine. Each is a function of an engine and of whether foster is the engine's own init; its first words are a row of the table. What it returns is
what the table says, `ok` where it returns nothing."""
import os
import re
import subprocess

from container import Container
from engine import NotSo, Wrong


def equal(got, wanted, what):
    if got != wanted:
        raise Wrong(f'{what}: {got}, not {wanted}')


LISTEN = '''
trap 'echo got HUP' HUP; trap 'echo got USR1' USR1; trap 'echo got WINCH' WINCH; trap 'echo got INT' INT; trap 'echo bye; exit 9' TERM
echo ready
while :; do sleep 1000 & wait $!; kill $! 2>/dev/null; done
'''


def sh(script):
    return ['sh', '-c', script]


def try_exit(engine, init):
    """exit statuses: 0, 7, 255; 128+n of signal n; 127 not found, 126 not executable (both 1 in catatonit's place)"""
    for script, wanted in (('exit 0', 0), ('exit 7', 7), ('exit 255', 255), ('kill -9 $$', 137), ('kill -15 $$', 143)):
        with Container(engine, sh(script), init=init) as one:
            equal(one.end(), wanted, script)
    # In podman's init's place foster keeps that one's promise: 1.
    missing = (1, 1) if init and engine.name == 'podman' else (127, 126)
    for command, wanted in zip((['/no/such/program'], ['/etc/plain']), missing):
        with Container(engine, command, init=init) as one:
            equal(one.end(), wanted, command[0])


def try_first(engine, init):
    """PID 1 is foster, and the command its child"""
    with Container(engine, sh('cat /proc/1/comm; cat /proc/self/stat | head -n 1; echo parent $PPID'), init=init) as one:
        equal(one.end(), 0, 'status')
        comm = one.text.split()[0]
        if comm not in ('foster', 'docker-init', 'podman-init'):
            raise Wrong(f'PID 1 is {comm}')
        if 'parent 1' not in one.text:
            raise Wrong(one.text)


def try_signals(engine, init):
    """signals: HUP, USR1, WINCH reach the command, as often as they are sent"""
    with Container(engine, sh(LISTEN), init=init) as one:
        one.wait_for('ready')
        for times in (1, 2):
            for signo in ('HUP', 'USR1', 'WINCH'):
                engine.kill(one.name, signo)
                one.wait_for(f'got {signo}', times)
        engine.kill(one.name, 'TERM')
        equal(one.end(), 9, 'after TERM')


def try_stop(engine, init):
    """stop: a command that cleans up does so (9), one that does not care ends at once (143); neither is killed (137)"""
    with Container(engine, sh(LISTEN), init=init) as one:
        one.wait_for('ready')
        engine.stop(one.name, one)
        equal(one.end(), 9, 'with a clean-up')
        if 'bye' not in one.text:
            raise Wrong(one.text)
    with Container(engine, sh('echo ready; exec sleep 1000'), init=init) as one:
        one.wait_for('ready')
        engine.stop(one.name, one)
        equal(one.end(), 143, 'without a handler')


def try_orphans(engine, init):
    """orphans: 500 of them, and none is left as a zombie"""
    script = '''
for i in $(seq 500); do sh -c 'true & exit 0'; done
i=0
while grep -q ' (.*) Z ' /proc/[0-9]*/stat 2>/dev/null; do i=$((i + 1)); [ $i -lt 100 ] || { echo zombies; exit 1; }; sleep 0.1; done
echo clean
'''
    with Container(engine, sh(script), init=init) as one:
        equal(one.end(), 0, one.text[-100:])


def try_leftovers(engine, init):
    """leftovers: a daemon that outlives the command is asked to go, and has the time to do so"""
    script = '''
setsid sh -c 'trap "sleep 0.2; echo gone in order; exit 0" TERM; echo ready >/tmp/ready; while :; do sleep 1000 & wait $!; done' &
while [ ! -e /tmp/ready ]; do sleep 0.05; done
exit 4
'''
    env = {'FOSTER_LEFTOVERS': 'term'} if init else {}
    with Container(engine, sh(script.replace('/tmp', '/dev/shm')), init=init, env=env) as one:
        equal(one.end(), 4, 'status')
        if 'gone in order' not in one.text:
            raise Wrong('it was killed without being asked')


def try_memory(engine, init):
    """memory: a command that is killed for it ends the container with 137, foster stays whole to say so"""
    with Container(engine, sh('echo before; tail /dev/zero; status=$?; echo "status $status"; exit $status'), memory=64 << 20, init=init) as one:
        status = one.end()
        if status == 0 or 'status 0' in one.text:
            raise Wrong('nothing was killed')
        equal(status, 137, one.text[-200:])
        if 'status 137' not in one.text:
            raise Wrong('the whole container was killed')
        try:
            told = engine.killed_for_memory(one.name)
        except NotSo:
            return 'ok'
        return 'ok; the engine says OOMKilled' if told else 'ok; the engine does not say OOMKilled'


def try_terminal(engine, init):
    """terminal: the command is in its foreground, knows its size, and Ctrl-C reaches it once"""
    script = 'trap "echo got INT" INT; trap "exit 6" TERM; echo size $(stty size); set -- $(cat /proc/self/stat); echo ready; while :; do sleep 1000 & wait $!; done'
    with Container(engine, sh(script), tty=True, init=init) as one:
        one.wait_for('ready')
        sized = 'size 33 77' in one.text  # some engines set the size when the program runs already
        os.write(one.fd, b'\x03')
        one.wait_for('got INT')
        engine.kill(one.name, 'TERM')
        equal(one.end(), 6, 'after TERM')
        equal(one.text.count('got INT'), 1, 'how often Ctrl-C came')
        return 'ok' if sized else 'ok; the size comes later'


def try_suite(engine, init):
    """the kernel suite's image, with every privilege, passes"""
    if init:
        raise NotSo('–')
    name = f'suite{os.getpid()}'
    command, remark = engine.suite_command(name)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=engine.environment, timeout=900, check=False)
    engine.remove(name)
    passed = re.search(r'^\[  PASSED  \] (\d+) tests', done.stdout, re.M)
    if done.returncode != 0 or not passed:
        raise Wrong('; '.join(sorted(set(re.findall(r'^\[  FAILED  \] (\w+\.\S+)', done.stdout, re.M)))) or done.stdout[-200:])
    skipped = re.search(r'^\[  SKIPPED \] (\d+) tests', done.stdout, re.M)
    return f'ok: {passed[1]} tests' + (f', {skipped[1]} skipped' if skipped else '') + (f' ({remark})' if remark else '')


def try_pod(engine, init):
    """pod: foster is the infrastructure container, PID 1 of a shared PID namespace, and reaps for the others"""
    if init:
        raise NotSo('–')
    script = 'cat /proc/1/comm; for i in $(seq 100); do sh -c "true & exit 0"; done; i=0; ' \
        'while grep -q " (.*) Z " /proc/[0-9]*/stat 2>/dev/null; do i=$((i + 1)); [ $i -lt 100 ] || exit 1; sleep 0.1; done; echo clean'
    told, status = engine.pod(f'pod{os.getpid()}', sh(script))
    equal(told.split(), ['pause', 'clean'], 'what is said in the pod')
    equal(status, 0, 'status of the infrastructure container')


def try_version(engine, init):
    """the engine knows the init's version"""
    if not init:
        raise NotSo('–')
    told = engine.init_version()
    if 'docker-init' not in told:
        raise Wrong(told)


TRIES = [try_first, try_exit, try_signals, try_stop, try_orphans, try_leftovers, try_memory, try_terminal, try_pod, try_version, try_suite]
