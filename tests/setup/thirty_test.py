#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs both sides of each row of docs/thirty-commands.md and compares what they print; foster's side is never the longer one in words."""
import os
import re
import shutil
import subprocess
import unittest

import harness
from harness import FOLDER, NOBODY, ROOT, TIMEOUT, as_user, user_namespaces_work

HERE = os.path.dirname(os.path.abspath(__file__))


def page():
    root = os.environ.get('TEST_SRCDIR')
    base = os.path.join(root, os.environ.get('TEST_WORKSPACE', 'foster')) if root else os.path.join(HERE, '..', '..')
    with open(os.path.join(base, 'docs', 'thirty-commands.md'), encoding='utf-8') as f:
        return f.read()


def rows():
    for line in page().splitlines():
        cells = [cell.strip().strip('`').replace('\\|', '|') for cell in re.split(r'(?<!\\)\|', line)[1:-1]]
        if len(cells) == 5 and cells[0] in ('$', '#'):
            yield cells


def output(who, text):
    shell = (as_user(NOBODY) if who == '$' and ROOT else []) + ['sh', '-c', text]
    environment = {'PATH': f'{FOLDER}:/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL': 'C', 'HOME': '/tmp'}
    done = subprocess.run(shell, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, cwd='/', env=environment, timeout=TIMEOUT)
    return done.returncode, done.stdout


class Thirty(harness.Case):
    def test_there_are_thirty(self):
        self.assertEqual(len(list(rows())), 30)

    def test_foster_takes_no_more_words(self):
        for who, what, others, foster, _ in rows():
            if 'bwrap' not in others:
                self.assertLessEqual(len(foster.split()), len(others.split()) + 1, what)
        ours, theirs = (sum(len(row[column].split()) for row in rows()) for column in (3, 2))
        self.assertIn(f"foster's side has {ours} words and the others' {theirs}", page())
        self.assertLess(ours, theirs)


def case(who, what, others, foster, command):
    def test(self):
        if who == '#' and not ROOT:
            self.skipTest('needs root')
        if who == '$' and not user_namespaces_work():
            self.skipTest('this kernel gives user namespaces to no ordinary user')
        status, printed = output(who, f'{foster} {command}')
        self.assertNotEqual(status, 125, printed)
        for tool in [others.split()[0]] + re.findall(r"'(\w+) ", others):
            if tool not in ('mount',) and shutil.which(tool, path='/usr/sbin:/usr/bin:/sbin:/bin') is None:
                self.skipTest(f'{tool} is not installed')
        self.assertEqual(output(who, f'{others} {command}'), (status, printed))
    return test


for number, row in enumerate(rows(), 1):
    setattr(Thirty, f'test_{number:02}_{re.sub("[^a-z]+", "_", row[1].lower())}', case(*row))


if __name__ == '__main__':
    harness.main()
