#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""catatonit's documentation (catatonit -h, its README), sentence by sentence."""
import os
import select
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from harness import FAMILY, FOSTER, LISTENER, Suite, awaits_signals, check, children, equal, file_of, python, signals, state, until  # noqa: E402

suite = Suite('catatonit', 'catatonit', FOSTER, other_names=('podman-init',))
case = suite.case


@case('the exit code is the one of the program', all_names=True)
def _(run):
    for code in (0, 1, 3, 255):
        equal(run(['--', 'sh', '-c', f'exit {code}']).end(), code)
        equal(run(['--', 'sh', '-c', f'exit {code}'], pid1=True).end(), code)


@case('a program that was killed by a signal makes it 128 + n')
def _(run):
    for signo in (signal.SIGTERM, signal.SIGKILL, signal.SIGUSR1):
        equal(run(['--', 'sh', '-c', f'kill -{int(signo)} $$']).end(), 128 + signo)


@case('a program that cannot be started is 1')
def _(run):
    equal(run(['--', '/no/such/program']).end(), 1)
    equal(run(['--', file_of('plain', 'exit 0\n', 0o644)]).end(), 1)


@case('-V and --version print a version that Docker can read, and exit', all_names=True)
def _(run):
    for word in ('-V', '--version'):
        one = run([word])
        equal(one.end(), 0)
        check(one.output.startswith(b'tini version '), one.output)


@case('-h and -L print help and licence and exit')
def _(run):
    for word, text in (('-h', b'-g'), ('-L', b'icense')):
        one = run([word])
        equal(one.end(), 0)
        check(text in one.output + one.errors or text.replace(b'icense', b'opyright') in one.output, one.output + one.errors)


@case('wrong usage exits with 1 and says why')
def _(run):
    for words in ([], ['-x', 'true'], ['--pause'], ['--rewrite', '15:3', 'true']):
        one = run(words)
        equal(one.end(), 1, words)
        check(one.errors, f'{words}: nothing was said')


@case('signals are forwarded to the program')
def _(run):
    one = run(['--'] + python(LISTENER), pid1=True).wait_for('ready')
    for signo in (1, 2, 3, 10, 12, 14, 18, 28, 34, 64):
        one.send(signo).wait_for(f'got {signo}\n')
    equal(one.send(15).end(), 7)


@case('SIGTSTP, SIGTTIN and SIGTTOU are forwarded too', bug='they are swallowed')
def _(run):
    one = run(['--'] + python(LISTENER), pid1=True, patience=5).wait_for('ready')
    for signo in (20, 21, 22):
        one.send(signo).wait_for(f'got {signo}\n')


@case('-g forwards signals to the process group of the program')
def _(run):
    one = run(['-g', '--'] + python(FAMILY), pid1=True).wait_for('main ready').wait_for('child ready').wait_for('stray ready')
    one.send(10).wait_for('main got 10').wait_for('child got 10')
    check(b'stray got' not in one.output, one.output)


@case('without -g the program alone gets the signal')
def _(run):
    one = run(['--'] + python(FAMILY), pid1=True).wait_for('main ready').wait_for('child ready')
    one.send(10).wait_for('main got 10').send(12).wait_for('main got 12')
    check(b'child got' not in one.output, one.output)


@case('where it is not PID 1 it makes itself a subreaper')
def _(run):
    one = run(['--', 'sh', '-c', 'sh -c "sh -c \'echo \\$\\$ here; exec sleep 1000\' & exit 0"; exec sleep 1000']).wait_for(' here')
    orphan = int(one.output.split()[0])
    until(lambda: orphan in children(one.init), 'the orphan to be adopted')
    os.kill(orphan, signal.SIGKILL)
    until(lambda: state(orphan) == 'gone', 'the orphan to be reaped')
    equal(one.send(15).end(), 143)


@case('-P is a pause mode: no program, until a stop signal comes')
def _(run):
    for signo in (signal.SIGTERM, signal.SIGINT):
        one = run(['-P'], pid1=True)
        until(lambda p=one: ready(p.init), 'its being ready')
        one.send(signo)
        one.end()


def ready(pid):
    # It has blocked the signals, waits for them, or has handlers, once it is up. (unshare, before it, blocks INT and TERM only.)
    try:
        return awaits_signals(pid) or bool({10} & (signals(pid, 'SigBlk') | signals(pid, 'SigCgt')))
    except OSError:
        return False


@case('CATATONIT_DEBUG makes it say what it does')
def _(run):
    quiet, loud = run(['--', 'true']), run(['--', 'true'], env={'CATATONIT_DEBUG': '1'})
    equal((quiet.end(), loud.end()), (0, 0))
    check(not quiet.errors and loud.errors, (quiet.errors, loud.errors))


@case('the first word that is no option ends the options', bug="glibc's getopt permutes: catatonit sh -c x takes -c for its own")
def _(run):
    equal(run(['sh', '-c', 'exit 3']).end(), 3)


@case('the program has the signal mask of the caller', bug='SIGTSTP, SIGTTIN and SIGTTOU are blocked in it')
def _(run):
    one = run(['--', 'sh', '-c', 'echo ready; exec sleep 1000']).wait_for('ready')
    until(lambda: open(f'/proc/{one.workload}/comm').read() == 'sleep\n', 'exec of sleep')
    equal(signals(one.workload, 'SigBlk'), set())


@case('a caller that ignores SIGCHLD does not matter', bug='it waits forever', hangs=True)
def _(run):
    equal(run(['--', 'sh', '-c', 'exit 3'], ignore=(17,)).end(), 3)


@case('it keeps no pipe open that it inherited')
def _(run):
    reading, writing = os.pipe()
    one = run(['--', 'sh', '-c', 'exec sleep 1000 %d>&-' % writing], pass_fds=(writing,))
    os.close(writing)
    seen, _, _ = select.select([reading], [], [], one.patience)
    os.close(reading)
    check(seen, 'the pipe is still open')


@case('everything ends with the program, at once')
def _(run):
    one = run(['--', 'sh', '-c', '(trap "" TERM; echo stays; while :; do sleep 1000; done) & sleep 0.05; exit 4'], pid1=True)
    equal(one.end(), 4)


@case('the program stands in the foreground of its terminal')
def _(run):
    one = run(['--'] + python('import os; print("foreground", os.tcgetpgrp(0) == os.getpgrp(), os.getpid() == os.getpgrp())'), tty=True, pid1=True)
    equal(one.end(), 0)
    check(b'foreground True True' in one.output, one.output)


if __name__ == '__main__':
    suite.main()
