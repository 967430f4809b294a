#!/usr/bin/env bash
# Fuzzes one entry point, or builds everything:
#   fuzz/run.sh build                      the harnesses in C, with AddressSanitizer and UndefinedBehaviorSanitizer
#   fuzz/run.sh TARGET [SECONDS]           1200 seconds unless said; TARGET: edit_jpeg jpeg_size paint_plane, or one in Python
#   OVERPAINT_FUZZ=DIR                     where all is built and kept (default /tmp/overpaint-fuzz)
#   OVERPAINT_REALDATA=DIR                 small files below it become seeds, too
#   OVERPAINT_LIBJPEG=PREFIX               a static libjpeg-turbo, best one built by clang with -fsanitize=address,fuzzer-no-link
#   PYTHON=FILE                            a Python with overpaint and (for the targets in Python) atheris installed
set -eu

here=$(cd "$(dirname "$0")" && pwd)
place=${OVERPAINT_FUZZ:-/tmp/overpaint-fuzz}
python=${PYTHON:-$here/../.venv/bin/python}
target=${1:-build}
seconds=${2:-1200}
mkdir -p "$place"

die() { echo "fuzz: $*" >&2; exit 1; }

build() {
  command -v clang >/dev/null || die "clang is missing (Debian: apt-get install clang)"
  local flags=(-g -O1 -std=c11 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -I"$here/../native")
  local jpeg=(-ljpeg)
  if [ -n "${OVERPAINT_LIBJPEG:-}" ]; then
    flags+=(-I"$OVERPAINT_LIBJPEG/include")
    jpeg=("$OVERPAINT_LIBJPEG/lib/libjpeg.a")
  fi
  local sources=()
  for source in "$here"/../native/*.c; do # all but what speaks to Python
    if [ "$(basename "$source")" != module.c ]; then sources+=("$source"); fi
  done
  for harness in "$here"/fuzz_*.c; do
    clang "${flags[@]}" "$harness" "${sources[@]}" "${jpeg[@]}" -lm -o "$place/$(basename "$harness" .c)"
  done
}

corpus_of() {
  case $1 in
    edit_jpeg | jpeg_size | paint_plane | tar | parquet) echo "$1" ;;
    boxes | objects | sidefiles) echo texts ;;
    names) echo names ;;
    *) echo codecs ;;
  esac
}

if [ "$target" = build ]; then build; exit 0; fi
[ -d "$place/seeds" ] || "$python" "$here/seeds.py" "$place/seeds"
mkdir -p "$place/corpus/$target" "$place/crashes/$target"
options=(-max_total_time="$seconds" -max_len=24000 -print_final_stats=1 -artifact_prefix="$place/crashes/$target/")
corpora=("$place/corpus/$target" "$place/seeds/$(corpus_of "$target")")
if [ -f "$here/fuzz_$target.c" ]; then
  [ -x "$place/fuzz_$target" ] || build
  exec "$place/fuzz_$target" -timeout=10 -rss_limit_mb=1024 -dict="$here/jpeg.dict" "${options[@]}" "${corpora[@]}"
fi
ulimit -v 8000000 # a finding must not cost the machine its memory
exec "$python" "$here/harness.py" "$target" -timeout=30 -rss_limit_mb=4096 "${options[@]}" "${corpora[@]}"
