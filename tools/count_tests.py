#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts test cases of one `bazel test` run from its build events, and prints the closing line of ./test.

usage: count_tests.py EVENTS.json BAZEL_EXIT_STATUS

A GoogleTest binary counts by its cases (from the XML that it writes), a script as one. Skipped cases are listed with their reasons.
"""
import json
import re
import sys
import urllib.parse
import xml.etree.ElementTree as ET


def cases(xml_path):
    """Yields (name, outcome, reason) for each case in a test.xml."""
    try:
        root = ET.parse(xml_path).getroot()
    except (OSError, ET.ParseError):
        return
    for case in root.iter('testcase'):
        name = f"{case.get('classname', '')}.{case.get('name', '')}"
        if case.get('status') == 'notrun':
            continue
        if case.find('failure') is not None or case.find('error') is not None:
            yield name, 'failed', ''
        elif case.find('skipped') is not None or case.get('result') == 'skipped':
            skipped = case.find('skipped')
            reason = (skipped.get('message') or skipped.text or '') if skipped is not None else ''
            lines = [l for l in reason.strip().splitlines() if l]
            yield name, 'skipped', lines[-1] if lines else ''
        else:
            yield name, 'passed', ''


def log_says(path):
    """The outcome lines that scripts may print: 'N passed, N failed[, N skipped]' last, and 'SKIP reason'."""
    try:
        with open(path, errors='replace') as f:
            return f.read()
    except OSError:
        return ''


def main():
    events, bazel_status = sys.argv[1], int(sys.argv[2])
    passed = failed = 0
    skipped = []
    tests = set()
    with open(events) as f:
        for line in f:
            event = json.loads(line)
            if event.get('configured', {}).get('targetKind', '').endswith('_test rule'):
                tests.add(event['id']['targetConfigured']['label'])
            result = event.get('testResult')
            if result is None:
                if 'targetCompleted' in event.get('id', {}) and not event.get('completed', {}).get('success', False):
                    label = event['id']['targetCompleted']['label']
                    # Bazel leaves out what target_compatible_with keeps from this platform: a program of another toolchain is built by who uses it,
                    # but a test that was left out has not run and must be told of.
                    if event.get('aborted', {}).get('reason') != 'SKIPPED':
                        print(f'did not build: {label}')
                        failed += 1
                    elif label in tests:
                        skipped.append((label, 'not for this platform'))
                continue
            label = event['id']['testResult']['label']
            files = {o['name']: urllib.parse.unquote(urllib.parse.urlparse(o['uri']).path)
                     for o in result.get('testActionOutput', []) if 'uri' in o}
            found = list(cases(files['test.xml'])) if 'test.xml' in files else []
            # A script's XML, which Bazel writes, has one case that is named after the target: its log may tell more.
            if len(found) <= 1:
                log = log_says(files.get('test.log', ''))
                last = log.strip().splitlines()[-1] if log.strip() else ''
                match = re.fullmatch(r'(\d+) passed, (\d+) failed(?:, (\d+) skipped)?', last)
                reasons = re.findall(r'^SKIP:? (.*)$', log, re.M)
                if match and result['status'] == 'PASSED':
                    passed += int(match[1])
                    skipped += [(label, r) for r in reasons[:int(match[3] or 0)]]
                    continue
            count = {'passed': 0, 'failed': 0, 'skipped': 0}
            for name, outcome, reason in found:
                count[outcome] += 1
                if outcome == 'skipped':
                    skipped.append((f'{label} {name}', reason))
                if outcome == 'failed':
                    print(f'failed: {label} {name}')
            if result['status'] not in ('PASSED', 'FLAKY') and count['failed'] == 0:
                print(f"failed: {label} ({result['status']})")
                count['failed'] = 1
            elif sum(count.values()) == 0:
                count['passed'] = 1
            passed += count['passed']
            failed += count['failed']
    for name, reason in skipped:
        print(f'skipped: {name}: {reason}')
    if bazel_status not in (0, 3) and failed == 0:
        print(f'bazel ended with {bazel_status}')
        failed = 1
    print(f'{passed} passed, {failed} failed' + (f', {len(skipped)} skipped' if skipped else ''))
    sys.exit(1 if failed or passed == 0 else 0)


if __name__ == '__main__':
    main()
