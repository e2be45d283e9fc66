#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# jobs.sh SECONDS [HOW_OFTEN]: every so many seconds a job that forks twice and leaves, as badly written jobs do.
trap 'exit 0' TERM
count=0
while [ "$count" -ne "${2:--1}" ]; do
  count=$((count + 1))
  sh -c '(sh -c "true" &) & exit 0'
  sleep "$1" & wait $!
done
echo "$count jobs"
