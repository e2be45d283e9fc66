# SPDX-License-Identifier: Apache-2.0
"""What came back from a machine, as records: a test's name, its outcome, the reason, and what it saw.

Outcomes are read from the programs' live output, so what a machine said before it died counts. What was seen comes from the suite's own JSON, where it got so far.
"""
import json
import os
import re
import tarfile

OUTCOMES = ('passed', 'failed', 'skipped', 'died')

SECTION = re.compile(r'^@@ begin (\S+)\n(.*?)(?:^@@ end \1 (\d+)$|\Z)', re.M | re.S)
EVENT = re.compile(r'\[ *(RUN|OK|FAILED|SKIPPED) *\] (\S+?)(?:, where .*?)?(?: \(\d+ ms\))?$', re.M)


def programs(text):
    """name -> (what it wrote, exit status or None where it never ended)."""
    return {name: (body, None if status == '' else int(status)) for name, body, status in SECTION.findall(text)}


def tests(output):
    """Name -> {'outcome', 'reason'} of a GoogleTest program's output. A test that began and never ended has died."""
    found, running, begin = {}, None, 0
    for event in EVENT.finditer(output):
        kind, name = event[1].strip(), event[2]
        if kind == 'RUN':
            if running is not None:
                found[running] = {'outcome': 'died', 'reason': tidy(output[begin:event.start()])}
            running, begin = name, event.end()
        elif name == running:
            outcome = {'OK': 'passed', 'FAILED': 'failed', 'SKIPPED': 'skipped'}[kind]
            found[name] = {'outcome': outcome}
            said = tidy(output[begin:event.start()])
            if outcome != 'passed' and said:
                found[name]['reason'] = said
            running = None
    if running is not None:
        found[running] = {'outcome': 'died', 'reason': tidy(output[begin:])}
    return found


BEGIN = re.compile(r'^(test\w*) \(__main__\.(\w+)\.\w+\)(?:\n.*?)? \.\.\. ', re.M)
VERDICT = re.compile(r"(?:^|(?<=\.\.\. ))(ok|FAIL|ERROR|expected failure|skipped [\"'](.*)[\"'])$", re.M)


def python_tests(output):
    """The same of Python's unittest, which tells reasons of failures at the end."""
    body, _, reasons = output.partition('\n======')
    begins = list(BEGIN.finditer(body))
    found = {}
    for at, begin in enumerate(begins):
        name = f'{begin[2]}.{begin[1]}'
        said = body[begin.end() - 4:begins[at + 1].start() if at + 1 < len(begins) else len(body)]
        verdict = VERDICT.search(said)
        if verdict is None:
            found[name] = {'outcome': 'died', 'reason': tidy(said)}
        elif verdict[2] is not None:
            found[name] = {'outcome': 'skipped', 'reason': verdict[2]}
        elif verdict[1] in ('ok', 'expected failure'):
            found[name] = {'outcome': 'passed'}
        else:
            why = re.search(rf'^(?:FAIL|ERROR): {begin[1]} \(__main__\.{begin[2]}\..*?\n-+\n(.*?)(?=^=====|^-----|\Z)', reasons, re.M | re.S)
            found[name] = {'outcome': 'failed', 'reason': '\n'.join(why[1].strip().splitlines()[-12:]) if why else ''}
    # A part of a test (subTest) that fails is told on a line of its own, and the test itself is not told at all.
    for failed in re.findall(r'^(?:FAIL|ERROR): (test\w*) \(__main__\.(\w+)\.', reasons, re.M):
        name = f'{failed[1]}.{failed[0]}'
        if found.get(name, {}).get('outcome') != 'failed':
            found[name] = {'outcome': 'failed', 'reason': 'a part of it'}
    return found


def tidy(text):
    """The words of a failure or of a skip, without the place in the source and without folders."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    kept = []
    for line in lines:
        match = re.match(r'^\S*?([\w.]+\.(?:cc|h)):(\d+): (?:Skipped|Failure)$', line)
        if match:
            continue
        if line:
            kept.append(line)
    return '\n'.join(kept)[:2000]


def brought(path, name):
    """The JSON file `name` of the archive, or None. An archive that a dying machine cut off is none."""
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.name.lstrip('./') == name and member.isfile():
                    return json.load(archive.extractfile(member))
    except (tarfile.TarError, OSError, ValueError, EOFError):
        pass
    return None


def extract(path, folder):
    """All that was brought back, into `folder`: files and folders; what has a name that leads outside of it is left out."""
    with tarfile.open(path) as archive:
        for member in archive:
            inside = os.path.realpath(os.path.join(folder, member.name))
            if (member.isfile() or member.isdir()) and os.path.commonpath([inside, os.path.realpath(folder)]) == os.path.realpath(folder):
                archive.extract(member, folder, set_attrs=False)


def behaviours(listing):
    """What `kernel_suite --list` prints: name -> {'id', 'statement', 'source', 'since'}."""
    found = {}
    for block in listing.split('\n\n'):
        match = re.match(r'\s*(\S+)  \[(.*?)\]\n  (.*)\n  source: (.*)\n  since: (.*)', block)
        if match:
            found[match[1]] = {'id': match[2], 'statement': match[3], 'source': match[4], 'since': match[5]}
    return found


def add_seen(found, report):
    """Puts what the suite's JSON says each test saw into `found`."""
    for entry in (report or {}).get('behaviours', []):
        if entry['name'] in found and entry.get('seen'):
            found[entry['name']]['seen'] = entry['seen']
