# SPDX-License-Identifier: Apache-2.0
"""Reads what print_options prints."""
import re
import sys


class Option:
    def __init__(self, fields):
        self.section, self.name, letter, self.takes, value, adds, built, self.help = fields
        self.letter = '' if letter == '-' else letter
        self.value = '' if value == '-' else value
        self.adds = adds == 'adds'
        self.built = built == 'built'
        self.twin = 'FOSTER_' + self.name.upper().replace('-', '_')

    @property
    def choices(self):
        """The words that the value can be, where that is all it can be."""
        words = [re.sub(r'\[.*', '', word) for word in self.value.split('|')]
        return words if self.value and all(re.fullmatch('[a-z-]+', word) for word in words) else []

    @property
    def kind(self):
        """What completes the value: folder, file, signal, namespace, user, or nothing in particular."""
        if self.name == 'new':
            return 'namespace'
        if self.value in ('DIR',):
            return 'folder'
        if 'FILE' in self.value or self.value == 'PATH':
            return 'file'
        if self.value == 'SIG':
            return 'signal'
        if self.name == 'as':
            return 'personality'
        if self.name == 'user':
            return 'user'
        return ''


class Personality:
    def __init__(self, names, usage):
        self.names, self.usage = names.split(), usage
        self.options = []    # (long name or '', letter or '', value or '', help)
        self.variables = []  # (name, help)


def read(stream=sys.stdin):
    """The built options in the table's order, and the personalities."""
    options, personalities = [], {}
    for line in stream:
        kind, *fields = line.rstrip('\n').split('\t')
        if kind == 'option':
            option = Option(fields)
            if option.built:
                options.append(option)
        elif kind == 'personality':
            personalities[fields[0]] = Personality(*fields)
        elif kind == 'foreign':
            personalities[fields[0]].options.append(tuple('' if f == '-' else f for f in fields[1:]))
        elif kind == 'variable':
            personalities[fields[0]].variables.append(tuple(fields[1:]))
    return options, list(personalities.values())
