# shellcheck shell=bash
# Debian packages: installs what dpkg-query misses, and only then asks for the package lists.

setup_apt() { # list file…
  local wanted missing
  wanted=$(sed 's/#.*//' "$@" | tr -s ' \t\n' '\n' | sed '/^$/d')
  if ! command -v dpkg-query >/dev/null; then
    say "no dpkg here: set-up knows Debian 12; going on with what the machine has"
    return
  fi
  missing=$(apt_missing "$wanted")
  if [ -z "$missing" ]; then
    return
  fi
  missing=$(tr '\n' ' ' <<<"$missing")
  local remedy="apt-get update && apt-get install -y --no-install-recommends $missing"
  say "installing Debian packages: $missing"
  local -a root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "missing Debian packages, and neither root nor sudo here: $missing" "as root: $remedy"
    root=(sudo)
    sudo -n true 2>/dev/null || sudo true || fail "sudo refused; missing Debian packages: $missing" "as root: $remedy"
  fi
  quietly apt-update "${root[@]}" apt-get -o DPkg::Lock::Timeout=120 update -q ||
    say "apt-get update failed; trying with the lists that are there"
  # shellcheck disable=SC2086  # one word a package
  quietly apt-install "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 \
    install -y -q --no-install-recommends $missing ||
    fail "Debian packages could not be installed: $missing" "as root: $remedy"
  missing=$(apt_missing "$wanted" | tr '\n' ' ')
  [ -z "$missing" ] || fail "Debian packages are still missing: $missing" "as root: $remedy"
}

apt_missing() { # packages, a line each
  local there
  # shellcheck disable=SC2086  # one word a package; dpkg-query fails where it knows one not, and lists the others
  there=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' $1 2>/dev/null | sed -n 's/ installed$//p' || true)
  comm -23 <(sort -u <<<"$1") <(sort -u <<<"$there")
}
