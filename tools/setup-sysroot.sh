# SPDX-License-Identifier: Apache-2.0
# Part of tools/setup: what another architecture's binary is compiled and linked with, unpacked from that architecture's Debian packages.
#
# Its lists are kept in a folder of our own (see setup-sources.sh): dpkg on this machine never hears of the other architecture.

SYSROOT_PACKAGES="musl-dev linux-libc-dev libgcc-12-dev"

# Runs apt-get as a machine of architecture $1 with no package installed would.
foreign_apt() {
  local arch=$1
  shift
  apt-get -qq -o APT::Architecture="$arch" -o APT::Architectures::="$arch" -o Dir::State::status=/dev/null \
    -o Dir::Etc::SourceList="$cache/apt-$arch/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State::Lists="$cache/apt-$arch/lists" -o Dir::Cache="$cache/apt-$arch" \
    -o APT::Sandbox::User= -o Debug::NoLocking=true "$@"
}

# $1: the kernel's name of the architecture, $2: Debian's.
fetch_sysroot() {
  local machine=$1 arch=$2 target=$cache/sysroot/$1 deb
  [ "$(uname -m)" != "$machine" ] || return 0
  [ "$(cat "$target/.unpacked" 2>/dev/null)" != "$SYSROOT_PACKAGES" ] || return 0
  say "fetching the packages of the $arch build"
  mkdir -p "$cache/apt-$arch/lists/partial" "$cache/apt-$arch/archives/partial" "$cache/apt-$arch/debs"
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg signed=""
  [ -r "$keyring" ] && signed="signed-by=$keyring "
  apt-get indextargets --format '$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(CREATED_BY)' |
    awk -F'|' -v options="[${signed}arch=$arch] " '$1 == "Debian" && $5 == "Packages" {print "deb " options $2 " " $3 " " $4}' |
    sort -u >"$cache/apt-$arch/sources.list"
  foreign_apt "$arch" update >"$cache/apt.log" 2>&1 || fail "cannot read the package lists of $arch (is the network there?): $(tail -n 1 "$cache/apt.log")"
  # shellcheck disable=SC2086
  (cd "$cache/apt-$arch/debs" && rm -f ./*.deb && foreign_apt "$arch" download $SYSROOT_PACKAGES) >"$cache/apt.log" 2>&1 ||
    fail "cannot fetch the packages of $arch: $(tail -n 1 "$cache/apt.log")"
  rm -rf "$target" "$target.new"
  mkdir -p "$target.new"
  for deb in "$cache/apt-$arch/debs"/*.deb; do dpkg-deb -x "$deb" "$target.new"; done
  echo "$SYSROOT_PACKAGES" >"$target.new/.unpacked"
  mv "$target.new" "$target"
}

# What the machines of images/kernels/run find beside foster: a static busybox, and a static bash. $1: Debian's name of the architecture.
fetch_machine_tools() {
  local arch=$1 target=$cache/$1 deb
  [ ! -x "$target/busybox" ] || [ ! -x "$target/bash" ] || return 0
  say "fetching busybox and bash of $arch"
  rm -rf "$target.new"
  mkdir -p "$target.new"
  # The lists may be older than what the archive has now.
  (cd "$target.new" && { foreign_apt "$arch" download busybox-static bash-static ||
    { foreign_apt "$arch" update && foreign_apt "$arch" download busybox-static bash-static; }; }) >"$cache/apt.log" 2>&1 ||
    fail "cannot fetch busybox-static and bash-static of $arch: $(tail -n 1 "$cache/apt.log")"
  for deb in "$target.new"/*.deb; do dpkg-deb -x "$deb" "$target.new/tree"; done
  mv "$target.new"/tree/bin/bash-static "$target.new/bash"
  mv "$target.new"/tree/bin/busybox "$target.new/busybox"
  rm -rf "$target.new/tree" "$target.new"/*.deb "$target"
  mv "$target.new" "$target"
}
