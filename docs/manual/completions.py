#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a shell's completions out of the option table: completions.py bash|zsh|fish <TABLE"""
import sys

import table

NAMESPACES = 'pid mount uts ipc net user cgroup time'.split()
SIGNALS = ('HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH '
           'IO PWR SYS RTMIN RTMAX').split()


def bash(options, names):
    with_value = ' '.join('--' + o.name for o in options if o.takes == 'must')
    letters = ''.join(o.letter for o in options if o.takes == 'must' and o.letter and o.letter != 'g')
    words = ' '.join('--' + o.name + ('=' if o.takes == 'must' else '') for o in options) + ' ' + ' '.join('-' + o.letter for o in options if o.letter)
    cases = []
    for o in options:
        if o.choices:
            cases.append(f"    --{o.name}) mapfile -t COMPREPLY < <(compgen -W '{' '.join(o.choices)}' -- \"$value\") ;;")
        elif o.kind == 'namespace':
            cases.append(f"    --{o.name}) _foster_list '{' '.join(NAMESPACES)}' \"$value\" ;;")
        elif o.kind == 'folder':
            cases.append(f'    --{o.name}) mapfile -t COMPREPLY < <(compgen -d -- "$value") ;;')
        elif o.kind == 'file':
            cases.append(f'    --{o.name}) mapfile -t COMPREPLY < <(compgen -f -- "$value") ;;')
        elif o.kind == 'signal':
            cases.append(f"    --{o.name}) mapfile -t COMPREPLY < <(compgen -W '{' '.join(SIGNALS)}' -- \"$value\") ;;")
        elif o.kind == 'user':
            cases.append(f'    --{o.name}) mapfile -t COMPREPLY < <(compgen -u -- "$value") ;;')
        elif o.kind == 'personality':
            cases.append(f"    --{o.name}) mapfile -t COMPREPLY < <(compgen -W '{' '.join(names)}' -- \"$value\") ;;")
    new_line = '\n'
    return f'''# SPDX-License-Identifier: Apache-2.0
# Completions of foster for bash, written from its option table.

# The last word of a comma-separated list.
_foster_list() {{
  local before=""
  [[ $2 == *,* ]] && before=${{2%,*}},
  mapfile -t COMPREPLY < <(compgen -P "$before" -W "$1" -- "${{2##*,}}")
}}

_foster_value() {{
  local value=$2
  case $1 in
{new_line.join(cases)}
    *) COMPREPLY=() ;;
  esac
}}

_foster() {{
  local words=("${{COMP_WORDS[@]}}") at=1 current word
  COMPREPLY=()
  # bash may take the equals sign for a word of its own: put such words together again.
  local line=() i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    if ((i > 0)) && [[ ${{words[i]}} == "=" || ( ${{words[i - 1]}} == "=" && ${{#line[@]}} -gt 0 && ${{line[-1]}} == --*= ) ]]; then
      line[-1]+=${{words[i]}}
    else
      line+=("${{words[i]}}")
    fi
  done
  local last=$((${{#line[@]}} - 1))
  current=${{line[last]}}
  # Where the command begins, its own completions are asked.
  while ((at < last)); do
    word=${{line[at]}}
    if [[ $word == -- ]]; then
      at=$((at + 1))
      break
    elif [[ $word != -* || $word == - ]]; then
      break
    elif [[ " {with_value} " == *" $word "* || $word == -[{letters or '_'}] ]]; then
      ((at + 1 == last)) && {{ _foster_value "$word" "$current"; return; }}
      at=$((at + 1))
    fi
    at=$((at + 1))
  done
  if ((at < last)) || [[ ${{line[at - 1]}} == -- && $at -gt 1 ]]; then
    if declare -F _command_offset >/dev/null; then
      _command_offset "$((COMP_CWORD - last + at))"
    elif ((at == last)); then
      mapfile -t COMPREPLY < <(compgen -c -- "$current")
    else
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
    return
  fi
  case $current in
    --*=*) _foster_value "${{current%%=*}}" "${{current#*=}}" ;;
    -*)
      mapfile -t COMPREPLY < <(compgen -W '{words}' -- "$current")
      [[ ${{#COMPREPLY[@]}} == 1 && ${{COMPREPLY[0]}} == *= ]] && compopt -o nospace 2>/dev/null
      ;;
    *) mapfile -t COMPREPLY < <(compgen -c -- "$current") ;;
  esac
  return 0
}}
complete -F _foster foster
'''


def zsh(options, names):
    def quoted(text):
        return text.replace("'", "'\\''").replace('[', '\\[').replace(']', '\\]').replace(':', '\\:')
    lines = []
    for o in options:
        action = ''
        if o.choices:
            action = '(' + ' '.join(o.choices) + ')'
        elif o.kind == 'namespace':
            action = '_values -s , namespace ' + ' '.join(NAMESPACES)
        elif o.kind == 'folder':
            action = '_files -/'
        elif o.kind == 'file':
            action = '_files'
        elif o.kind == 'signal':
            action = '(' + ' '.join(SIGNALS) + ')'
        elif o.kind == 'user':
            action = '_users'
        elif o.kind == 'personality':
            action = '(' + ' '.join(names) + ')'
        value = {'no': '', 'must': f':{quoted(o.value)}:{action}', 'may': f'::{quoted(o.value)}:{action}'}[o.takes]
        equals = {'no': '', 'must': '=', 'may': '=-'}[o.takes]
        star = '*' if o.adds else ''
        lines.append(f"  '{star}--{o.name}{equals}[{quoted(o.help)}]{value}'")
        if o.letter:
            letter_value = '' if o.letter == 'g' or o.takes != 'must' else value
            lines.append(f"  '{star}-{o.letter}[{quoted(o.help)}]{letter_value}'")
    body = ' \\\n'.join(lines)
    return f'''#compdef foster
# SPDX-License-Identifier: Apache-2.0
# Completions of foster for zsh, written from its option table.
_arguments -S \\
{body} \\
  '(-):command: _command_names -e' \\
  '*::arguments: _normal'
'''


def fish(options, names):
    def quoted(text):
        return "'" + text.replace('\\', '\\\\').replace("'", "\\'") + "'"
    lines = ['# SPDX-License-Identifier: Apache-2.0', '# Completions of foster for fish, written from its option table.',
             'complete -c foster -f -n __fish_is_first_token -a "(__fish_complete_subcommand)"',
             'complete -c foster -x -a "(__fish_complete_subcommand)"']
    for o in options:
        words = ['complete -c foster', f'-l {o.name}']
        if o.letter:
            words.append(f'-s {o.letter}')
        if o.takes == 'must' and o.letter != 'g':
            words.append('-r' if o.kind in ('file', 'folder') else '-x')
        if o.choices:
            words.append('-a ' + quoted(' '.join(o.choices)))
        elif o.kind == 'namespace':
            words.append('-a ' + quoted(' '.join(NAMESPACES)))
        elif o.kind == 'signal':
            words.append('-a ' + quoted(' '.join(SIGNALS)))
        elif o.kind == 'folder':
            words.append('-a "(__fish_complete_directories)"')
        elif o.kind == 'user':
            words.append('-a "(__fish_complete_users)"')
        elif o.kind == 'personality':
            words.append('-a ' + quoted(' '.join(names)))
        words.append('-d ' + quoted(o.help))
        lines.append(' '.join(words))
    return '\n'.join(lines) + '\n'


def main():
    options, personalities = table.read()
    names = ['foster'] + [one.names[0] for one in personalities]
    sys.stdout.write({'bash': bash, 'zsh': zsh, 'fish': fish}[sys.argv[1]](options, names))


if __name__ == '__main__':
    main()
