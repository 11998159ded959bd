# shellcheck shell=bash
# Python tools: a virtual environment in build/venv, every package pinned and checked by hash.

setup_python() { # serve or test
  local list="setup/requirements-$1.txt" sum python
  sum=$(sha256sum "$list")
  if [ -x build/venv/bin/python ] && stamped "python-$1" "$sum"; then
    return
  fi
  python=$(python_of_the_machine)
  if ! build/venv/bin/python -c 'import pip' 2>/dev/null; then
    say "making a Python virtual environment in build/venv"
    rm -rf build/venv
    quietly venv "$python" -m venv build/venv ||
      fail "python3 -m venv does not work" "apt-get install -y python3-venv, then ./run setup"
  fi
  say "installing Python packages ($list)"
  quietly "pip-$1" build/venv/bin/python -m pip install --disable-pip-version-check --no-input \
    --only-binary :all: --require-hashes -r "$list" ||
    fail "Python packages of $list could not be installed" "check the way to PyPI, then ./run setup"
  stamp "python-$1" "$sum"
}

# Debian's own when it is there: one in a user's folder may vanish under the environment.
python_of_the_machine() {
  local python
  for python in /usr/bin/python3 python3; do
    if command -v "$python" >/dev/null && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
      printf '%s\n' "$python"
      return
    fi
  done
  fail "no Python 3.11 or newer here" "apt-get install -y python3 python3-venv, then ./run setup"
}
