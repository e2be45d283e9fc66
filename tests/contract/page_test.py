#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/contract.md and the tests agree: every test that the page names is there, and every test that is there is named on the page."""
import glob
import os
import re
import sys


def main():
    top = os.path.join(os.environ['TEST_SRCDIR'], os.environ['TEST_WORKSPACE']) if 'TEST_SRCDIR' in os.environ else '.'
    with open(os.path.join(top, 'docs/contract.md')) as page:
        text = page.read()
    named = set(re.findall(r'`([A-Z]\w+\.[A-Z]\w+)`', text))
    written = set()
    for path in glob.glob(os.path.join(top, 'tests/contract/*_test.cc')):
        with open(path) as source:
            written |= {f'{suite}.{name}' for suite, name in re.findall(r'^TEST(?:_[PF])?\((\w+), *(\w+)\)', source.read(), re.M)}
    failed = 0
    for name in sorted(named - written):
        print(f'docs/contract.md names {name}, which is no test')
        failed += 1
    for name in sorted(written - named):
        print(f'{name} is a test that docs/contract.md does not name')
        failed += 1
    if not named:
        print('docs/contract.md names no test')
        failed += 1
    print(f'{len(named & written)} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
