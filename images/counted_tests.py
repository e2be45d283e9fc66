# SPDX-License-Identifier: Apache-2.0
"""What all tests in Python share: where the shipped binary is, and unittest with the closing lines that ./test reads: `SKIP reason` for each skipped case, and
`N passed, N failed[, N skipped]` last."""
import os
import sys
import time
import unittest

PATIENCE = 60


def until(condition, what):
    """Looks until it is so, for what gives no event; after a minute the test has failed."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f'never came: {what}')
        time.sleep(0.02)


def find_foster():
    """The shipped binary: what $FOSTER names; or the first argument, which is taken away; or among Bazel's files for a test; or as the last build left it."""
    if os.environ.get('FOSTER'):
        return os.environ['FOSTER']
    if len(sys.argv) > 1 and os.path.isfile(sys.argv[1]):
        return os.path.abspath(sys.argv.pop(1))
    root = os.environ.get('TEST_SRCDIR')
    if root:
        return os.path.join(root, os.environ.get('TEST_WORKSPACE', 'foster'), 'init', 'foster')
    return os.path.abspath('bazel-bin/init/foster')


class _Saying(unittest.TextTestResult):
    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        print(f'SKIP {test.id()}: {reason}', flush=True)


def main():
    """Runs all cases; the last line is `N passed, N failed[, N skipped]`."""
    runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=_Saying)
    result = unittest.main(module='__main__', exit=False, testRunner=runner).result
    # A case with parts (subTest) can fail more than once.
    bad = {test.id().split(' ')[0] for test, _ in result.failures + result.errors}
    skipped = len(result.skipped)
    print(f'{max(0, result.testsRun - len(bad) - skipped)} passed, {len(bad)} failed' + (f', {skipped} skipped' if skipped else ''), flush=True)
    sys.exit(1 if bad or result.testsRun == 0 else 0)
