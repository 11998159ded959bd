# shellcheck shell=bash
# CMake and ninja. A folder is configured anew only when what it rests on has changed; ninja sees the rest.

configure() { # preset
  local sum
  sum=$(sha256sum CMakePresets.json setup/package-lock.json)
  if [ -f "build/$1/build.ninja" ] && stamped "configured-$1" "$sum"; then
    return
  fi
  say "configuring build/$1"
  quietly "configure-$1" cmake --preset "$1" || fail "cmake --preset $1 failed" "read the lines above; often ./run setup"
  stamp "configured-$1" "$sum"
}

build() { # preset, target…
  local preset=$1
  shift
  # A dry run is quick, and says whether there is anything to tell of.
  if ! ninja -C "build/$preset" -n "$@" 2>/dev/null | grep -q 'no work to do'; then
    say "building $* in build/$preset"
  fi
  local status=0
  local -a how=(-j "${PICTOR_JOBS:-$(nproc)}")
  [ -z "${PICTOR_KEEP_GOING:-}" ] || how+=(-k 0) # all errors at once, and the other test programs still get built
  ninja -C "build/$preset" "${how[@]}" "$@" >"build/logs/build-$preset.log" 2>&1 9>&- || status=$?
  if [ "$status" -ne 0 ]; then
    grep -vE '^\[[0-9]+/[0-9]+\] (Building|Linking)' "build/logs/build-$preset.log" | tail -n 80 >&2
    fail "the build of $* failed" "read the lines above (all of it: build/logs/build-$preset.log)"
  fi
}
