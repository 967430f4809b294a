"""The same bytes from another compiler's output, another processor's instructions and another BLAS kernel."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PROGRAM = """
import hashlib, importlib.machinery, importlib.util, io, sys
sys.path.insert(0, sys.argv[1])
if len(sys.argv) > 2:
    name = "overpaint.painting._native"
    loader = importlib.machinery.ExtensionFileLoader(name, sys.argv[2])
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    sys.modules[name] = module
import numpy as np
from PIL import Image
from overpaint.painting import _native, paint, LOOKS
from overpaint.records import Box
if len(sys.argv) > 2:
    assert _native.__file__ is None or _native.__file__ == sys.argv[2]
    assert _native is module
y, x = np.mgrid[0:301, 0:403]
noise = (x * 7919 + y * 104729) * 2654435761 % 4294967296 >> 24
planes = [(x * (c + 1) // 3 + y * (3 - c) // 2 + noise // 3) % 256 for c in range(3)]
samples = np.stack(planes, axis=2).astype(np.uint8)
faces = [Box(5, 9, 190, 240), Box(180, 100, 260, 190), Box(300, 20, 318, 44), Box(330, 30, 348, 51)]
faces.append(Box(370, 250, 460, 330))
total = hashlib.sha256()
for options in ({"quality": 70}, {"quality": 97, "subsampling": 0}, {"quality": 40, "progressive": True}):
    out = io.BytesIO()
    Image.fromarray(samples).save(out, "JPEG", **options)
    for look in LOOKS:
        for cells in (2, 4, 7):
            total.update(paint(out.getvalue(), faces, look=look, cells=cells).data)
out = io.BytesIO()
Image.fromarray(samples).save(out, "PNG", compress_level=1)
for look in LOOKS:
    total.update(np.asarray(Image.open(io.BytesIO(paint(out.getvalue(), faces, look=look).data))).tobytes())
print(total.hexdigest())
"""


def digest(library=None, **environment):
    command = [sys.executable, "-c", PROGRAM, str(ROOT / "src"), *([str(library)] if library else [])]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def usual():
    return digest()


@pytest.mark.parametrize("flags", ["-O3 -march=native", "-O0"])
def test_another_build_gives_the_same_bytes(flags, usual, tmp_path):
    build = [sys.executable, "setup.py", "-q", "build_ext", "--build-lib", str(tmp_path), "--build-temp", str(tmp_path)]
    done = subprocess.run(
        build, cwd=ROOT, env={**os.environ, "OVERPAINT_CFLAGS": flags}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (library,) = tmp_path.glob("overpaint/painting/_native*.so")
    assert digest(library) == usual


def test_another_blas_gives_the_same_bytes(usual):
    assert digest(OPENBLAS_CORETYPE="PRESCOTT") == usual
    assert digest(OPENBLAS_CORETYPE="HASWELL", OPENBLAS_NUM_THREADS="2") == usual
