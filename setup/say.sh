# shellcheck shell=bash
# One line per step, with the seconds since the start; a failure names what is missing and what would mend it.

say() {
  printf '[%4ds] %s\n' "$SECONDS" "$*" >&2
}

fail() { # what is wrong, then the command that would mend it
  printf '[%4ds] FAILED: %s\n' "$SECONDS" "$1" >&2
  if [ $# -gt 1 ]; then
    printf '        To mend it: %s\n' "$2" >&2
  fi
  exit 1
}

# Runs a command with its output kept in build/logs/NAME.log; shows the end of it when it fails.
quietly() { # log name, command…
  local log="build/logs/$1.log"
  shift
  mkdir -p build/logs
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n 40 "$log" >&2
    printf '        (the whole output: %s)\n' "$log" >&2
    return 1
  fi
}

# True when build/stamps/NAME holds this content. Stamps say what a step was done for.
stamped() { # name, content
  [ -f "build/stamps/$1" ] && [ "$(<"build/stamps/$1")" = "$2" ]
}

stamp() { # name, content
  mkdir -p build/stamps
  printf '%s\n' "$2" >"build/stamps/$1"
}

# Only one set-up or build at a time in one folder; the second waits. `unlock` lets go before a server starts.
lock() {
  mkdir -p build
  exec 9>build/.lock
  if ! flock -n 9; then
    say "waiting: another ./run is working in this folder"
    flock 9
  fi
}

unlock() {
  exec 9>&-
}
