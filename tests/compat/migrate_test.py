#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/migrate.md: both command lines of each of its rows are run, and must come to the same; its table of exit statuses is what the programs do."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(TOP, 'images')]
import counted_tests  # noqa: E402
from counted_tests import PATIENCE, until  # noqa: E402
from harness import FOSTER, Run, awaits_signals  # noqa: E402

ROOT = os.geteuid() == 0
# The commands that stand in CMD's place. The last two have the init signalled by its child: what comes back tells what was passed on.
WAIT = 'while :; do sleep 1000 >/dev/null 2>&1 & wait $!; done'
COMMANDS = {
    'exits': 'exit 7',
    'succeeds': 'exit 0',
    'dies': 'kill -KILL $$',
    'is terminated': 'exit 143',
    'is told TERM': "trap 'kill $!; exit 6' TERM; trap 'kill $!; exit 5' QUIT; kill -TERM $PPID; " + WAIT,
    'is told TERM, then HUP': "trap 'kill $!; exit 6' TERM; trap 'kill $!; exit 8' HUP; kill -TERM $PPID; kill -HUP $PPID; " + WAIT,
}
OTHERS = ('tini', 'dumb-init', 'catatonit', 'unshare', 'nsenter')


def sections():
    """Title -> rows of cells, without the heads of tables."""
    with open(os.path.join(TOP, 'docs', 'migrate.md')) as f:
        text = f.read()
    found = {}
    for title, body in re.findall(r'^## (.*?)\n(.*?)(?=^## |\Z)', text, re.M | re.S):
        rows = [[cell.strip() for cell in line.strip('|').split('|')] for line in body.splitlines() if line.startswith('|')]
        found[title] = rows[2:]
        found[title + ' head'] = rows[0] if rows else []
    return found


def said(cell, *beginnings):
    """The code of a cell that begins so, or None."""
    return next((code for code in re.findall(r'`([^`]*)`', cell) if code.startswith(beginnings)), None)


class TestMigrate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix='foster-migrate-', dir='/tmp')
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        os.chmod(cls.folder, 0o755)
        shutil.copy(FOSTER, f'{cls.folder}/foster')
        os.chmod(f'{cls.folder}/foster', 0o755)
        for name, script in COMMANDS.items():
            cls.write(name.replace(' ', '-').replace(',', ''), f'#!/bin/sh\n{script}\n')
        # Its namespaces are what is entered.
        cls.other = subprocess.Popen([f'{cls.folder}/foster', '--new=pid,mount,uts,ipc', '--proc', '--', 'sleep', '1000'], stdin=subprocess.DEVNULL) if ROOT else None
        if cls.other:
            cls.addClassCleanup(cls.other.wait)
            cls.addClassCleanup(cls.other.terminate)
            until(lambda: cls.children(cls.other.pid) and cls.children(cls.children(cls.other.pid)[0]), 'the other namespace')
            cls.inside = cls.children(cls.other.pid)[0]

    @classmethod
    def write(cls, name, text):
        path = os.path.join(cls.folder, name)
        with open(path, 'w') as f:
            f.write(text)
        os.chmod(path, 0o755)
        return path

    @staticmethod
    def children(pid):
        try:
            with open(f'/proc/{pid}/task/{pid}/children') as f:
                return f.read().split()
        except OSError:
            return []

    def environment(self):
        return {'PATH': f'{self.folder}:{os.environ["PATH"]}', 'LC_ALL': 'C'}

    def status(self, line):
        """What a shell would say that a command line came to. It is PID 1 of nothing."""
        one = Run(['sh', '-c', line], env=self.environment())
        try:
            status = one.end()
        finally:
            Run.alive.remove(one)
            one.clean()
        self.errors = one.errors
        return status

    def comes_to(self, line, command):
        path = os.path.join(self.folder, command.replace(' ', '-').replace(',', ''))
        if line.startswith('#!'):
            with open(path) as f:
                body = f.read().partition('\n')[2]
            program, rest = line[2:].split(' ', 1)
            return self.status(self.write('script', f'#!{shutil.which(os.path.basename(program), path=self.environment()["PATH"])} {rest}\n{body}'))
        if re.fullmatch(r'\w+=\S+', line):
            line += (' tini' if line.startswith('TINI_') else ' foster') + ' -- CMD'
        return self.status(re.sub(r'\bPID\b', self.inside, line).replace('CMD', path))

    def same(self, left, right, commands):
        if not shutil.which(re.split(r'[ /]', left.removeprefix('#!/usr/bin/'))[0]) and '=' not in left.split()[0]:
            print(f'SKIP {left}: not installed', flush=True)
            return
        for command in commands:
            with self.subTest(f'{left} | {right}: CMD {command}'):
                theirs = self.comes_to(left, command)
                ours = self.comes_to(right, command)
                self.assertEqual(ours, theirs, self.errors)
                if command == 'exits':
                    self.assertEqual(ours, 7, self.errors)

    @unittest.skipUnless(ROOT, 'not root: namespaces are made and entered')
    def test_both_command_lines_of_every_row_come_to_the_same(self):
        found = sections()
        tried = 0
        for title in ('tini', 'dumb-init', 'catatonit', 'unshare'):
            for left, right in found[title]:
                left, right = said(left, *OTHERS, '#!', 'TINI_'), said(right, 'foster', '#!', 'FOSTER_')
                if left is None or right is None or left == 'catatonit -P':
                    continue
                commands = ['exits', 'succeeds', 'is terminated']
                if title != 'unshare':  # which passes nothing on, and makes PID 1 of CMD, which cannot kill itself
                    commands.append('dies')
                    commands.append('is told TERM, then HUP' if ':0' in left else 'is told TERM')
                self.same(left, right, commands)
                tried += 1
        self.assertGreater(tried, 18)

    def test_foster_takes_the_words_of_every_row_about_s6_overlay(self):
        words = [code for _, right in sections()['s6-overlay'] for code in re.findall(r'`([^`]*)`', right) if code.startswith(('foster ', '--'))]
        self.assertGreaterEqual(len(words), 4)
        for code in words:
            options = code.removeprefix('foster ').partition(' -- ')[0]
            with self.subTest(code):
                self.assertEqual(self.status(f'foster --explain {options} -- true >/dev/null'), 0, self.errors)

    def test_the_rows_about_pausing_come_to_the_same(self):
        rows = [row for row in sections()['catatonit'] if said(row[0], 'catatonit -P')]
        self.assertEqual(len(rows), 1)
        for line in (said(rows[0][0], 'catatonit'), said(rows[0][1], 'foster')):
            if not shutil.which(line.split()[0], path=self.environment()['PATH']):
                print(f'SKIP {line}: not installed', flush=True)
                continue
            with self.subTest(line), subprocess.Popen(line.split(), env=self.environment(), stdin=subprocess.DEVNULL) as process:
                def ready(pid=process.pid):
                    with open(f'/proc/{pid}/status') as f:
                        masks = {row.split(':')[0]: int(row.split()[1], 16) for row in f if row.startswith(('SigBlk', 'SigCgt'))}
                    return awaits_signals(pid) or (masks['SigBlk'] | masks['SigCgt']) >> (signal.SIGTERM - 1) & 1
                until(ready, 'its being ready')
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(PATIENCE), 0)

    def test_exit_statuses_are_as_the_table_says(self):
        found = sections()
        names = found['Exit statuses head'][1:]
        plain = self.write('plain', 'exit 0\n')
        os.chmod(plain, 0o644)
        lines = {'CMD is not found': '/no/such/program', 'CMD may not be executed': plain, 'the init itself failed': '--no-such-option'}
        self.assertEqual([row[0] for row in found['Exit statuses']], list(lines))
        for what, *statuses in found['Exit statuses']:
            for name, status in zip(names, statuses):
                if not shutil.which(name, path=self.environment()['PATH']):
                    print(f'SKIP {name}: not installed', flush=True)
                    continue
                separator = '--' if name in ('tini', 'catatonit', 'foster') and not lines[what].startswith('-') else ''
                with self.subTest(f'{name}: {what}'):
                    self.assertEqual(self.status(f'{name} {separator} {lines[what]}'), int(status), self.errors)


if __name__ == '__main__':
    counted_tests.main()
