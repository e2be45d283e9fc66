# SPDX-License-Identifier: Apache-2.0
"""The matrix, test by kernel: as JSON (to compare two of them), as Markdown (what differs, and the totals) and as an HTML page (everything, with filters).

A matrix is
  made      when, in UTC
  foster    which version
  kernels   [{name, release, package, version, uname, how, reason, seconds, troubles}]
  tests     [{program, name, id?, statement?, source?, since?}]
  results   {kernel name: {'program:test': {outcome, reason?, seen?}}}
On disk a test that gives the same answer on most kernels has it once, as 'usual', and `results` has what is different.
"""
import collections
import html
import json
import os
import re

MARKS = {'passed': '✓', 'failed': '✗', 'skipped': '–', 'died': '†', None: ' '}
# In a row that stands for several tests.
MOST_NAMES = 6
HERE = os.path.dirname(os.path.abspath(__file__))


def key(test):
    return f'{test["program"]}:{test["name"]}'


def save(matrix, path):
    packed = dict(matrix, tests=[dict(test) for test in matrix['tests']], results={kernel['name']: {} for kernel in matrix['kernels']})
    for test in packed['tests']:
        answers = {name: answers.get(key(test)) for name, answers in matrix['results'].items()}
        counted = collections.Counter(json.dumps(answer, sort_keys=True) for answer in answers.values() if answer)
        if counted:
            test['usual'] = json.loads(counted.most_common(1)[0][0])
        for name, answer in answers.items():
            if answer != test.get('usual'):
                packed['results'][name][key(test)] = answer
    with open(path, 'w') as f:
        json.dump(packed, f, indent=0, ensure_ascii=False, sort_keys=True)
        f.write('\n')


def load(path):
    with open(path) as f:
        matrix = json.load(f)
    for test in matrix['tests']:
        usual = test.pop('usual', None)
        for kernel in matrix['kernels']:
            answers = matrix['results'].setdefault(kernel['name'], {})
            if key(test) not in answers and usual:
                answers[key(test)] = usual
            elif answers.get(key(test), 0) is None:
                del answers[key(test)]
    return matrix


def total(matrix, kernel, program=None):
    """Counts by outcome, of all tests or of one program's; 'missing' are those that this kernel was not asked."""
    counts = collections.Counter()
    for test in matrix['tests']:
        if program is None or test['program'] == program:
            answer = matrix['results'][kernel].get(key(test))
            counts[answer['outcome'] if answer else 'missing'] += 1
    return counts


def differing(matrix):
    """Tests that fail somewhere, or whose outcome or whose facts are not the same everywhere."""
    for test in matrix['tests']:
        answers = [matrix['results'][kernel['name']].get(key(test)) for kernel in matrix['kernels']]
        outcomes = {answer['outcome'] if answer else None for answer in answers}
        facts = {json.dumps(answer['seen'], sort_keys=True) for answer in answers if answer and answer.get('seen')}
        if len(outcomes) > 1 or outcomes & {'failed', 'died'} or len(facts) > 1:
            yield test, answers


def varying_facts(answers):
    """The facts that two kernels at least tell differently: fact -> [value or None]."""
    names = dict.fromkeys(name for answer in answers if answer for name in answer.get('seen') or {})
    columns = {name: [(answer or {}).get('seen', {}).get(name) for answer in answers] for name in names}
    return {name: values for name, values in columns.items() if len({value for value in values if value is not None}) > 1}


def reason_of(answer):
    """A skip's reason without the name of the kernel that skipped."""
    lines = (answer.get('reason') or '').splitlines()
    return re.sub(r', this is \S+$', '', lines[-1]) if lines else 'no reason given'


def reasons_of(rows, kernels):
    for test, answers in rows:
        reasons = collections.defaultdict(list)
        for kernel, answer in zip(kernels, answers):
            if answer and answer.get('reason'):
                text = reason_of(answer) if answer['outcome'] == 'skipped' else short(answer['reason'], 300)
                reasons[answer['outcome'], text].append(kernel['name'])
        for (outcome, reason), names in reasons.items():
            yield f'- {test["name"]}: {outcome} on {", ".join(names)}: {reason}'


def state(kernel):
    return 'ran' if kernel['how'] == 'ended' else f'{kernel["how"]}: {kernel["reason"]}'


def cell(text):
    return str(text).replace('|', '\\|').replace('\n', ' ')


def short(text, most=90):
    text = ' '.join(str(text).split())
    return text if len(text) <= most else text[:most - 1] + '…'


def markdown(matrix, stem='kernels'):
    """`stem`: of the names of the other two files."""
    programs = list(dict.fromkeys(test['program'] for test in matrix['tests']))
    kernels = matrix['kernels']
    lines = ['# What differs from kernel to kernel', '',
             f'Made on {matrix["made"]} by `images/kernels/run --docs` with foster {matrix["foster"]}: each kernel in a virtual machine of its own, with foster as its PID 1, the '
             'kernel-behaviour suite and foster\'s contract as its workload. [The whole table](' + stem + '.html) has every test, what it saw and why it was skipped; '
             f'[{stem}.json]({stem}.json) is for comparing (`images/kernels/run --compare OLD.json NEW.json`).', '',
             '## Kernels', '',
             'Per program: passed / failed / skipped.', '',
             '| | version | release | ' + ' | '.join(programs) + ' | machine |', '|' + '---|' * (len(programs) + 4)]
    for kernel in kernels:
        counts = []
        for program in programs:
            c = total(matrix, kernel['name'], program)
            counts.append(f'{c["passed"]} / {c["failed"] + c["died"]} / {c["skipped"]}' + (f' ({c["missing"]} not asked)' if c['missing'] else ''))
        lines.append(f'| {kernel["name"]} | {cell(kernel["version"])} | {kernel["release"]} | ' + ' | '.join(counts) + f' | {cell(state(kernel))} |')
    rows = list(differing(matrix))
    differ = [(test, answers) for test, answers in rows if varying_facts(answers) or any(a and a['outcome'] in ('failed', 'died') for a in answers)]
    gated = [row for row in rows if row not in differ]
    heads = ' | '.join(kernel['name'].replace('-', ' ') for kernel in kernels)
    marks = lambda answers: ' | '.join(MARKS[answer['outcome'] if answer else None] for answer in answers)  # noqa: E731
    lines += ['', '## What is not the same everywhere, or fails', '',
              f'{len(matrix["tests"]) - len(rows)} of {len(matrix["tests"])} tests have one outcome and saw the same on every kernel. '
              '✓ passed, ✗ failed, † its program or machine died in it, – skipped. Where what was seen differs, it stands below the name, by kernel.', '']
    if differ:
        lines += [f'| test | {heads} |', '|---|' + ':-:|' * len(kernels)]
        for test, answers in differ:
            lines.append(f'| {test["name"]} | {marks(answers)} |')
            for fact, values in varying_facts(answers).items():
                lines.append(f'| · {cell(fact)} | ' + ' | '.join(cell(short(value, 24)) if value is not None else '' for value in values) + ' |')
        lines += ['', *reasons_of(differ, kernels)]
    if gated:
        lines += ['', '## What some kernels lack', '', 'Passed where it was not skipped.', '', f'| tests | why not | {heads} |', '|---|---|' + ':-:|' * len(kernels)]
        groups = collections.defaultdict(list)
        for test, answers in gated:
            reasons = dict.fromkeys(reason_of(answer) for answer in answers if answer and answer['outcome'] == 'skipped')
            groups['; '.join(reasons), marks(answers)].append(test['name'])
        for (reason, outcome), names in groups.items():
            shown = ', '.join(names[:MOST_NAMES]) + (f' and {len(names) - MOST_NAMES} more' if len(names) > MOST_NAMES else '')
            lines.append(f'| {cell(shown)} | {cell(short(reason, 200))} | {outcome} |')
    troubles = [(kernel['name'], trouble) for kernel in kernels for trouble in dict.fromkeys(kernel.get('troubles', []))]
    if troubles:
        lines += ['', '## What the kernels complained of', ''] + [f'- {name}: `{short(trouble, 160)}`' for name, trouble in troubles]
    return '\n'.join(lines) + '\n'


def page(matrix):
    with open(os.path.join(HERE, 'page.html')) as f:
        template = f.read()
    data = json.dumps(matrix, ensure_ascii=False, separators=(',', ':')).replace('</', '<\\/')
    return template.replace('@MADE@', html.escape(matrix['made'])).replace('@DATA@', data)


def compare(old, new):
    """Lines that say what changed from `old` to `new`; none where nothing did."""
    lines = []
    kernels = {kernel['name']: kernel for kernel in new['kernels']}
    before = {kernel['name']: kernel for kernel in old['kernels']}
    for name in before:
        if name not in kernels:
            lines.append(f'{name}: no longer there')
    for name, kernel in kernels.items():
        if name not in before:
            lines.append(f'{name}: new ({kernel["version"]})')
            continue
        if kernel['version'] != before[name]['version']:
            lines.append(f'{name}: version {before[name]["version"]} -> {kernel["version"]}')
        if state(kernel) != state(before[name]):
            lines.append(f'{name}: machine {state(before[name])} -> {state(kernel)}')
    names = dict.fromkeys([key(test) for test in old['tests']] + [key(test) for test in new['tests']])
    for test in names:
        changes = collections.defaultdict(list)
        for name in kernels:
            if name in before:
                was, now = old['results'][name].get(test), new['results'][name].get(test)
                for change in changes_of(was, now):
                    changes[change].append(name)
        lines += [f'{test}: {change} on {", ".join(where)}' for change, where in changes.items()]
    return lines


def changes_of(was, now):
    if was is None and now is None:
        return
    if was is None or now is None:
        yield 'new' if was is None else 'gone'
        return
    if was['outcome'] != now['outcome']:
        yield f'{was["outcome"]} -> {now["outcome"]}' + (f' ({short(now["reason"])})' if now.get('reason') else '')
    for fact in dict.fromkeys([*(was.get('seen') or {}), *(now.get('seen') or {})]):
        a, b = (was.get('seen') or {}).get(fact), (now.get('seen') or {}).get(fact)
        if a != b and was.get('seen') and now.get('seen'):
            yield f'{fact}: {a} -> {b}'
