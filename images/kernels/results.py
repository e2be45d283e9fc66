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
