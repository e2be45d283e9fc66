#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the commands of pages in docs/ and compares what they print with what the page says.

In a block ```console a line that begins with "$ " is run by an ordinary user, one with "# " by root; lines that follow, up to one that ends the quoting or
the next command, belong to it. The rest is what it prints on both streams together; … stands for anything, and white space is not compared in amount.
"""
import os
import re
import subprocess
import unittest

import harness
from harness import FOLDER, NOBODY, ROOT, TIMEOUT, as_user, user_namespaces_work

HERE = os.path.dirname(os.path.abspath(__file__))
PAGES = ['namespaces-in-operation.md']


def page_path(name):
    root = os.environ.get('TEST_SRCDIR')
    base = os.path.join(root, os.environ.get('TEST_WORKSPACE', 'foster')) if root else os.path.join(HERE, '..', '..')
    return os.path.join(base, 'docs', name)


def whole(text):
    """Whether a shell would take this as complete."""
    return subprocess.run(['sh', '-n', '-c', text], stderr=subprocess.DEVNULL).returncode == 0


def examples(text):
    """(line number, who, command, expected) of each command of a page."""
    found = []
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith('```'):
            inside = line == '```console'
        elif inside and found and not whole(found[-1][2]):
            found[-1][2] += '\n' + line
        elif inside and line[:2] in ('$ ', '# '):
            found.append([number, line[0], line[2:], ''])
        elif inside:
            found[-1][3] += line + '\n'
    return found


def matches(expected, got):
    pattern = '.*?'.join(re.escape(part) for part in squeezed(expected).split('…'))
    return re.fullmatch(pattern, squeezed(got), re.S) is not None


def squeezed(text):
    return '\n'.join(' '.join(line.split()) for line in text.strip().splitlines())


class Pages(harness.Case):
    pass


def case(page, number, who, command, expected):
    def test(self):
        if who == '#' and not ROOT:
            self.skipTest('needs root')
        if not user_namespaces_work():
            self.skipTest('this kernel gives user namespaces to no ordinary user')
        shell = (as_user(NOBODY) if who == '$' and ROOT else []) + ['sh', '-c', command]
        environment = {'PATH': f'{FOLDER}:/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL': 'C', 'HOME': '/tmp'}
        done = subprocess.run(shell, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, cwd='/tmp', env=environment, timeout=TIMEOUT)
        self.assertTrue(matches(expected, done.stdout), f'{page}:{number}: {command}\nprinted:\n{done.stdout}\nnot:\n{expected}')
    return test


for page in PAGES:
    with open(page_path(page), encoding='utf-8') as f:
        for number, who, command, expected in examples(f.read()):
            setattr(Pages, f'test_{page.replace("-", "_").split(".")[0]}_line_{number:03}', case(page, number, who, command, expected))


class Extraction(unittest.TestCase):
    def test_a_wrong_output_is_seen(self):
        self.assertTrue(matches('a … c\n', 'a  b c\n'))
        self.assertFalse(matches('a … c\n', 'a b d\n'))
        self.assertFalse(matches('0\n', ''))
        self.assertEqual(examples('```console\n$ echo "a\nb"\na\nb\n```\n'), [[2, '$', 'echo "a\nb"', 'a\nb\n']])


if __name__ == '__main__':
    harness.main()
