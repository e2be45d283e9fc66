#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is made of a machine's output: outcomes, how it ended, the matrix and what changed between two. No machine is started."""
import json
import os
import re
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import counted_tests  # noqa: E402
import machine  # noqa: E402
import matrix  # noqa: E402
import packages  # noqa: E402
import results  # noqa: E402

OUTPUT = '''[==========] Running 5 tests from 2 test suites.
[ RUN      ] Init.Lives
[       OK ] Init.Lives (12 ms)
[ RUN      ] Init.NeedsMore
/src/tests/kernel/behaviour.cc:12: Skipped
since 6.18: this is 6.1

[  SKIPPED ] Init.NeedsMore (0 ms)
[ RUN      ] Init.IsWrong
/src/tests/kernel/behaviour.cc:40: Failure
state: saw "T", expected "S"
[  FAILED  ] Init.IsWrong (3 ms)
[ RUN      ] Reaping/Orphans.AreGone/kernel
noise without a line end[       OK ] Reaping/Orphans.AreGone/kernel (1 ms)
'''


class Outcomes(unittest.TestCase):
    def test_are_read_from_live_output(self):
        found = results.tests(OUTPUT)
        self.assertEqual({name: test['outcome'] for name, test in found.items()},
                         {'Init.Lives': 'passed', 'Init.NeedsMore': 'skipped', 'Init.IsWrong': 'failed', 'Reaping/Orphans.AreGone/kernel': 'passed'})
        self.assertEqual(found['Init.NeedsMore']['reason'], 'since 6.18: this is 6.1')
        self.assertEqual(found['Init.IsWrong']['reason'], 'state: saw "T", expected "S"')

    def test_the_summary_at_the_end_adds_nothing(self):
        self.assertEqual(results.tests(OUTPUT + '[  FAILED  ] 1 test, listed below:\n[  FAILED  ] Init.IsWrong\n'), results.tests(OUTPUT))

    def test_a_test_that_never_ended_has_died(self):
        found = results.tests(OUTPUT + '[ RUN      ] Init.Panics\nlast words\n')
        self.assertEqual(found['Init.Panics'], {'outcome': 'died', 'reason': 'last words'})

    def test_each_program_has_its_output_and_its_status(self):
        text = '@@ machine 6.1\n\n@@ begin one\na\n@@ not an end\n\n@@ end one 0\n\n@@ begin two\nb\n\n@@ end two 137\n\n@@ begin three\nc\n'
        found = results.programs(text)
        self.assertEqual(found['one'], ('a\n@@ not an end\n\n', 0))
        self.assertEqual(found['two'][1], 137)
        self.assertEqual(found['three'], ('c\n', None))

    def test_the_list_of_behaviours_is_understood(self):
        listing = 'A.B  [SIG-01]\n  It is so.\n  source: kill(2)\n  since: all\n\nC.D  [X]\n  So too.\n  source: s\n  since: 6.1\n\n2 behaviours\n'
        self.assertEqual(results.behaviours(listing)['A.B'], {'id': 'SIG-01', 'statement': 'It is so.', 'source': 'kill(2)', 'since': 'all'})
        self.assertEqual(len(results.behaviours(listing)), 2)


class Ends(unittest.TestCase):
    def judged(self, console, hung='', status=0):
        outcome = machine.Outcome('ended', '', 1.0, console, '', '')
        machine.judge(outcome, hung, status, '')
        return outcome

    def test_a_machine_that_was_switched_off_has_ended(self):
        self.assertEqual(self.judged('[ 1.0] reboot: Power down\n').how, 'ended')

    def test_an_init_that_exits_has_ended_with_its_status(self):
        outcome = self.judged('[ 1.0] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000700\n')
        self.assertEqual((outcome.how, outcome.init_status), ('ended', 0x700))

    def test_an_init_that_was_killed_is_a_panic(self):
        self.assertEqual(self.judged('[ 1.0] Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b\n').how, 'panicked')

    def test_a_panic_is_told_with_its_reason(self):
        outcome = self.judged('[ 1.0] Kernel panic - not syncing: sysrq triggered crash\n')
        self.assertEqual((outcome.how, outcome.reason), ('panicked', 'sysrq triggered crash'))

    def test_a_machine_that_had_to_be_switched_off_hung(self):
        self.assertEqual(self.judged('', 'silent for 5 s', -9).how, 'hung')

    def test_a_restart_without_a_word_is_not_an_end(self):
        self.assertEqual(self.judged('[ 1.0] Linux\n').how, 'broken')

    def test_complaints_of_the_kernel_are_found(self):
        outcome = self.judged('[    1.0] BUG: unable to handle page fault\n[ 2.0] nothing\n[ 12.0] WARNING: CPU: 0 PID: 1 at x\n')
        self.assertEqual(outcome.troubles(), ['BUG: unable to handle page fault', 'WARNING: CPU: 0 PID: 1 at x'])


def sample():
    kernels = [{'name': name, 'release': 'r', 'package': 'p', 'version': '1', 'uname': name, 'how': 'ended', 'reason': '', 'seconds': 1.0, 'troubles': []} for name in ('old', 'mid', 'new')]
    passed = {'outcome': 'passed', 'seen': {'errno': 'EINVAL'}}
    return {'made': 'now', 'foster': '0', 'kernels': kernels,
            'tests': [{'program': 'suite', 'name': 'A.Same'}, {'program': 'suite', 'name': 'A.Changes'}, {'program': 'suite', 'name': 'A.Late'}],
            'results': {'old': {'suite:A.Same': {'outcome': 'passed'}, 'suite:A.Changes': passed},
                        'mid': {'suite:A.Same': {'outcome': 'passed'}, 'suite:A.Changes': passed, 'suite:A.Late': {'outcome': 'skipped', 'reason': 'since 7'}},
                        'new': {'suite:A.Same': {'outcome': 'passed'}, 'suite:A.Changes': {'outcome': 'passed', 'seen': {'errno': 'ENOENT'}},
                                'suite:A.Late': {'outcome': 'failed', 'reason': 'x | y'}}}}


class Matrix(unittest.TestCase):
    def test_is_the_same_after_saving(self):
        with tempfile.TemporaryDirectory(dir=os.environ.get('TEST_TMPDIR')) as folder:
            path = os.path.join(folder, 'm.json')
            matrix.save(sample(), path)
            self.assertEqual(matrix.load(path), sample())

    def test_markdown_shows_what_differs_and_only_that(self):
        text = matrix.markdown(sample())
        self.assertIn('| A.Changes | ✓ | ✓ | ✓ |', text)
        self.assertIn('| · errno | EINVAL | EINVAL | ENOENT |', text)
        self.assertIn('| A.Late |   | – | ✗ |', text)
        self.assertIn('A.Late: failed on new: x | y', text)
        self.assertNotIn('A.Same', text)

    def test_the_page_holds_the_data_and_cannot_be_broken_by_it(self):
        broken = sample()
        broken['results']['new']['suite:A.Late']['reason'] = '</script><b>'
        text = matrix.page(broken)
        self.assertNotIn('</script><b>', text)
        data = text.split('type="application/json">')[1].split('</script>')[0]
        self.assertEqual(json.loads(data), broken)

    def test_what_changed_is_told_and_nothing_else(self):
        self.assertEqual(matrix.compare(sample(), sample()), [])
        new = sample()
        new['kernels'][2]['version'] = '2'
        new['results']['new']['suite:A.Late'] = {'outcome': 'passed'}
        new['results']['old']['suite:A.Changes'] = {'outcome': 'passed', 'seen': {'errno': 'ESRCH'}}
        new['results']['mid']['suite:A.Changes'] = {'outcome': 'passed', 'seen': {'errno': 'ESRCH'}}
        del new['results']['mid']['suite:A.Same']
        self.assertEqual(matrix.compare(sample(), new), ['new: version 1 -> 2', 'suite:A.Same: gone on mid',
                                                         'suite:A.Changes: errno: EINVAL -> ESRCH on old, mid', 'suite:A.Late: failed -> passed on new'])


class Versions(unittest.TestCase):
    def test_are_sorted_as_dpkg_sorts_them(self):
        versions = ['6.12.117-1', '6.12.9-1', '6.12.117-1~deb12u1', '7.3~rc7-1~exp1', '7.3-1']
        self.assertEqual([v['version'] for v in packages.newest_last([{'version': v} for v in versions])],
                         ['6.12.9-1', '6.12.117-1~deb12u1', '6.12.117-1', '7.3~rc7-1~exp1', '7.3-1'])

    def test_a_kernel_image_is_known_by_its_name(self):
        for name, series in (('linux-image-5.10.0-46-cloud-amd64', '5.10'), ('linux-image-6.1.0-0.deb11.51-cloud-amd64', '6.1'),
                             ('linux-binary-7.3.4+deb13-cloud-amd64', '7.3'), ('linux-binary-7.3-cloud-amd64', '7.3')):
            self.assertEqual(re.fullmatch(packages.PACKAGE + 'amd64', name)[1], series)
        for name in ('linux-image-cloud-amd64', 'linux-image-6.1.0-56-amd64', 'linux-binary-unsigned-7.3-cloud-amd64', 'linux-image-6.1.0-56-cloud-amd64-dbg'):
            self.assertIsNone(re.fullmatch(packages.PACKAGE + 'amd64', name))


if __name__ == '__main__':
    counted_tests.main()
