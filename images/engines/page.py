# SPDX-License-Identifier: Apache-2.0
"""Writes the table of docs/engines.md."""
import os
import time

BEGIN, END = '<!-- written by images/engines/try --docs -->\n', '<!-- end -->'


def write(page, columns, rows, results):
    """columns: (engine, version, role); rows: functions, each with its words; results: by (engine, role, name of the function)."""
    with open(page) as f:
        text = f.read()
    lines = ['| | ' + ' | '.join(f'{engine} {version}, {role}' for engine, version, role in columns) + ' |', '|---' * (len(columns) + 1) + '|']
    for row in rows:
        lines.append(f'| {row.__doc__} | ' + ' | '.join(results[engine, role, row.__name__] for engine, _, role in columns) + ' |')
    before, _, rest = text.partition(BEGIN)
    with open(page, 'w') as f:
        f.write(before + BEGIN + f'Linux {os.uname().release.partition("-")[0]}, {time.strftime("%Y-%m-%d", time.gmtime())}.\n\n' + '\n'.join(lines) + '\n' + END +
                rest.partition(END)[2])
