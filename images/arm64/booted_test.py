#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Suites of the contract in a booted arm64 kernel with foster as PID 1, counted test by test.

usage: booted_test.py SUITE…
"""
import os
import sys

IMAGES = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(IMAGES, 'kernels'), IMAGES]
import one_kernel_test  # noqa: E402
from architecture import ARM64  # noqa: E402

if __name__ == '__main__':
    sys.exit(one_kernel_test.main(ARM64, sys.argv[1:]))
