#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run_suite.sh SUITE [FLAG…]: the suite as a test of Bazel's; GoogleTest reads Bazel's variables (shard, filter, XML file) by itself.
exec "$@"
