# SPDX-License-Identifier: Apache-2.0
# Part of tools/setup: the sources of third_party/sources.txt, from the distribution's source packages.
#
# A list of deb-src entries is made from the machine's own package sources, in a folder of our own: the user's apt configuration is not touched.

# The rows for the group $1, without their first word. Whatever is more than a build needs the sources of tests as well.
source_rows() { awk -v group="$1" '!/^#/ && ($1 == "build" || group != "build") {$1 = ""; print}' "$top/third_party/sources.txt"; }

# Runs apt-get with the private list.
private_apt() {
  apt-get -qq -o Dir::Etc::SourceList="$cache/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State::Lists="$cache/apt/lists" -o Dir::Cache="$cache/apt" -o APT::Get::List-Cleanup=false \
    -o APT::Sandbox::User= -o Debug::NoLocking=true "$@"
}

write_private_list() {
  mkdir -p "$cache/apt/lists/partial" "$cache/apt/archives/partial"
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg signed=""
  [ -r "$keyring" ] && signed="[signed-by=$keyring] "
  apt-get indextargets --format '$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(CREATED_BY)' |
    awk -F'|' -v signed="$signed" '$1 == "Debian" && $5 == "Packages" {print "deb-src " signed $2 " " $3 " " $4}' |
    sort -u >"$cache/apt/sources.list"
  [ -s "$cache/apt/sources.list" ] || fail "this machine's apt knows no Debian package source (run: apt-get update)"
}

# Fetches the archive of source package $1 named $2 with sum $3 into $cache/archives.
fetch_archive() {
  local package=$1 file=$2 sum=$3
  mkdir -p "$cache/archives"
  if [ ! -f "$cache/archives/$file" ]; then
    if [ ! -e "$cache/apt/updated" ]; then
      write_private_list
      private_apt update || fail "cannot read the source package lists (is the network there?)"
      touch "$cache/apt/updated"
    fi
    say "fetching the source package $package"
    (cd "$cache/archives" && private_apt source --download-only "$package" 2>/dev/null) ||
      fail "cannot fetch the source package $package (is the network there?)"
    [ -f "$cache/archives/$file" ] || fail "the source package $package has no $file any more (see third_party/sources.txt)"
  fi
  echo "$sum  $cache/archives/$file" | sha256sum --check --status ||
    fail "$cache/archives/$file: not the file that third_party/sources.txt pins (remove it and try again)"
}

# Fetches and unpacks what the group $1 needs.
fetch_sources() {
  local repository package file sum folder parts target
  while read -r repository package file sum folder parts; do
    target=$cache/sources/$repository
    # The sum of what was unpacked, and how, so that a change of the pin unpacks again.
    [ "$(cat "$target/.unpacked" 2>/dev/null)" = "$sum $parts" ] && continue
    fetch_archive "$package" "$file" "$sum"
    say "unpacking $file"
    rm -rf "$target" "$target.new"
    mkdir -p "$target.new"
    local strip=1 members=()
    if [ "$parts" != all ]; then
      local part
      for part in ${parts//,/ }; do members+=("$folder/$part"); done
    fi
    tar -xf "$cache/archives/$file" -C "$target.new" --strip-components=$strip --no-same-owner "${members[@]}"
    local build
    for build in "$top"/third_party/{toolchain/,}"$repository.BUILD"; do
      [ ! -f "$build" ] || cp "$build" "$target.new/BUILD.bazel"
    done
    [ -f "$target.new/WORKSPACE" ] || echo "workspace(name = \"$repository\")" >"$target.new/WORKSPACE"
    echo "$sum $parts" >"$target.new/.unpacked"
    mv "$target.new" "$target"
  done < <(source_rows "$1")
}
