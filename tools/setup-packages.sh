# SPDX-License-Identifier: Apache-2.0
# Part of tools/setup: the packages of tools/packages.txt.

# The packages of the group $1 (and of build, which every group stands on) that are not installed.
missing_packages() {
  local wanted
  wanted=$(awk -v group="$1" '$1 == "build" || $1 == group {print $2}' "$top/tools/packages.txt")
  # shellcheck disable=SC2086
  comm -23 <(printf '%s\n' $wanted | sort -u) \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null | awk '$1 == "installed" {print $2}' | sort -u)
}

install_packages() {
  local missing as_root=()
  command -v dpkg-query >/dev/null || fail "this is no Debian machine (no dpkg-query); install the packages of tools/packages.txt by hand"
  missing=$(missing_packages "$1")
  [ -n "$missing" ] || return 0
  missing=$(echo $missing)
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "not root, and there is no sudo: as root, run: apt-get install $missing"
    as_root=(sudo)
  fi
  say "installing with apt-get: $missing"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 -y -qq)
  if ! "${apt[@]}" install --no-install-recommends $missing >"$cache/apt.log" 2>&1; then
    say "refreshing the package lists"
    "${apt[@]}" update >"$cache/apt.log" 2>&1 ||
      fail "apt-get update failed (is the network there?): $(tail -n 1 "$cache/apt.log")"
    "${apt[@]}" install --no-install-recommends $missing >"$cache/apt.log" 2>&1 ||
      fail "apt-get install failed (is the network there?): $(tail -n 1 "$cache/apt.log") (all of it: $cache/apt.log)"
  fi
}
