# SPDX-License-Identifier: Apache-2.0
"""The programs of the suite and of the contract on one kernel after the other: boots, takes what comes back, and boots again behind a test that ended the machine."""
import concurrent.futures
import dataclasses
import fnmatch
import os
import shutil
import subprocess
import sys
import tempfile
import threading

import guest
import machine
import packages
import results

# A machine that dies in a test is started again for the tests behind it, so often at most.
MOST_BOOTS = 8
lock = threading.Lock()


def say(text):
    with lock:
        print(f'kernels: {text}', file=sys.stderr, flush=True)


def archive_of(folder, programs, options):
    """What every machine of this run finds, but for the list of programs."""
    archive = guest.base(os.path.join(folder, 'init/foster'))
    if options.built:
        guest.add_runfiles(archive, folder)
    else:
        for program in programs:
            if not program.path:
                continue
            archive.add_program(os.path.join(guest.SUITE, os.path.relpath(program.path, folder)), program.path)
            runfiles = program.path + '.runfiles/foster'
            if os.path.isdir(runfiles):
                guest.add_runfiles(archive, runfiles)
    archive.add_link(f'{guest.SUITE}/init/foster', '/foster')
    for word in options.file:
        target, equals, source = word.partition('=')
        if not equals or not os.path.isfile(source):
            raise ValueError(f'--file: "{word}": not TARGET=SOURCE, or no such file')
        (archive.add_program if os.access(source, os.X_OK) else archive.add_file)(target, source)
    return archive


def foster_words(folder, options):
    """foster's own options as PID 1. They stand behind `--` on the kernel's command line, where a second one would end them: the first word without a dash is the command."""
    text = subprocess.run([os.path.join(folder, 'init/foster'), '--help'], capture_output=True, text=True).stdout
    words = ['-v'] + (['--poweroff'] if '--poweroff' in text else [])
    return words + options.foster + ['/bin/sh', '/job/guest.sh']


class Booted:
    """One kernel's machines, one after the other, until every program has run or nothing more is to be had."""

    def __init__(self, kernel, archive, programs, options, folder, scratch):
        self.kernel, self.archive, self.options = kernel, archive, options
        self.init_words = foster_words(folder, options)
        self.scratch = scratch
        self.left = list(programs)
        self.answers = {program.name: {} for program in programs}
        self.statuses = {}
        self.output = {}
        self.uname = ''
        self.how, self.reason = 'ended', ''
        self.seconds = 0.0
        self.troubles = []

    def run(self):
        for count in range(MOST_BOOTS):
            if not self.left:
                break
            self.boot(count)
            if self.how == 'broken':
                break
        return self

    def boot(self, count):
        folder = os.path.join(self.scratch, f'boot{count}')
        os.makedirs(folder)
        # The archive is shared by all machines: only the list of programs is this one's.
        image = os.path.join(folder, 'initramfs')
        with lock:
            guest.add_programs(self.archive, self.left)
            self.archive.write_file(image)
        outcome = machine.boot(self.kernel['vmlinuz'], image, folder, init_words=self.init_words, kernel_words=self.options.append,
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
        if outcome.how != 'ended' or not done:
            self.how = outcome.how if outcome.how != 'ended' else 'broken'
            self.reason = outcome.reason or 'the workload ended early'
        left = []
        for program in self.left:
            output, status = said.get(program.name, ('', None))
            self.output[program.name] = self.output.get(program.name, '') + output
            self.statuses[program.name] = status
            if not program.google_test:
                if program.name not in said and done:
                    left.append(program)
                continue
            self.take(program, output, status, outcome)
            rest = self.rest_of(program)
            if rest and (status is None or self.answers[program.name]):
                left.append(rest)
        if self.options.out:
            if os.path.getsize(outcome.files):
                results.extract(outcome.files, folder)
        # A boot that gave nothing new will give nothing new the next time.
        got = any(name in said for name in (program.name for program in self.left))
        self.left = left if got else []

    def take(self, program, output, status, outcome):
        found = results.tests(output)
        for test in found.values():
            if test['outcome'] == 'died':
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
        booted = Booted(kernel, archive, programs, options, folder, scratch).run()
        tell(booted)
        return booted

    try:
        with concurrent.futures.ThreadPoolExecutor(max(1, options.jobs)) as pool:
            return [booted for booted in pool.map(one, kernels) if booted]
    finally:
        if not options.out:
            shutil.rmtree(out, ignore_errors=True)
