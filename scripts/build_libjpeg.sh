#!/usr/bin/env bash
# Builds a static libjpeg-turbo that the wheels link in, so that they need no library of the machine they land on.
#   scripts/build_libjpeg.sh PREFIX
#   LIBJPEG_TURBO_SOURCE=file-or-URL   the source archive, where none of the places below can be reached
# Then: OVERPAINT_LIBJPEG=PREFIX pip wheel . --no-deps
# The archive's hash is pinned, so it does not matter who hands it over.
set -eu

version=3.1.3
sha256=3a13a5ba767dc8264bc40b185e41368a80d5d5f945944d1dbaa4b2fb0099f4e5
places=(
  "https://github.com/libjpeg-turbo/libjpeg-turbo/archive/refs/tags/$version.tar.gz"
  "https://deb.debian.org/debian/pool/main/libj/libjpeg-turbo/libjpeg-turbo_$version.orig.tar.gz"
)
if [ -n "${LIBJPEG_TURBO_SOURCE:-}" ]; then places=("$LIBJPEG_TURBO_SOURCE"); fi

die() { echo "build_libjpeg: $*" >&2; exit 1; }

prefix=${1:-}
[ -n "$prefix" ] || die "say where to: scripts/build_libjpeg.sh PREFIX"
mkdir -p "$prefix"
prefix=$(cd "$prefix" && pwd)
command -v cmake >/dev/null || die "cmake is missing; install it (pip install cmake will do)"
case $(uname -m) in
  # without nasm it would build, and be slower, without a word
  x86_64 | amd64) command -v nasm >/dev/null || die "nasm is missing; install it (Debian: apt-get install nasm)" ;;
esac

hash_of() { if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d' ' -f1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
archive=$work/source.tar.gz

for place in "${places[@]}"; do
  rm -f "$archive"
  if [ -f "$place" ]; then cp "$place" "$archive"; else
    curl -fsSL --proto '=https,http' --max-time 300 --max-filesize 50000000 -o "$archive" "$place" 2>/dev/null || continue
  fi
  if [ "$(hash_of "$archive")" = "$sha256" ]; then break; fi
  echo "build_libjpeg: $place is not libjpeg-turbo $version as pinned; not used" >&2
  rm -f "$archive"
done
[ -f "$archive" ] || die "libjpeg-turbo $version was not to be had; download it and set LIBJPEG_TURBO_SOURCE=FILE"

mkdir "$work/source"
tar -xzf "$archive" -C "$work/source" --strip-components=1
# hidden: another libjpeg in the same process must not take the place of this one, nor this one of another
cmake -S "$work/source" -B "$work/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$prefix" \
  -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_C_FLAGS=-fvisibility=hidden \
  -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DENABLE_SHARED=OFF -DENABLE_STATIC=ON \
  -DWITH_TURBOJPEG=OFF -DWITH_TOOLS=OFF -DWITH_TESTS=OFF -DREQUIRE_SIMD=ON >"$work/log" 2>&1 &&
  cmake --build "$work/build" --target install -j "${JOBS:-2}" >>"$work/log" 2>&1 ||
  { tail -20 "$work/log" >&2; die "libjpeg-turbo $version could not be built; its last lines are above"; }
[ -f "$prefix/lib/libjpeg.a" ] || die "the build left no $prefix/lib/libjpeg.a"
echo "libjpeg-turbo $version: $prefix/lib/libjpeg.a"
