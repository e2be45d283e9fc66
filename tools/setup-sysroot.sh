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

# What images/arm64/boot starts: Debian's kernel for clouds, and a static busybox. $1: Debian's name of the architecture.
fetch_machine() {
  local arch=$1 target=$cache/$1 image
  [ ! -s "$target/vmlinuz" ] || [ ! -s "$target/busybox" ] || return 0
  say "fetching the kernel of $arch"
  image=$(apt-cache -o APT::Architecture="$arch" -o APT::Architectures::="$arch" -o Dir::State::status=/dev/null \
    -o Dir::Etc::SourceList="$cache/apt-$arch/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$cache/apt-$arch/lists" \
    -o Dir::Cache="$cache/apt-$arch" depends "linux-image-cloud-$arch" | awk '$1 == "Depends:" && $2 ~ /^linux-image-/ {print $2; exit}')
  [ -n "$image" ] || fail "the package lists of $arch have no kernel"
  mkdir -p "$target"
  (cd "$target" && rm -f ./*.deb && foreign_apt "$arch" download "$image" busybox-static) >"$cache/apt.log" 2>&1 ||
    fail "cannot fetch the kernel of $arch: $(tail -n 1 "$cache/apt.log")"
  local deb
  rm -rf "$target/tree"
  for deb in "$target"/*.deb; do dpkg-deb -x "$deb" "$target/tree"; done
  cp "$target/tree/bin/busybox" "$target/busybox"
  cp "$target"/tree/boot/vmlinuz-* "$target/vmlinuz"
  rm -rf "$target/tree" "$target"/*.deb
}
