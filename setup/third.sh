# shellcheck shell=bash
# Codecs that no Debian package has new enough, from PyPI, in build/third: pinned by version and hash, unpacked there and
# nowhere installed. jpegli (with Highway) and libdeflate are built from source, once for all presets; libavif (SVT-AV1,
# aom) and libwebp are the libraries inside two wheels.

setup_third() {
  local sum third=build/third
  sum=$(sha256sum setup/requirements-third.txt setup/third.sh setup/third/CMakeLists.txt)
  if [ -f "$third/jpegli/build/lib/libjpegli-static.a" ] && [ -f "$third/libdeflate/build/libdeflate.a" ] && stamped third "$sum"; then
    return
  fi
  say "fetching codecs (setup/requirements-third.txt)"
  mkdir -p "$third/downloads" "$third/avif" "$third/webp" "$third/jpegli/source" "$third/libdeflate/source"
  third_download || third_download || third_download ||
    fail "codecs could not be fetched from PyPI" "check the way to PyPI, then ./run setup"
  third_libraries pillow_avif_plugin avif libavif
  third_libraries pillow webp libwebp libwebpmux libwebpdemux libsharpyuv
  third_libdeflate
  third_jpegli
  stamp third "$sum"
}

# The tests' oracle for the metric, of the same source. Not part of what is served.
setup_third_test() {
  [ -f build/third/jpegli/build/lib/libssimulacra2_reference.a ] ||
    quietly third-reference ninja -C build/third/jpegli/build -j "${PICTOR_JOBS:-$(nproc)}" \
      ssimulacra2_reference jpegli_cms ||
    fail "the reference of SSIMULACRA2 could not be built" "read the lines above, then ./run setup"
}

# The source package is not built by pip: unpack_only/ answers in its build backend's place.
third_download() {
  quietly third-download env PYTHONPATH="$PWD/setup/third/unpack_only" build/venv/bin/python -m pip download --no-input \
    --disable-pip-version-check --no-deps --no-build-isolation --no-binary deflate,pyjpegli --only-binary pillow,pillow-avif-plugin \
    --require-hashes --dest build/third/downloads -r setup/requirements-third.txt
}

third_libraries() { # wheel's name, our folder, libraries…
  build/venv/bin/python - "$@" <<'PYTHON' || fail "the wheel $1 could not be unpacked" "rm -rf build/third, then ./run setup"
import pathlib
import sys
import zipfile

wheel, folder, *libraries = sys.argv[1:]
third = pathlib.Path("build/third")
newest = max(third.glob(f"downloads/{wheel}-[0-9]*.whl"), key=lambda path: path.stat().st_mtime)
for old in third.glob(f"{folder}/*.so*"):
    old.unlink()
with zipfile.ZipFile(newest) as archive:
    for path in map(pathlib.PurePath, archive.namelist()):
        if path.parent.name == f"{wheel}.libs" and path.name.split("-")[0] in libraries:
            (third / folder / path.name).write_bytes(archive.read(str(path)))
PYTHON
}

third_libdeflate() {
  local third=$PWD/build/third/libdeflate
  tar -xzf build/third/downloads/deflate-*.tar.gz --strip-components=1 -C "$third/source" ||
    fail "deflate could not be unpacked" "rm -rf build/third, then ./run setup"
  rm -rf "$third/build"
  quietly third-deflate-configure cmake -S "$third/source/libdeflate" -B "$third/build" -G Ninja \
    -DCMAKE_C_COMPILER="$(command -v gcc)" -DCMAKE_BUILD_TYPE=Release -DCMAKE_POSITION_INDEPENDENT_CODE=ON \
    -DLIBDEFLATE_BUILD_SHARED_LIB=OFF -DLIBDEFLATE_BUILD_GZIP=OFF \
    -DCMAKE_C_FLAGS="-g1 -fstack-protector-strong -fcf-protection -ffile-prefix-map=$third/=" ||
    fail "libdeflate could not be configured" "read the lines above, then ./run setup"
  quietly third-deflate-build ninja -C "$third/build" -j "${PICTOR_JOBS:-$(nproc)}" libdeflate.a ||
    fail "libdeflate could not be built" "read the lines above, then ./run setup"
}

third_jpegli() {
  local third=$PWD/build/third/jpegli
  say "building jpegli and Highway, once"
  tar -xzf build/third/downloads/pyjpegli-*.tar.gz --strip-components=1 -C "$third/source" ||
    fail "pyjpegli could not be unpacked" "rm -rf build/third, then ./run setup"
  rm -rf "$third/build"
  quietly third-configure cmake -S setup/third -B "$third/build" -G Ninja -DCMAKE_C_COMPILER="$(command -v gcc)" \
    -DCMAKE_CXX_COMPILER="$(command -v g++)" -DPICTOR_JPEGLI="$third/source/third_party/jpegli" ||
    fail "jpegli could not be configured" "read the lines above, then ./run setup"
  quietly third-build ninja -C "$third/build" -j "${PICTOR_JOBS:-$(nproc)}" jpegli-static hwy ||
    fail "jpegli could not be built" "read the lines above, then ./run setup"
}
