#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Two daemons, each in a session of its own, as daemons are; and the script stays until it is told to stop.
folder=${1:-/tmp}
for name in one two; do
  setsid sh -c '
    trap "echo $0 ended in order >>$1/log; exit 0" TERM
    echo "$0 started" >>"$1/log"
    while :; do sleep 1000 & wait $!; kill $! 2>/dev/null; done
  ' "$name" "$folder" &
done
trap 'echo script asked >>"$folder/log"; exit 0' TERM
while :; do sleep 1000 & wait $!; kill $! 2>/dev/null; done
