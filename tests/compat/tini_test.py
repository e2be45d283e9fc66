#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tini's documentation (tini -h, its README), sentence by sentence."""
import os
import select
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from harness import ATTENTIVE, FOSTER, FAMILY, LISTENER, Suite, check, equal, file_of, python, signals, state, until  # noqa: E402

suite = Suite('tini', 'tini', FOSTER, other_names=('docker-init', 'tini-static'))
case = suite.case
S = ['-s']  # the original complains where it is neither PID 1 nor a subreaper


@case('the exit code is the one of the program', all_names=True)
def _(run):
    for code in (0, 1, 3, 125, 255):
        equal(run(S + ['--', 'sh', '-c', f'exit {code}']).end(), code)


@case('a program that was killed by a signal makes it 128 + n')
def _(run):
    for signo in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGUSR1):
        equal(run(S + ['--', 'sh', '-c', f'kill -{int(signo)} $$']).end(), 128 + signo)


@case('as PID 1 the same holds', all_names=True)
def _(run):
    equal(run(['--', 'sh', '-c', 'exit 9'], pid1=True).end(), 9)
    equal(run(['--', 'sh', '-c', 'kill -TERM $$'], pid1=True).end(), 143)


@case('a program that is not found is 127, one that may not be executed 126')
def _(run):
    equal(run(S + ['--', '/no/such/program']).end(), 127)
    equal(run(S + ['--', 'no-such-program-anywhere']).end(), 127)
    equal(run(S + ['--', file_of('plain', 'exit 0\n', 0o644)]).end(), 126)


@case('any other reason why it cannot be executed is 1')
def _(run):
    loop = file_of('loop-parent', '') + '-link'
    if not os.path.islink(loop):
        os.symlink(loop, loop)
    equal(run(S + ['--', loop]).end(), 1)


@case('--version shows a version that Docker can read, and exits', all_names=True)
def _(run):
    one = run(['--version'])
    equal(one.end(), 0)
    check(one.output.startswith(b'tini version 0.'), one.output)
    check(b' - ' not in one.output or b' - git.' in one.output, one.output)
    equal(one.output.count(b'\n'), 1)


@case('-h shows help and exits')
def _(run):
    one = run(['-h'])
    equal(one.end(), 0)
    for word in (b'PROGRAM', b'-s', b'-p SIGNAL', b'-v', b'-w', b'-g', b'-e EXIT_CODE', b'-l', b'TINI_SUBREAPER', b'TINI_VERBOSITY', b'TINI_KILL_PROCESS_GROUP'):
        check(word in one.output, f'{word!r} is not in {one.output!r}')


@case('-l shows the licence and exits')
def _(run):
    one = run(['-l'])
    equal(one.end(), 0)
    check(b'icense' in one.output, one.output)


@case('wrong usage exits with 1 and says why')
def _(run):
    for words in ([], ['-x', 'true'], ['-e', '256', 'true'], ['-e', 'x', 'true'], ['-p', 'SIGNOTHING', 'true'], ['-e'], ['--unknown', 'true']):
        one = run(words)
        equal(one.end(), 1, words)
        check(one.errors, f'{words}: nothing was said')


@case('signals are forwarded to the program')
def _(run):
    one = run(S + ['--'] + python(LISTENER)).wait_for('ready')
    for signo in (1, 2, 3, 10, 12, 13, 14, 18, 23, 24, 25, 26, 27, 28, 29, 30):
        one.send(signo).wait_for(f'got {signo}\n')
    equal(one.send(15).end(), 7)


@case('signals are forwarded to the program as PID 1')
def _(run):
    one = run(['--'] + python(LISTENER), pid1=True).wait_for('ready')
    for signo in (1, 2, 3, 10, 12, 18, 28):
        one.send(signo).wait_for(f'got {signo}\n')
    equal(one.send(15).end(), 7)


@case('real-time signals are forwarded as well')
def _(run):
    one = run(S + ['--'] + python(LISTENER)).wait_for('ready')
    for signo in (34, 37, 50, 64):
        one.send(signo).wait_for(f'got {signo}\n')


@case('SIGABRT, SIGTRAP and SIGSYS that somebody sent are forwarded too', bug='it takes them to be its own crash, and as PID 1 they vanish', hangs=True)
def _(run):
    one = run(S + ['--'] + python(LISTENER)).wait_for('ready')
    for signo in (5, 6, 31):
        one.send(signo).wait_for(f'got {signo}\n')


@case('SIGTERM ends a program that does not handle it, as PID 1')
def _(run):
    one = run(['--', 'sh', '-c', 'echo ready; exec sleep 1000'], pid1=True).wait_for('ready')
    equal(one.send(15).end(), 143)


@case('without -g the program alone gets the signal')
def _(run):
    one = run(['--'] + python(FAMILY), pid1=True).wait_for('main ready').wait_for('child ready').wait_for('stray ready')
    one.send(10).wait_for('main got 10')
    one.send(15)
    equal(one.end(), 7)
    check(b'child got 10' not in one.output, one.output)


@case('-g sends signals to the process group of the program')
def _(run):
    one = run(['-g', '--'] + python(FAMILY), pid1=True).wait_for('main ready').wait_for('child ready').wait_for('stray ready')
    one.send(10).wait_for('main got 10').wait_for('child got 10')
    equal(one.send(15).end(), 7)
    check(b'stray got 10' not in one.output, one.output)


@case('TINI_KILL_PROCESS_GROUP does what -g does')
def _(run):
    one = run(['--'] + python(FAMILY), pid1=True, env={'TINI_KILL_PROCESS_GROUP': '1'}).wait_for('main ready').wait_for('child ready')
    one.send(10).wait_for('main got 10').wait_for('child got 10')


ORPHAN = 'sh -c "sh -c \'echo orphan \\$\\$; exec sleep 0.05\' & exit 0"; '


def reaps(run, words, **options):
    # A process that was orphaned and has ended is no zombie below the init.
    one = run(words + ['--', 'sh', '-c', ORPHAN + 'echo made; exec sleep 1000'], **options).wait_for('orphan').wait_for('made')
    workload = one.workload
    until(lambda: [p for p in _children(one.init) if p != workload] == [], 'the orphan to be reaped', 10)
    one.send(15)
    equal(one.end(), 143)


def _children(pid):
    with open(f'/proc/{pid}/task/{pid}/children') as f:
        return [int(n) for n in f.read().split()]


@case('zombies are reaped as PID 1')
def _(run):
    reaps(run, [], pid1=True)


@case('-s registers as a subreaper: orphans become its children and are reaped')
def _(run):
    adopts(run, ['-s'])


@case('TINI_SUBREAPER does what -s does')
def _(run):
    adopts(run, [], env={'TINI_SUBREAPER': '1'})


def adopts(run, words, **options):
    one = run(words + ['--', 'sh', '-c', 'sh -c "sh -c \'echo \\$\\$ here; exec sleep 1000\' & exit 0"; exec sleep 1000'], **options).wait_for(' here')
    orphan = int(one.output.split()[0])
    until(lambda: orphan in _children(one.init), 'the orphan to be adopted')
    os.kill(orphan, signal.SIGKILL)
    until(lambda: state(orphan) == 'gone', 'the orphan to be reaped')
    one.send(15)
    equal(one.end(), 143)


@case('-e remaps an exit code to 0, as often as it is given')
def _(run):
    equal(run(S + ['-e', '3', '--', 'sh', '-c', 'exit 3']).end(), 0)
    equal(run(S + ['-e', '3', '-e', '143', '--', 'sh', '-c', 'kill -TERM $$']).end(), 0)
    equal(run(S + ['-e', '3', '--', 'sh', '-c', 'exit 4']).end(), 4)
    equal(run(S + ['-e3', '--', 'sh', '-c', 'exit 3']).end(), 0)


@case("-e '' is refused", bug='it is taken for 0')
def _(run):
    equal(run(S + ['-e', '', '--', 'true']).end(), 1)


@case('-p SIGNAL is triggered when the parent dies')
def _(run):
    # The shell is the parent, and ends when we close its input.
    one = run(['-s', '-p', 'SIGTERM', '--'] + python(LISTENER), prefix=['sh', '-c', '"$@" & read nothing', 'sh'], stdin=subprocess.PIPE).wait_for('ready')
    one.process.stdin.close()
    one.wait_for('got 15\n')


@case('-v generates more verbose output, up to three times')
def _(run):
    said = []
    for words in ([], ['-v'], ['-vv']):
        one = run(S + words + ['--', 'sh', '-c', 'kill -USR1 $PPID; trap : USR1; sleep 0.05; exit 0'])
        one.end()
        said.append(len(one.output + one.errors))
    check(said[0] < said[1] < said[2], said)
    equal(run(S + ['-vvv', '--', 'true']).end(), 0)


@case('what -v says does not come between the lines of the program', bug='it goes to stdout')
def _(run):
    one = run(S + ['-vv', '--', 'echo', 'hello'])
    equal(one.end(), 0)
    equal(one.output, b'hello\n')


@case('TINI_VERBOSITY sets the verbosity level')
def _(run):
    quiet = run(S + ['--', 'true'], env={'TINI_VERBOSITY': '1'})
    loud = run(S + ['--', 'true'], env={'TINI_VERBOSITY': '3'})
    equal((quiet.end(), loud.end()), (0, 0))
    check(len(quiet.output + quiet.errors) < len(loud.output + loud.errors), (quiet.errors, loud.errors))


@case('-w prints a warning when processes are getting reaped')
def _(run):
    for words, wanted in ([], False), (['-w'], True):
        one = run(S + words + ['--', 'sh', '-c', ORPHAN + 'sleep 0.3']).wait_for('orphan')
        equal(one.end(), 0)
        number = one.output.split()[1]
        equal(number in one.errors + one.output.replace(b'orphan ' + number, b''), wanted, f'{words}: {one.errors}')


@case('arguments of the program are its own, behind -- and behind its name')
def _(run):
    one = run(S + ['--', 'echo', '-v', '--', '-h'])
    equal(one.end(), 0)
    equal(one.output, b'-v -- -h\n')


@case('the first word that is no option ends the options', bug="glibc's getopt permutes: tini sh -c x takes -c for its own")
def _(run):
    equal(run(S + ['sh', '-c', 'exit 3']).end(), 3)


@case('the variables stay for the program, which may be another tini')
def _(run):
    one = run(['--', 'sh', '-c', 'echo "$TINI_SUBREAPER $TINI_VERBOSITY"'], env={'TINI_SUBREAPER': 'x', 'TINI_VERBOSITY': '1'})
    equal(one.end(), 0)
    equal(one.output, b'x 1\n')


@case('the program has the signal mask and dispositions of the caller')
def _(run):
    one = run(S + ['--', 'sh', '-c', 'echo ready; exec sleep 1000'], ignore=(1, 10)).wait_for('ready')
    until(lambda: open(f'/proc/{one.workload}/comm').read() == 'sleep\n', 'exec of sleep')
    equal(signals(one.workload, 'SigIgn') & set(range(1, 32)), {1, 10})
    equal(signals(one.workload, 'SigBlk'), set())


@case('a caller that ignores SIGCHLD does not matter', bug='it waits forever, and no SIGTERM ends it', hangs=True)
def _(run):
    equal(run(S + ['--', 'sh', '-c', 'exit 3'], ignore=(17,)).end(), 3)


@case('everything ends with the program, at once')
def _(run):
    one = run(['--', 'sh', '-c', '(trap "" TERM; echo stays; while :; do sleep 1000; done) & sleep 0.05; exit 4'], pid1=True)
    equal(one.end(), 4)


@case('where it is not PID 1, what the program leaves lives on')
def _(run):
    # What is left holds a pipe: it has not ended while the pipe has not.
    reading, writing = os.pipe()
    one = run(S + ['--', 'sh', '-c', 'sleep 1000 & echo $!; exit 4'], pass_fds=(writing,))
    os.close(writing)
    one.wait_for('\n')
    survivor = int(one.output)
    try:
        equal(one.process.wait(one.patience), 4)
        ready, _, _ = select.select([reading], [], [], 0)
        check(not ready and state(survivor) in 'SR', 'it has ended')
    finally:
        os.kill(survivor, signal.SIGKILL)
        os.close(reading)


@case('the program stands in the foreground of its terminal')
def _(run):
    one = run(['--'] + python('import os; print("foreground", os.tcgetpgrp(0) == os.getpgrp(), os.getpid() == os.getpgrp())'), tty=True, pid1=True)
    equal(one.end(), 0)
    check(b'foreground True True' in one.output, one.output)


@case('Ctrl-C reaches the program, once')
def _(run):
    one = run(['--'] + python(LISTENER), tty=True, pid1=True).wait_for('ready')
    os.write(one.master, b'\x03')
    one.wait_for('got 2\r\n')
    one.send(10).wait_for('got 10')
    equal(one.output.count(b'got 2\r\n'), 1)


@case('Ctrl-Z gives the terminal back to an interactive shell, and fg resumes the program', bug='the program stops, the shell is never told, and the terminal is wedged',
      hangs=True)
def _(run):
    # The program ends when it is resumed, and says so.
    program = ATTENTIVE + """
reading = attend()
signal.signal(18, lambda signo, frame: os._exit(6))
os.write(1, b"ready\\n")
wait_for_signals(reading)
"""
    shell = ['bash', '--norc', '--noprofile', '-ic', '"$@"; echo back; fg; echo done $?', 'bash']
    one = run(S + ['--'] + python(program), tty=True, prefix=shell).wait_for('ready')
    os.write(one.master, b'\x1a')
    one.wait_for('back').wait_for('done 6')


@case('it keeps no pipe open that it inherited', bug='the reader of such a pipe never sees its end', hangs=True)
def _(run):
    reading, writing = os.pipe()
    one = run(S + ['--', 'sh', '-c', 'exec sleep 1000 %d>&-' % writing], pass_fds=(writing,))
    os.close(writing)
    until(lambda: open(f'/proc/{one.workload}/comm').read() == 'sleep\n', 'exec of sleep')
    ready, _, _ = select.select([reading], [], [], one.patience)
    os.close(reading)
    check(ready, 'the pipe is still open')


@case('a program that became another user does not make it leave', bug='it exits when it may not signal, and everything with it')
def _(run):
    # An ordinary user's init with a program that is root's.
    suid = os.path.join(os.path.dirname(file_of('x', '')), 'suid')
    if not os.path.exists(suid):
        shutil.copy(os.path.realpath(sys.executable or '/usr/bin/python3'), suid)
        os.chmod(suid, 0o4755)
    program = 'import os\nos.setuid(0)\nos.write(1, b"ready\\n")\nos.read(0, 1)\nos._exit(5)'
    one = run(S + ['--', suid, '-c', program], stdin=subprocess.PIPE, user=65534).wait_for('ready')
    one.send(1)
    until(lambda: one.errors or one.process.poll() is not None or _pump(one), 'what it says to that')
    one.process.stdin.write(b'x')
    one.process.stdin.close()
    equal(one.end(), 5)


def _pump(one):
    if select.select([one.err], [], [], 0.01)[0]:
        one._pump(0)
    return False


@case("foster's own options are there by their variables", only_foster=True)
def _(run):
    one = run(['--'] + python(LISTENER), env={'FOSTER_REWRITE': 'USR1:USR2'}).wait_for('ready')
    one.send(10).wait_for('got 12\n')


if __name__ == '__main__':
    suite.main()
