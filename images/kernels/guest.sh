#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The workload of foster, as PID 1 of a machine, in the kernel matrix: runs the programs of /job/programs one after the other (a line is NAME SECONDS, the
# program is /job/NAME), and sends what they say, and the files that they leave in /results, to the host. What the host reads are lines that begin with @@.
# What is mounted is foster's work (session.py). /job/ports says which ports lead out: results, files.
. /job/ports

[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
for controller in $(cat /sys/fs/cgroup/cgroup.controllers); do
  echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control
done

stty -F $results raw -echo
stty -F $files raw -echo
exec >$results 2>&1 </dev/null
echo "@@ machine $(uname -r) $(uname -v)"
while read -r name seconds; do
  echo
  echo "@@ begin $name"
  setsid timeout -s KILL "$seconds" "/job/$name"
  status=$?
  echo
  echo "@@ end $name $status"
done </job/programs
[ -z "$(ls -A /results)" ] || tar -C /results -cf $files .
echo "@@ done"
