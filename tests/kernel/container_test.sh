#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# container_test.sh FOSTER SUITE: the suite as the workload of foster in a container whose root file system has nothing but the suite and /proc.
set -u
foster=$1
suite=$2
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root" # ordinary users must be able to pass
mkdir "$root/proc"
cp "$suite" "$root/kernel_suite"
user=
[ "$(id -u)" = 0 ] || user='--new=user --map-root'
# shellcheck disable=SC2086
env -i "$foster" $user --new=pid,mount,uts,ipc --root="$root" --proc -- /kernel_suite --ktap > "$root/ktap"
status=$?
grep -E '^(#|not ok)' "$root/ktap"
sed -n 's/^ok .* # SKIP /SKIP /p' "$root/ktap"
planned=$(sed -n 's/^1\.\.//p' "$root/ktap")
skipped=$(grep -c '^ok .* # SKIP ' "$root/ktap")
passed=$(($(grep -c '^ok ' "$root/ktap") - skipped))
failed=$((${planned:-0} - passed - skipped))
if [ "$failed" = 0 ] && { [ "$status" != 0 ] || [ "$passed" = 0 ]; }; then
  echo "foster ended with $status"
  failed=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
