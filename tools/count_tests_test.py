#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The closing line of ./test, from build events as Bazel writes them: what failed is never left out, what was left out is never a failure."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

COUNT = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'count_tests.py')


def configured(label, kind):
    return {'id': {'targetConfigured': {'label': label}}, 'configured': {'targetKind': f'{kind} rule'}}


def built(label):
    return {'id': {'targetCompleted': {'label': label}}, 'completed': {'success': True}}


def not_built(label):
    return {'id': {'targetCompleted': {'label': label}}, 'completed': {}}


def aborted(label, reason):
    return {'id': {'targetCompleted': {'label': label}}, 'aborted': {'reason': reason}}


class CountTests(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def result(self, label, status, **files):
        outputs = []
        for name, text in files.items():
            path = os.path.join(self.folder.name, f"{label.strip('/').replace(':', '_')}.{name}")
            with open(path, 'w') as f:
                f.write(text)
            outputs.append({'name': f'test.{name}', 'uri': f'file://{path}'})
        return {'id': {'testResult': {'label': label}}, 'testResult': {'status': status, 'testActionOutput': outputs}}

    def count(self, events, bazel_status=0):
        """The lines and the exit status of count_tests.py."""
        path = os.path.join(self.folder.name, 'events.json')
        with open(path, 'w') as f:
            f.writelines(json.dumps(event) + '\n' for event in events)
        run = subprocess.run([sys.executable, COUNT, path, str(bazel_status)], stdout=subprocess.PIPE, text=True, check=False)
        return run.stdout.splitlines(), run.returncode

    def test_cases_of_a_program_are_counted_one_by_one(self):
        xml = ('<testsuites><testsuite><testcase classname="A" name="passes"/><testcase classname="A" name="fails"><failure message="no"/></testcase>'
               '<testcase classname="A" name="skips" result="skipped"><skipped message="needs root"/></testcase>'
               '<testcase classname="A" name="is_off" status="notrun"/></testsuite></testsuites>')
        lines, status = self.count([self.result('//a:a_test', 'FAILED', xml=xml)], 3)
        self.assertEqual(lines, ['failed: //a:a_test A.fails', 'skipped: //a:a_test A.skips: needs root', '1 passed, 1 failed, 1 skipped'])
        self.assertEqual(status, 1)

    def test_a_script_is_counted_by_its_own_closing_line(self):
        log = 'SKIP no such machine\n7 passed, 0 failed, 1 skipped\n'
        lines, status = self.count([self.result('//a:a_test', 'PASSED', log=log)])
        self.assertEqual(lines[-1], '7 passed, 0 failed, 1 skipped')
        self.assertEqual(status, 0)

    def test_a_test_that_ends_without_a_result_failed(self):
        lines, status = self.count([self.result('//a:a_test', 'TIMEOUT')], 3)
        self.assertEqual(lines, ['failed: //a:a_test (TIMEOUT)', '0 passed, 1 failed'])
        self.assertEqual(status, 1)

    def test_what_did_not_build_failed(self):
        for event in not_built('//a:b'), aborted('//a:b', 'ANALYSIS_FAILURE'):
            lines, status = self.count([self.result('//a:a_test', 'PASSED'), configured('//a:b', 'cc_binary'), event], 1)
            self.assertEqual(lines, ['did not build: //a:b', '1 passed, 1 failed'])
            self.assertEqual(status, 1)

    def test_what_is_not_for_this_platform_did_not_fail_but_a_test_is_told_of(self):
        lines, status = self.count([
            self.result('//a:a_test', 'PASSED'), built('//a:a_test'),
            configured('//a:b', 'cc_binary'), aborted('//a:b', 'SKIPPED'),
            configured('//a:b_test', 'sh_test'), aborted('//a:b_test', 'SKIPPED'),
        ])
        self.assertEqual(lines, ['skipped: //a:b_test: not for this platform', '1 passed, 0 failed, 1 skipped'])
        self.assertEqual(status, 0)

    def test_a_failure_of_the_build_alone_is_a_failure(self):
        lines, status = self.count([self.result('//a:a_test', 'PASSED')], 1)
        self.assertEqual(lines, ['bazel ended with 1', '1 passed, 1 failed'])
        self.assertEqual(status, 1)

    def test_no_test_at_all_is_no_success(self):
        lines, status = self.count([])
        self.assertEqual(lines, ['0 passed, 0 failed'])
        self.assertEqual(status, 1)


if __name__ == '__main__':
    unittest.main()
