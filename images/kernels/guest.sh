#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The workload of foster, as PID 1 of a machine, in the kernel matrix: makes the machine such as programs expect one, runs the programs of /job/programs one
# after the other (a line is NAME SECONDS, the program is /job/NAME), and sends what they say, and the files that they leave in /results, to the host.
# What the host reads are lines that begin with @@.
PATH=/bin; export PATH
results=/dev/ttyS1
files=/dev/ttyS2

mounted() { grep -q " $1 " /proc/mounts 2>/dev/null; }
mount_new() { mkdir -p "$2" && { mounted "$2" || mount -t "$1" ${3:+-o "$3"} "$1" "$2"; }; }

if [ "$1" != inside ]; then
  # The initramfs cannot be left by pivot_root(2), which what is tested here needs (EINVAL: rootfs has no parent). So a tmpfs becomes the root, with everything in it.
  mkdir -p /proc && { [ -e /proc/self ] || mount -t proc proc /proc; }
  mount_new devtmpfs /dev
  mkdir -p /new && mount -t tmpfs -o mode=755 root /new
  for folder in /*; do
    case $folder in /new | /tmp | /results | /run | /foster) continue ;; esac
    [ -d "$folder" ] || continue
    mkdir "/new$folder" && mount --rbind "$folder" "/new$folder"
  done
  cp /foster /new/foster
  cd /new && mount --move . / && exec chroot . /bin/sh /job/guest.sh inside
fi

cd /
mount_new devpts /dev/pts mode=620,ptmxmode=666
mount_new tmpfs /dev/shm mode=1777
mount_new mqueue /dev/mqueue
mount_new sysfs /sys
mount_new cgroup2 /sys/fs/cgroup
mount_new tmpfs /tmp mode=1777
mount_new tmpfs /run mode=755
mkdir -p /results
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
for controller in $(cat /sys/fs/cgroup/cgroup.controllers); do
  echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control
done
ip link set lo up

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
