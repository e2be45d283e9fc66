# SPDX-License-Identifier: Apache-2.0
"""The programs of the suite and of the contract on one kernel after the other: boots, takes what comes back, and boots again behind a test that ended the machine."""
import concurrent.futures
import dataclasses
import fnmatch
import os
import shutil
import sys
import tempfile
import threading

import guest
import machine
import packages
import results

# A machine that dies in a test is started again for the tests behind it, so often at most.
MOST_BOOTS = 8
MOST_BARREN_BOOTS = 3
lock = threading.Lock()


def say(text):
    with lock:
        print(f'kernels: {text}', file=sys.stderr, flush=True)


def archive_of(folder, programs, options):
    """What every machine of this run finds, but for the list of programs."""
    architecture = options.architecture
    archive = guest.base(architecture.built(folder, 'init/foster'), architecture)
    if architecture.room:
        add_beside(archive, folder, programs, architecture)
    elif options.built:
        guest.add_runfiles(archive, folder)
    else:
        if any(program.kind == 'unittest' for program in programs):
            archive.add_file(f'{guest.SUITE}/images/counted_tests.py', os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), 'counted_tests.py'))
        for program in programs:
            if program.kind == 'unittest':
                above = os.path.dirname(program.path)
                for name in os.listdir(above):
                    if name.endswith('.py'):
                        archive.add_file(os.path.join(guest.SUITE, os.path.dirname(program.words[1]), name), os.path.join(above, name))
            if program.kind != 'gtest':
                continue
            archive.add_program(os.path.join(guest.SUITE, program.inside), program.path)
            runfiles = program.path + '.runfiles/foster'
            if os.path.isdir(runfiles):
                guest.add_runfiles(archive, runfiles)
    archive.add_link(f'{guest.SUITE}/init/foster', '/foster')
    if any(program.kind == 'unittest' for program in programs):
        guest.add_python(archive)
    for word in options.file:
        target, equals, source = word.partition('=')
        if not equals or not os.path.isfile(source):
            raise ValueError(f'--file: "{word}": not TARGET=SOURCE, or no such file')
        (archive.add_program if os.access(source, os.X_OK) else archive.add_file)(target, source)
    return archive


def add_beside(archive, folder, programs, architecture):
    """Programs of another architecture, which are static and have no runfiles: each to the place where it is looked for."""
    for inside in (*(program.inside for program in programs if program.kind == 'gtest'), 'tests/workloads/act'):
        path = architecture.built(folder, inside)
        if os.path.exists(path):
            archive.add_file(os.path.join(guest.SUITE, inside), path, 0o755)
    debug = architecture.built(folder, 'init/foster') + '.debug'
    if os.path.exists(debug):
        archive.add_file('/foster.debug', debug)


# foster arranges the machine. The initramfs itself cannot be left by pivot_root(2) before Linux 7.0, which what is tested needs: a bind mount of it can.
MACHINE = ['--mount=bind:/:/new', '--root=/new', '--proc', '--mount=devtmpfs:/dev', '--mount=devpts:/dev/pts:mode=620,ptmxmode=666', '--mount=tmpfs:/dev/shm:mode=1777',
           '--mount=mqueue:/dev/mqueue', '--mount=sysfs:/sys', '--mount=cgroup2:/sys/fs/cgroup', '--mount=tmpfs:/tmp:mode=1777', '--mount=tmpfs:/run:mode=755', '--loopback', '--env=PATH=/usr/sbin:/usr/bin:/sbin:/bin', '--poweroff']


def foster_words(options):
    """foster's own options as PID 1, and the workload. They stand behind `--` on the kernel's command line, where a second one would end them."""
    return ['-v', *MACHINE, *options.foster, '/bin/sh', '/job/guest.sh']


class Booted:
    """One kernel's machines, one after the other, until every program has run or nothing more is to be had."""

    def __init__(self, kernel, archive, programs, options, scratch):
        self.kernel, self.archive, self.options = kernel, archive, options
        self.init_words = foster_words(options)
        self.scratch = scratch
        self.left = list(programs)
        self.answers = {program.name: {} for program in programs}
        self.statuses = {}
        self.output = {}
        self.uname = ''
        self.how, self.reason = 'ended', ''
        self.seconds = 0.0
        self.troubles = []
        self.tried_again = set()
        self.console = ''

    def run(self):
        for count in range(MOST_BOOTS):
            if not self.left:
                break
            if count >= MOST_BARREN_BOOTS and not self.uname:
                break
            self.boot(count)
        if self.left and self.how == 'ended':
            self.how, self.reason = 'unfinished', f'{MOST_BOOTS} machines were not enough'
        return self

    def boot(self, count):
        folder = os.path.join(self.scratch, f'boot{count}')
        os.makedirs(folder)
        # The archive is shared by all machines: only the list of programs is this one's.
        image = os.path.join(folder, 'initramfs')
        with lock:
            guest.add_programs(self.archive, self.left)
            self.archive.write_file(image)
        outcome = machine.boot(self.kernel['vmlinuz'], image, folder, architecture=self.options.architecture, init_words=self.init_words, kernel_words=self.options.append,
                               limit=self.options.limit, silence=self.options.silence, memory=self.options.memory)
        os.unlink(image)
        self.seconds += outcome.seconds
        self.troubles += outcome.troubles()
        self.console = outcome.console
        for line in outcome.results.splitlines():
            if line.startswith('@@ machine '):
                self.uname = line[len('@@ machine '):]
        said = results.programs(outcome.results)
        done = '@@ done' in outcome.results
        self.how, self.reason = outcome.how, outcome.reason
        if outcome.how == 'ended' and not done:
            self.how, self.reason = 'broken', 'the workload ended early'
        if self.options.out and os.path.getsize(outcome.files):
            results.extract(outcome.files, folder)
        if self.how != 'ended' and not said:
            # An emulated machine may die of the emulation while it boots. It is told, and another is tried.
            self.troubles.append(f'boot {count + 1}: {self.how}: {self.reason}')
            return
        self.left = [rest for rest in (self.after(program, said.get(program.name, ('', None)), outcome) for program in self.left) if rest]

    def after(self, program, result, outcome):
        """Takes what a program said and its status (None: its machine went first). What is left of it to do, or None."""
        output, status = result
        self.output[program.name] = self.output.get(program.name, '') + output
        self.statuses[program.name] = status
        if program.kind == 'plain':
            return None
        answers = self.answers[program.name]
        before = len(answers)
        self.take(program, output, status, outcome)
        if status is not None and len(answers) == before:
            # It would do no better the next time.
            if not answers or status != 0:
                answers['(the program)'] = {'outcome': 'died', 'reason': f'it ended with {status}\n{results.tidy(output)}'}
            return None
        return self.rest_of(program)

    def take(self, program, output, status, outcome):
        found = results.tests(output) if program.kind == 'gtest' else results.python_tests(output)
        for name, test in list(found.items()):
            if test['outcome'] == 'died' and status is None and name not in self.tried_again:
                # Whether it was the test's doing is seen when it is tried once more.
                self.tried_again.add(name)
                self.troubles.append(f'{name}: {outcome.how}: {outcome.reason} (tried again)')
                del found[name]
            elif test['outcome'] == 'died':
                why = f'{outcome.how}: {outcome.reason}' if status is None else 'its program ran out of time' if status == 137 else f'its program ended with {status}'
                test['reason'] = '\n'.join(filter(None, [test.get('reason'), why]))
        if program.report:
            results.add_seen(found, results.brought(outcome.files, program.report))
        self.answers[program.name].update(found)

    def rest_of(self, program):
        """The program again with the tests that have no answer yet, or None."""
        wanted = program.tests or selected(program, self.options.filter)
        rest = tuple(test for test in wanted if test not in self.answers[program.name])
        return dataclasses.replace(program, tests=rest) if rest else None

    def row(self):
        row = {key: self.kernel[key] for key in ('name', 'release', 'package', 'version')}
        return dict(row, uname=self.uname, how=self.how, reason=self.reason, seconds=round(self.seconds, 1), troubles=self.troubles)


def selected(program, pattern):
    """The names of its tests that GoogleTest's filter `pattern` leaves."""
    names = program.all_tests()
    if not pattern:
        return tuple(names)
    positive, _, negative = pattern.partition('-')
    matches = lambda name, patterns: any(fnmatch.fnmatchcase(name, p) for p in patterns.split(':') if p)  # noqa: E731
    return tuple(name for name in names if matches(name, positive or '*') and not matches(name, negative))


def run_all(kernels, folder, programs, options, tell):
    """Booted of each kernel that can be had, in order; `tell` hears of each when it is done."""
    archive = archive_of(folder, programs, options)
    for program in programs:
        if program.kind != 'plain':
            program.all_tests()
    out = options.out or tempfile.mkdtemp(prefix='foster-kernels-')
    os.makedirs(out, exist_ok=True)

    def one(kernel):
        try:
            if 'vmlinuz' not in kernel:
                kernel = dict(packages.obtain(kernel, say), name=kernel['name'])
        except packages.Unavailable as e:
            say(f'{kernel["name"]}: {e}')
            return None
        scratch = os.path.join(out, kernel['name'])
        shutil.rmtree(scratch, ignore_errors=True)
        os.makedirs(scratch)
        booted = Booted(kernel, archive, programs, options, scratch).run()
        tell(booted)
        return booted

    try:
        with concurrent.futures.ThreadPoolExecutor(max(1, options.jobs)) as pool:
            return [booted for booted in pool.map(one, kernels) if booted]
    finally:
        if not options.out:
            shutil.rmtree(out, ignore_errors=True)
