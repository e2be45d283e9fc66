# SPDX-License-Identifier: Apache-2.0
"""What each part weighs in foster's file: by the symbols of the unstripped binary, and for what has none by its section."""
import os
import re
import subprocess

LLVM = '/usr/lib/llvm-16/bin/'


def part_of(mangled, name):
    if 'foster' in name.split('(')[0] or name.startswith('foster') or mangled == 'main':
        return 'foster'
    if 'absl' in mangled:
        return 'Abseil'
    if re.match(r'_ZN?K?(St|Sn|Sa|Ss)|_Zn|_Zd|__cxa|_ZN10__cxxabi|_ZT|__cxxabi', mangled) or 'std::' in name:
        return 'libc++'
    if mangled.startswith('_Z'):
        return 'foster'
    return 'musl'


def parts(top):
    path = os.environ.get('FOSTER_BENCH_WHOLE', '')
    if not os.path.isfile(path):
        return {}
    names = subprocess.run([LLVM + 'llvm-nm', '--defined-only', '--print-size', path], check=True, capture_output=True, text=True).stdout
    plain = subprocess.run([LLVM + 'llvm-cxxfilt'], check=True, capture_output=True, text=True, input='\n'.join(line.split()[-1] for line in names.splitlines())).stdout.splitlines()
    seen, weights = set(), {}
    for line, name in zip(names.splitlines(), plain):
        fields = line.split()
        if len(fields) != 4 or fields[2] in 'bB':  # .bss is not in the file
            continue
        begin, size = int(fields[0], 16), int(fields[1], 16)
        if size == 0 or begin in seen:  # folded functions and aliases lie in one place
            continue
        seen.add(begin)
        part = part_of(fields[3], name)
        weights[part] = weights.get(part, 0) + size
    total = os.stat(os.path.join(top, 'bazel-bin/init/foster')).st_size
    weights['strings, tables without a name, headers and gaps'] = max(0, total - sum(weights.values()))
    weights['total'] = total
    return weights
