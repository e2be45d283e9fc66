#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes foster(1): manual.py PROSE VERSION <TABLE >foster.1

The options, their sentences and their twins come from the table (print_options), all else from PROSE: mdoc, in which a line `@OPTIONS` stands for the
options, `@PERSONALITIES` for the other inits' command lines, `@VERSION` for the version, and what stands between `@MORE name` and `@END` is said below the
sentence of the option `name`.
"""
import re
import sys

import table


def escape(text):
    text = text.replace('\\', '\\e').replace('-', '\\-')
    return '\\&' + text if text[:1] in ".'" else text


def argument(text):
    """An argument of an mdoc macro: quoted, so that nothing in it is taken for a macro."""
    return '"' + escape(text).replace('"', '\\(dq') + '"'


def item(option):
    words = []
    if option.letter:
        words.append(f'.It Fl {option.letter} , Fl \\-{escape(option.name)}')
    else:
        words.append(f'.It Fl \\-{escape(option.name)}')
    if option.takes == 'must':
        words.append(f'Ns = Ns Ar {argument(option.value)}')
    elif option.takes == 'may':
        words.append(f'Ns Op = Ns Ar {argument(option.value)}')
    return ' '.join(words)


def sentence(text):
    text = text[:1].upper() + text[1:]
    # mdoc wants each sentence to begin a line.
    return '\n'.join(escape(part) for part in re.split(r'(?<=[.:]) +(?=[A-Z])', text if text.endswith('.') else text + '.'))


def options_text(options, more):
    lines = []
    section = None
    for option in options:
        if option.section != section:
            if section is not None:
                lines.append('.El')
            section = option.section
            lines += [f'.Ss {section}', '.Bl -tag -width Ds']
        lines += [item(option), sentence(option.help)]
        lines += more.pop(option.name, [])
        twin = f'.Pq Ev {option.twin}'
        lines.append(twin if not option.adds else f'.Pq Ev {option.twin} , Ev {option.twin}_2 , ...')
    lines.append('.El')
    return lines


def personalities_text(personalities):
    lines = []
    for one in personalities:
        lines += [f'.Ss {" , ".join(one.names)}', f'.Dl {escape(one.usage)}', '.Bl -tag -width Ds -compact']
        for name, letter, value, text in one.options:
            flags = ' , '.join(([f'Fl {letter}'] if letter else []) + ([f'Fl \\-{name}'] if name else []))
            lines += [f'.It {flags}' + (f' Ar {argument(value)}' if value else ''), sentence(text)]
        for name, text in one.variables:
            lines += [f'.It Ev {name}', sentence(text)]
        lines.append('.El')
    return lines


def main():
    prose, version = sys.argv[1:]
    options, personalities = table.read()
    more, out, into = {}, [], None
    with open(prose) as f:
        for line in f.read().splitlines():
            start = re.fullmatch(r'@MORE (\S+)', line)
            if start:
                into = more.setdefault(start[1], [])
            elif line == '@END':
                into = None
            elif into is not None:
                into.append(line)
            else:
                out.append(line)
    known = {option.name for option in options}
    text = []
    for line in out:
        if line == '@OPTIONS':
            text += options_text(options, {name: lines for name, lines in more.items() if name in known})
        elif line == '@PERSONALITIES':
            text += personalities_text(personalities)
        else:
            text.append(line.replace('@VERSION', version))
    print('\n'.join(text))


if __name__ == '__main__':
    main()
