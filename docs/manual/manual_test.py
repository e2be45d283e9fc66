#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The manual page and the completions say what --help of the shipped binary says, and the programs that read them accept them."""
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(TOP, 'images')]
import counted_tests  # noqa: E402
import table  # noqa: E402

FOSTER = os.path.join(TOP, 'init', 'foster')


def needs(program):
    return unittest.skipUnless(shutil.which(program), f'{program} is not installed')


def output(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def options():
    with open(os.path.join(HERE, 'options.tsv')) as f:
        return table.read(f)[0]


def plain(page):
    """The page as text without overstriking, in one line."""
    return ' '.join(re.sub('.\b', '', page).replace('\u2010', '-').split())


class TestManual(unittest.TestCase):
    @needs('mandoc')
    def test_mandoc_has_no_complaint(self):
        found = subprocess.run(['mandoc', '-T', 'lint', '-W', 'warning', os.path.join(HERE, 'foster.1')], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, check=False)
        self.assertEqual(found.stdout, '')

    @needs('mandoc')
    def test_every_option_is_in_the_page_with_the_words_of_help(self):
        page = plain(output('mandoc', '-T', 'ascii', '-O', 'width=160', os.path.join(HERE, 'foster.1')))
        told = plain(output(FOSTER, '--help'))
        for option in options():
            form = f'--{option.name}' + {'no': '', 'must': f'={option.value}', 'may': f'[={option.value}]'}[option.takes]
            self.assertIn(f'{form} {option.help}', told)
            self.assertIn(option.twin, page)
            self.assertIn(option.help[1:], page)
            self.assertIn(form, page)

    def test_help_has_no_option_that_the_table_has_not(self):
        told = re.findall(r'^ +(?:-\w, )?--([a-z-]+)', output(FOSTER, '--help'), re.M)
        self.assertEqual(told, [option.name for option in options()])

    def test_what_is_said_besides_is_said_of_options_that_exist(self):
        with open(os.path.join(HERE, 'foster.mdoc')) as f:
            for name in re.findall(r'^@MORE (\S+)', f.read(), re.M):
                self.assertIn(name, [option.name for option in options()])


class TestPages(unittest.TestCase):
    def test_every_command_line_of_the_pages_is_accepted(self):
        tried = 0
        for page in ('migrate.md', 'personalities.md', 'engines.md', 'images.md'):
            with open(os.path.join(TOP, 'docs', page)) as f:
                lines = re.findall(r'`(foster [^`]*)`', f.read())
            for line in lines:
                words = []
                # Up to the command; values that only stand for one are given one.
                for word in shlex.split(line)[1:]:
                    if word == '--' or not word.startswith('-'):
                        break
                    words.append(word.replace('=PID', '=1').replace('fd:N', 'fd:3').replace('=NAME', '=tini'))
                if line.split()[1:2] == ['-e']:
                    words = ['-e', line.split()[2]]
                done = subprocess.run([FOSTER, *words, '-h'], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
                self.assertEqual(done.returncode, 0, f'{page}: {line}: {done.stderr}')
                tried += 1
        self.assertGreater(tried, 20)


class TestCompletions(unittest.TestCase):
    def complete(self, *words):
        """What bash offers for the last of the words."""
        script = ('source "$1"; shift; COMP_WORDS=(foster "$@"); COMP_CWORD=$(($#)); compopt() { :; }; _foster; '
                  '[[ ${#COMPREPLY[@]} == 0 ]] || printf "%s\\n" "${COMPREPLY[@]}"')
        return output('bash', '--noprofile', '--norc', '-c', script, 'bash', os.path.join(HERE, 'foster.bash'), *words).split()

    def test_bash_knows_every_option(self):
        offered = self.complete('--')
        for option in options():
            self.assertIn(f'--{option.name}' + ('=' if option.takes == 'must' else ''), offered)

    def test_bash_completes_values(self):
        self.assertEqual(self.complete('--to=gr'), ['group'])
        self.assertEqual(self.complete('--to', 'gr'), ['group'])
        # As readline cuts the line where = breaks words.
        self.assertEqual(self.complete('--to', '=', 'gr'), ['group'])
        self.assertEqual(self.complete('--new=pid,mo'), ['pid,mount'])
        self.assertIn('dumb-init', self.complete('--as='))

    def test_bash_completes_the_command_and_its_arguments(self):
        self.assertIn('sleep', self.complete('--', 'slee'))
        self.assertIn('sleep', self.complete('--to=group', 'slee'))
        self.assertIn('sleep', self.complete('--to', 'group', 'slee'))
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, 'some-file'), 'w'):
                pass
            self.assertEqual(self.complete('cat', folder + '/some'), [folder + '/some-file'])
            self.assertEqual(self.complete('--', 'cat', folder + '/some'), [folder + '/some-file'])

    def test_bash_takes_what_follows_the_command_for_the_command_s(self):
        self.assertEqual(self.complete('true', '--he'), [])

    def test_bash_has_no_complaint(self):
        subprocess.run(['bash', '-n', os.path.join(HERE, 'foster.bash')], check=True)

    @needs('zsh')
    def test_zsh_has_no_complaint_and_every_option(self):
        path = os.path.join(HERE, '_foster')
        subprocess.run(['zsh', '-n', path], check=True)
        # What _arguments is given, by a stand-in that prints it.
        given = output('zsh', '-f', '-c', '_arguments() { print -rl -- "$@" }; source "$1"', 'zsh', path).splitlines()
        for option in options():
            self.assertTrue([line for line in given if re.match(rf'\*?--{option.name}[=\[]', line)], option.name)

    @needs('fish')
    def test_fish_completes_options_and_values(self):
        path = os.path.join(HERE, 'foster.fish')
        subprocess.run(['fish', '--no-execute', path], check=True)
        with tempfile.TemporaryDirectory() as home:
            def offered(line):
                return output('fish', '--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', path, line, env={**os.environ, 'HOME': home}).splitlines()
            names = {line.split('\t')[0] for line in offered('foster --')}
            for option in options():
                self.assertTrue({f'--{option.name}', f'--{option.name}='} & names, option.name)
            self.assertIn('group', ' '.join(offered('foster --to g')))


if __name__ == '__main__':
    counted_tests.main()
