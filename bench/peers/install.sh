#!/usr/bin/env bash
# shellcheck disable=SC2317  # functions are called by name, in shells of their own
# Brings the peers of bench/quality and bench/speed into build/bench-peers, pinned; one that a machine cannot have is left
# out with a line that says so. Everything runs with low priority. Usage: bench/peers/install.sh [all|imgproxy]
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit
root=$PWD
peers=$root/build/bench-peers
mkdir -p "$peers/logs"
export CARGO_TARGET_DIR=$peers/cargo-target

step() { # name, log's name, command…
  local name=$1 log=$peers/logs/$2.log
  shift 2
  if nice -n "${PICTOR_BENCH_NICE:-19}" "$@" >"$log" 2>&1; then
    echo "peers: $name: there" >&2
  else
    echo "peers: $name: left out, it could not be installed (build/bench-peers/logs/$(basename "$log"))" >&2
    return 1
  fi
}

debian_packages() {
  local package missing=()
  for package in webp libjxl-tools nasm meson; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] || apt-get install -y --no-install-recommends "${missing[@]}"
}

sharp() {
  mkdir -p "$peers/npm"
  cmp -s bench/peers/package-lock.json "$peers/npm/package-lock.json" && [ -d "$peers/npm/node_modules/sharp" ] && return 0
  cp bench/peers/package.json bench/peers/package-lock.json setup/.npmrc "$peers/npm/"
  npm ci --ignore-scripts --prefix "$peers/npm"
}

# oximg's AVIF decoder wants dav1d 1.3, which Debian 12 lacks: the source is inside the crate libdav1d-sys.
dav1d() {
  [ ! -f "$peers/dav1d/lib/pkgconfig/dav1d.pc" ] || return 0
  local place=$peers/dav1d-source
  rm -rf "$place" && mkdir -p "$place/src" && touch "$place/src/lib.rs" || return
  printf '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\nlibdav1d-sys = "=0.7.1"\n[workspace]\n' \
    >"$place/Cargo.toml"
  (cd "$place" && cargo vendor --quiet vendor) || return
  meson setup "$place/build" "$place/vendor/libdav1d-sys/vendor" --prefix "$peers/dav1d" --libdir lib --buildtype release \
    --default-library static -Denable_tools=false -Denable_tests=false -Denable_examples=false || return
  meson install -C "$place/build"
}

# oximg's AVIF encoder wants SVT-AV1 4.1, the version that our own engine has inside libavif: PyAV's wheel has it as a library.
svt() {
  [ ! -e "$peers/svt/libSvtAv1Enc.so" ] || return 0
  mkdir -p "$peers/svt"
  build/venv/bin/python -m pip download --no-input --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --dest "$peers/svt" -r bench/peers/requirements.txt || return
  build/venv/bin/python - "$peers/svt" <<'PYTHON'
import pathlib, sys, zipfile
place = pathlib.Path(sys.argv[1])
with zipfile.ZipFile(next(place.glob("av-*.whl"))) as archive:
    name = next(n for n in archive.namelist() if "libSvtAv1Enc" in n)
    library = place / pathlib.PurePath(name).name
    library.write_bytes(archive.read(name))
(place / "libSvtAv1Enc.so").symlink_to(library.name)
PYTHON
}

oximg() {
  [ "$("$peers/bin/oximg" --version 2>/dev/null)" = "oximg 0.18.1" ] && return 0
  PKG_CONFIG_PATH=$peers/dav1d/lib/pkgconfig SVT_AV1_LIB_DIR=$peers/svt \
    cargo install oximg --version 0.18.1 --features avif --locked --root "$peers/cargo" || return
  mkdir -p "$peers/bin"
  printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' "$peers/svt" "$peers/cargo/bin/oximg" >"$peers/bin/oximg"
  chmod +x "$peers/bin/oximg"
}

oxipng() {
  [ "$("$peers/bin/oxipng" --version 2>/dev/null)" = "oxipng 10.2.1" ] && return 0
  cargo install oxipng --version 10.2.1 --locked --root "$peers/cargo" || return
  mkdir -p "$peers/bin" && ln -sf ../cargo/bin/oxipng "$peers/bin/oxipng"
}

# jpegli at fixed settings: cjpegli's work by the library that set-up built.
jpegli() {
  local third=$root/build/third/jpegli
  mkdir -p "$peers/jpegli"
  g++ -std=c++20 -O2 -I"$third/build/jpegli/lib/include/jpegli" -I"$third/source/third_party/jpegli" \
    bench/peers/jpegli_fixed.cpp -o "$peers/jpegli/jpegli_fixed" \
    "$third/build/lib/libjpegli-static.a" "$third/build/lib/libhwy.a" -lpthread
}

judge() {
  local third=$root/build/third/jpegli
  ninja -C "$third/build" ssimulacra2_reference jpegli_cms || return
  mkdir -p "$peers/judge"
  g++ -std=c++20 -O2 -fPIC -shared -DJPEGLI_CMS_STATIC_DEFINE -I"$third/source/third_party/jpegli" \
    -I"$third/build/jpegli/lib/include" -I"$third/source/third_party/jpegli/third_party/highway" bench/peers/judge.cpp \
    -o "$peers/judge/judge.so" "$third/build/lib/libssimulacra2_reference.a" "$third/build/lib/libjpegli-static.a" \
    "$third/build/lib/libjpegli_cms.a" "$third/build/lib/libhwy.a"
}

# imgproxy against sharp's libvips: the module's own pkg-config file is made here, Debian's libvips is too old for it.
imgproxy() {
  [ ! -x "$peers/imgproxy/bin/imgproxy" ] || return 0
  local sharp=$peers/npm/node_modules/@img dev=$root/build/npm/node_modules/@img/sharp-libvips-dev
  local place=$peers/imgproxy
  mkdir -p "$place/pkgconfig"
  ln -sf "$(find "$sharp/sharp-libvips-linux-x64/lib" -name 'libvips-cpp.so.*' | head -1)" "$place/libvips-cpp.so"
  printf 'Name: vips\nDescription: vips\nVersion: 8.18.7\nCflags: -I%s -I%s/glib-2.0 -I%s\nLibs: -L%s -lvips-cpp -Wl,-rpath,%s\n' \
    "$dev/include" "$dev/include" "$sharp/sharp-libvips-linux-x64/lib/glib-2.0/include" "$place" \
    "$sharp/sharp-libvips-linux-x64/lib" >"$place/pkgconfig/vips.pc"
  GOBIN=$place/bin GOFLAGS=-p=1 PKG_CONFIG_PATH=$place/pkgconfig CGO_LDFLAGS_ALLOW='-Wl,.*' \
    go install "github.com/imgproxy/imgproxy/v3@v3.30.1"
}

export -f debian_packages sharp dav1d svt oximg oxipng jpegli judge imgproxy
export root peers
if [ "${1:-all}" = imgproxy ]; then
  step imgproxy imgproxy bash -c imgproxy
  exit
fi
step "Debian's cwebp and cjxl" debian bash -c debian_packages
step "the judge (reference ssimulacra2)" judge bash -c judge || exit 1
step sharp sharp bash -c sharp || exit 1
step "jpegli, fixed" jpegli bash -c jpegli
if command -v cargo >/dev/null; then
  step oxipng oxipng bash -c oxipng
  step dav1d dav1d bash -c dav1d && step "SVT-AV1 4.1" svt bash -c svt && step oximg oximg bash -c oximg
else
  echo "peers: oximg and oxipng: left out, there is no cargo" >&2
fi
exit 0
