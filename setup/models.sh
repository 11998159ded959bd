# shellcheck shell=bash
# Models: models/fetch_models takes what models/models.lock says, converts it, checks it by hash, and writes build/models.
# It decides itself whether there is something to do, and is quick when there is not.

setup_models() {
  if [ ! -x models/fetch_models ]; then
    return
  fi
  local sum
  sum=$(sha256sum models/models.lock)
  stamped models "$sum" || use_node # one of the packages is packed by npm
  build/venv/bin/python models/fetch_models >&2 ||
    fail "the models could not be made ready" "read the lines above, then ./run setup"
  stamp models "$sum"
}
