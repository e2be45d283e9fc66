#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""dumb-init's documentation (its README, dumb-init(1)), sentence by sentence."""
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from harness import ATTENTIVE, FOSTER, FAMILY, LISTENER, Suite, check, children, equal, file_of, python, signals, state, until  # noqa: E402

suite = Suite('dumb-init', 'dumb-init', FOSTER)
case = suite.case


def facts(output):
    """sid, pgid and pid out of LISTENER's first line."""
    line = next(l for l in output.decode().splitlines() if l.startswith('ready'))
    return {k: int(v) for k, v in (word.split('=') for word in line.split()[1:])}


def leaves_a_survivor(word, seconds=0, alarm=0):
    """A program that exits with 4 and leaves a process of its group behind, which listens by then. At SIGTERM that one takes its time, says the word, and goes."""
    return ATTENTIVE + f'''
import time
reading, writing = os.pipe()
if os.fork() == 0:
    def hear(signo, frame):
        time.sleep({seconds})
        os.write(1, b"{word}\\n")
        os._exit(0)
    heard = attend()
    signal.signal(15, hear)
    os.write(writing, b"x")
    signal.alarm({alarm})
    wait_for_signals(heard)
os.read(reading, 1)
os._exit(4)
'''


@case('it exits with what the process exits with', all_names=True)
def _(run):
    for code in (0, 1, 3, 255):
        equal(run(['sh', '-c', f'exit {code}']).end(), code)
        equal(run(['--', 'sh', '-c', f'exit {code}'], pid1=True).end(), code)


@case('a process that was killed by a signal makes it 128 + n')
def _(run):
    for signo in (signal.SIGTERM, signal.SIGKILL, signal.SIGUSR1):
        equal(run(['sh', '-c', f'kill -{int(signo)} $$']).end(), 128 + signo)


@case('a process that cannot be started is 2')
def _(run):
    equal(run(['/no/such/program']).end(), 2)
    equal(run([file_of('plain', 'exit 0\n', 0o644)]).end(), 2)


@case('-V and --version print the current version and exit')
def _(run):
    for word in ('-V', '--version'):
        one = run([word])
        equal(one.end(), 0)
        check((one.output + one.errors).startswith(b'dumb-init v1.'), one.output + one.errors)


@case('-h and --help print help and exit')
def _(run):
    for word in ('-h', '--help'):
        one = run([word])
        equal(one.end(), 0)
        for option in (b'-c', b'--single-child', b'-r', b'--rewrite', b'-v', b'--verbose', b'-V', b'--version'):
            check(option in one.output + one.errors, f'{option}: {one.output}')


@case('wrong usage exits with 1 and says why')
def _(run):
    for words in ([], ['-c'], ['--nonsense'], ['-x', 'true'], ['-r', 'abc', 'true'], ['-r', '15', 'true'], ['-r', '99:1', 'true']):
        one = run(words)
        equal(one.end(), 1, words)
        check(one.errors, f'{words}: nothing was said')


@case('a rewrite with something behind its numbers is refused', bug='15:2xyz is taken for 15:2')
def _(run):
    equal(run(['-r', '15:2xyz', 'true']).end(), 1)


@case('all signals are proxied')
def _(run):
    one = run(python(LISTENER), pid1=True).wait_for('ready')
    for signo in (1, 2, 3, 5, 6, 10, 12, 13, 14, 18, 23, 24, 25, 26, 27, 28, 29, 30, 31, 34, 40, 64):
        one.send(signo).wait_for(f'got {signo}\n')
    equal(one.send(15).end(), 7)


@case('SIGTERM ends a process that does not handle it, as PID 1')
def _(run):
    one = run(['sh', '-c', 'echo ready; exec sleep 1000'], pid1=True).wait_for('ready')
    equal(one.send(15).end(), 143)


@case('it establishes a session rooted at the child')
def _(run):
    one = run(python(LISTENER)).wait_for('ready')
    found = facts(one.output)
    equal(found['sid'], found['pid'])
    equal(found['pgid'], found['pid'])


@case('signals go to the entire process group')
def _(run):
    one = run(python(FAMILY), pid1=True).wait_for('main ready').wait_for('child ready').wait_for('stray ready')
    one.send(10).wait_for('main got 10').wait_for('child got 10')
    one.send(12).wait_for('main got 12').wait_for('child got 12')
    check(b'stray got' not in one.output, one.output)


@case('--single-child, -c and DUMB_INIT_SETSID=0 send signals to the direct child only, in no session of its own')
def _(run):
    for words, env in ((['-c'], {}), (['--single-child'], {}), ([], {'DUMB_INIT_SETSID': '0'})):
        one = run(words + python(FAMILY), pid1=True, env=env).wait_for('main ready').wait_for('child ready')
        one.send(10).wait_for('main got 10')
        one.send(12).wait_for('main got 12')
        equal(one.send(15).end(), 7)
        check(b'child got 1' not in one.output.replace(b'child got 15', b''), one.output)
        two = run(words + python(LISTENER), env=env).wait_for('ready')
        found = facts(two.output)
        equal(found['sid'], os.getsid(0))


@case('DUMB_INIT_SETSID=1 changes nothing')
def _(run):
    found = facts(run(python(LISTENER), env={'DUMB_INIT_SETSID': '1'}).wait_for('ready').output)
    equal(found['sid'], found['pid'])


@case('it can be strung together in single-child mode')
def _(run):
    own = run(['-V']).process.args[:-1]
    one = run(['-c'] + own + ['-c', 'echo', 'oh, hi'])
    equal(one.end(), 0)
    equal(one.output, b'oh, hi\n')


@case('--rewrite 15:3 proxies SIGQUIT in the place of SIGTERM')
def _(run):
    for words in (['--rewrite', '15:3'], ['--rewrite=15:3'], ['-r', '15:3'], ['-r15:3']):
        one = run(words + python(LISTENER)).wait_for('ready')
        one.send(15).wait_for('got 3\n')
        check(b'got 15' not in one.output, one.output)


@case('a signal that is rewritten to 0 is not proxied')
def _(run):
    one = run(['--rewrite', '10:0'] + python(LISTENER)).wait_for('ready')
    one.send(10).send(12).wait_for('got 12\n')
    check(b'got 10' not in one.output, one.output)


@case('--rewrite can be given many times')
def _(run):
    one = run(['-r', '1:10', '-r', '2:12', '-r', '3:0'] + python(LISTENER)).wait_for('ready')
    one.send(1).wait_for('got 10\n').send(3).send(2).wait_for('got 12\n')
    check(b'got 3' not in one.output, one.output)


@case('TSTP, TTIN and TTOU stop the session, and CONT resumes it')
def _(run):
    for signo in (20, 21, 22):
        one = run(['sh', '-c', 'echo ready; exec sleep 1000'], pid1=True).wait_for('ready')
        until(lambda p=one: open(f'/proc/{p.workload}/comm').read() == 'sleep\n', 'exec of sleep')
        one.send(signo)
        until(lambda p=one: state(p.workload) == 'T', f'the stop for {signo}')
        one.send(18)
        until(lambda p=one: state(p.workload) == 'S', f'the resumption after {signo}')


@case('it suspends itself as well where it is not PID 1')
def _(run):
    one = run(python(LISTENER)).wait_for('ready')
    one.send(20)
    until(lambda: state(one.init) == 'T', 'its own stop')
    one.send(18)
    until(lambda: state(one.init) != 'T', 'its own resumption')
    one.send(12).wait_for('got 12\n')


@case('one can opt out by rewriting TSTP to itself')
def _(run):
    one = run(['-r', '20:20'] + python(LISTENER)).wait_for('ready')
    one.send(20).wait_for('got 20\n')
    until(lambda: state(one.init) == 'T', 'its own stop, which comes all the same')
    one.send(18).wait_for('got 18\n')


@case('-v, --verbose and DUMB_INIT_DEBUG=1 print debugging information to stderr')
def _(run):
    for words, env, wanted in ((['-v'], {}, True), (['--verbose'], {}, True), ([], {'DUMB_INIT_DEBUG': '1'}, True), ([], {'DUMB_INIT_DEBUG': '0'}, False)):
        one = run(words + ['echo', 'hello'], env=env)
        equal(one.end(), 0)
        equal(one.output, b'hello\n')
        equal(bool(one.errors), wanted, f'{words} {env}: {one.errors}')


@case('zombies are reaped as PID 1')
def _(run):
    one = run(['sh', '-c', 'sh -c "sh -c \'echo orphan; exec sleep 0.05\' & exit 0"; echo made; exec sleep 1000'], pid1=True)
    one.wait_for('orphan').wait_for('made')
    workload = one.workload
    until(lambda: [p for p in children(one.init) if p != workload] == [], 'the orphan to be reaped')
    equal(one.send(15).end(), 143)


@case('what remains of its process group when the process dies gets SIGTERM')
def _(run):
    one = run(python(leaves_a_survivor('asked')))
    one.wait_for('asked')
    equal(one.end(), 4)


@case('as PID 1 too, and it has the time to do something about it', bug='dumb-init exits at once, and the kernel kills them before they can react')
def _(run):
    one = run(python(leaves_a_survivor('asked and done', seconds=0.1)), pid1=True)
    equal(one.end(), 4)
    check(b'asked and done' in one.output, one.output)


@case("-r 15:0 keeps SIGTERM from the process, not from what remains of it", bug='the SIGTERM at the end is rewritten as well')
def _(run):
    one = run(['-r', '15:0'] + python(leaves_a_survivor('asked', alarm=2)))
    equal(one.end(), 4)
    check(b'asked' in one.output, one.output)


@case('it works in the first line of a script')
def _(run):
    own = run(['-V']).process.args[:-1]
    if len(own) > 1:
        return  # a first line takes one word
    script = file_of('script', f'#!{own[0]} /bin/sh\necho "in $0"\nexit 6\n')
    one = run([script])
    equal(one.end(), 6)
    direct = subprocess.run([script], stdout=subprocess.PIPE, check=False)
    equal(direct.returncode, 6)
    equal(direct.stdout, b'in ' + script.encode() + b'\n')


@case('the first word that is no option ends the options')
def _(run):
    one = run(['echo', '-c', '-v', '--', '-r'])
    equal(one.end(), 0)
    equal(one.output, b'-c -v -- -r\n')


@case('the signals that the caller ignores stay ignored', bug='it sets handlers for all of them first, so nohup has no effect')
def _(run):
    one = run(['sh', '-c', 'echo ready; exec sleep 1000'], ignore=(1,)).wait_for('ready')
    until(lambda: open(f'/proc/{one.workload}/comm').read() == 'sleep\n', 'exec of sleep')
    check(1 in signals(one.workload, 'SigIgn'), signals(one.workload, 'SigIgn'))


@case('a caller that ignores SIGCHLD does not matter')
def _(run):
    equal(run(['sh', '-c', 'exit 3'], ignore=(17,)).end(), 3)


@case('as a session leader it gives its terminal to the process')
def _(run):
    one = run(python('import os; print("sid", os.getsid(0) == os.getpid(), "tty", os.tcgetpgrp(0) == os.getpgrp())'), tty=True, pid1=False)
    equal(one.end(), 0)
    check(b'sid True tty True' in one.output, one.output)


@case('Ctrl-C reaches the process, once, and nothing else comes with it')
def _(run):
    one = run(python(LISTENER), tty=True).wait_for('ready')
    os.write(one.master, b'\x03')
    one.wait_for('got 2\r\n')
    one.send(10).wait_for('got 10')
    equal(one.output.count(b'got'), 2, one.output)


if __name__ == '__main__':
    suite.main()
