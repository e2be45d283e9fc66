# SPDX-License-Identifier: Apache-2.0
"""unittest with the closing lines that ./test reads: `SKIP reason` for each skipped case, and `N passed, N failed[, N skipped]` last."""
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


def main():
    result = unittest.main(module='__main__', exit=False, verbosity=2).result
    # A case with parts (subTest) can fail more than once.
    bad = {test.id().split(' ')[0] for test, _ in result.failures + result.errors}
    sys.stderr.flush()
    for test, reason in result.skipped:
        print(f'SKIP {test.id()}: {reason}')
    skipped = len(result.skipped)
    print(f'{max(0, result.testsRun - len(bad) - skipped)} passed, {len(bad)} failed' + (f', {skipped} skipped' if skipped else ''), flush=True)
    sys.exit(1 if bad else 0)
