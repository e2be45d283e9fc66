#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/kernel-behaviour.md against the suite: each test that it names is there, and each behaviour that contradicts a manual page is told.

usage: page_test.py SUITE PAGE
"""
import re
import subprocess
import sys

suite, page = sys.argv[1:]
with open(page) as file:
    text = file.read()
listed = subprocess.run([suite, '--list'], capture_output=True, text=True, check=True).stdout
entries = {re.match(r'(\w+\.\w+)  \[', entry)[1]: entry for entry in listed.strip().split('\n\n')[:-1]}
named = set(re.findall(r'`([A-Z]\w+\.[A-Z]\w+)`', text))
surprising = {name for name, entry in entries.items() if 'otherwise than' in entry}

failed = 0
for name in sorted(named - set(entries)):
    print(f'failed: the page names {name}, which is no behaviour')
    failed += 1
untold = {name for name in surprising if name not in text}
for name in sorted(untold):
    print(f'failed: {name} is otherwise than a manual page has it, and the page does not tell it')
    failed += 1
print(f'{len(named & set(entries)) + len(surprising - untold)} passed, {failed} failed')
sys.exit(1 if failed else 0)
